use super::ring::{PREFIX, Scope, hash_text, is_name};

/// A key, told once, and what the keys file keeps of it.
#[derive(Clone)]
pub struct NewKey {
    /// `cpk_` and 256 random bits in hexadecimal.
    pub key: String,
    /// The `[[key]]` for the keys file, with the key's hash.
    pub entry: String,
}

/// The name cannot be kept in a keys file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a key's name must be 1 to 64 bytes of letters, digits, '.', '-' and '_'")]
pub struct KeyNameError;

impl NewKey {
    /// For every site when `sites` is empty.
    pub fn make(name: &str, scopes: &[Scope], sites: &[String]) -> Result<Self, KeyNameError> {
        if !is_name(name) {
            return Err(KeyNameError);
        }
        let random: [u8; 32] = rand::random();
        let digits: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
        let key = format!("{PREFIX}{digits}");
        let scopes = list(scopes.iter().map(|scope| scope.as_str()));
        let mut entry = format!(
            "[[key]]\nname = \"{name}\"\nhash = \"{}\"\nscopes = {scopes}\n",
            hash_text(&key)
        );
        if !sites.is_empty() {
            entry += &format!("sites = {}\n", list(sites.iter().map(String::as_str)));
        }
        Ok(Self { key, entry })
    }
}

fn list<'t>(texts: impl Iterator<Item = &'t str>) -> String {
    let quoted: Vec<String> = texts.map(|text| format!("{text:?}")).collect();
    format!("[{}]", quoted.join(", "))
}
