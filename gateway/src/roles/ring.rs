use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::settings::equal;
use crate::sites::Sites;

/// What every key begins with, so that people and scanners of secrets know one when they see it.
pub(crate) const PREFIX: &str = "cpk_";
const HASH_NAME: &str = "sha256:";
const NAME_BYTES: usize = 64;

/// The keys of a keys file. It holds their hashes only: whoever reads it can do nothing with it.
#[derive(Debug, Clone, Default)]
pub struct KeyRing {
    keys: Vec<Arc<RingKey>>,
}

/// What the holder of a key may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Send events for its sites, where they want a key.
    Ingest,
    /// Ask for reports and save them.
    Read,
    /// All that `read` may, and users, audit and replay.
    Admin,
}

#[derive(Debug)]
pub(crate) struct RingKey {
    pub(crate) name: String,
    hash: [u8; 32],
    scopes: Vec<Scope>,
    /// `None` is every site.
    pub(crate) sites: Option<Vec<String>>,
}

#[derive(Debug, thiserror::Error)]
pub enum KeyRingError {
    #[error("reading keys file {path}: {source}")]
    Read { path: PathBuf, source: std::io::Error },
    #[error("keys file {path}: {source}")]
    Parse {
        path: PathBuf,
        source: Box<toml::de::Error>,
    },
    #[error("keys file names no [[key]]; `clickpath key new` makes one")]
    None,
    #[error("key {name:?}: name must be 1 to 64 bytes of letters, digits, '.', '-' and '_'")]
    Name { name: String },
    #[error("key {name:?} is named twice")]
    Twice { name: String },
    #[error("key {name:?}: hash must be \"sha256:\" and 64 hexadecimal digits, as `clickpath key new` prints it")]
    Hash { name: String },
    #[error("key {name:?}: scopes must name at least one of ingest, read and admin")]
    Scopes { name: String },
    #[error("key {name:?}: site {site:?} is not configured here")]
    Site { name: String, site: String },
    #[error("key {name:?}: sites = [] would open none; leave it out for every site")]
    NoSites { name: String },
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    key: Vec<FileKey>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileKey {
    name: String,
    hash: String,
    scopes: Vec<Scope>,
    sites: Option<Vec<String>>,
}

impl KeyRing {
    /// The keys of a TOML file: per `[[key]]` `name`, `hash`, `scopes` and, unless it is for every site, `sites`. Unknown names
    /// are errors.
    pub fn read(path: &Path, sites: &Sites) -> Result<Self, KeyRingError> {
        let read = |source| KeyRingError::Read {
            path: path.to_owned(),
            source,
        };
        let text = std::fs::read_to_string(path).map_err(read)?;
        let file = toml::from_str::<File>(&text).map_err(|source| KeyRingError::Parse {
            path: path.to_owned(),
            source: Box::new(source),
        })?;
        Self::new(file, sites)
    }

    fn new(file: File, sites: &Sites) -> Result<Self, KeyRingError> {
        let mut keys: Vec<Arc<RingKey>> = Vec::with_capacity(file.key.len());
        for key in file.key {
            let key = RingKey::new(key, sites)?;
            if keys.iter().any(|other| other.name == key.name) {
                return Err(KeyRingError::Twice { name: key.name });
            }
            keys.push(Arc::new(key));
        }
        match keys.is_empty() {
            true => Err(KeyRingError::None),
            false => Ok(Self { keys }),
        }
    }

    pub(crate) fn find(&self, guess: &[u8]) -> Option<&Arc<RingKey>> {
        if !guess.starts_with(PREFIX.as_bytes()) {
            return None;
        }
        let hash = digest(guess);
        self.keys.iter().find(|key| equal(&key.hash, &hash))
    }

    pub(crate) fn has(&self, scope: Scope) -> bool {
        self.keys.iter().any(|key| key.may(scope))
    }
}

impl RingKey {
    fn new(file: FileKey, sites: &Sites) -> Result<Self, KeyRingError> {
        let name = file.name;
        if !is_name(&name) {
            return Err(KeyRingError::Name { name });
        }
        let Some(hash) = parse_hash(&file.hash) else {
            return Err(KeyRingError::Hash { name });
        };
        if file.scopes.is_empty() {
            return Err(KeyRingError::Scopes { name });
        }
        if file.sites.as_ref().is_some_and(Vec::is_empty) {
            return Err(KeyRingError::NoSites { name });
        }
        let unknown = |site: &&String| sites.find(site).is_none();
        if let Some(site) = file.sites.iter().flatten().find(unknown) {
            let site = site.clone();
            return Err(KeyRingError::Site { name, site });
        }
        Ok(Self {
            name,
            hash,
            scopes: file.scopes,
            sites: file.sites,
        })
    }

    pub(crate) fn may(&self, scope: Scope) -> bool {
        let admin_reads = scope == Scope::Read && self.scopes.contains(&Scope::Admin);
        admin_reads || self.scopes.contains(&scope)
    }

    pub(crate) fn opens(&self, site: &str) -> bool {
        self.sites
            .as_ref()
            .is_none_or(|sites| sites.iter().any(|one| one == site))
    }
}

impl Scope {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ingest => "ingest",
            Self::Read => "read",
            Self::Admin => "admin",
        }
    }
}

impl FromStr for Scope {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        match text {
            "ingest" => Ok(Self::Ingest),
            "read" => Ok(Self::Read),
            "admin" => Ok(Self::Admin),
            _ => Err("must be ingest, read or admin"),
        }
    }
}

pub(super) fn is_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
    (1..=NAME_BYTES).contains(&name.len()) && name.bytes().all(plain)
}

/// One round of SHA-256 is enough: a key is 256 random bits, which nobody finds by trying, unlike a password.
fn digest(key: &[u8]) -> [u8; 32] {
    Sha256::digest(key).into()
}

/// As the file has it: `sha256:` and lower hexadecimal digits.
pub(super) fn hash_text(key: &str) -> String {
    let digits = digest(key.as_bytes()).into_iter().map(|byte| format!("{byte:02x}"));
    HASH_NAME.to_owned() + &digits.collect::<String>()
}

fn parse_hash(text: &str) -> Option<[u8; 32]> {
    let digits = text.strip_prefix(HASH_NAME)?;
    if digits.len() != 64 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let mut hash = [0; 32];
    for (at, byte) in hash.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&digits[2 * at..2 * at + 2], 16).ok()?;
    }
    Some(hash)
}

#[cfg(test)]
mod tests {
    use super::super::NewKey;
    use super::*;

    fn parse(text: &str) -> Result<KeyRing, String> {
        let sites = Sites::demo("127.0.0.1:8080".parse().unwrap());
        let file = toml::from_str(text).map_err(|error| error.message().to_owned())?;
        KeyRing::new(file, &sites).map_err(|error| error.to_string())
    }

    #[test]
    fn finds_what_new_key_made() {
        let reader = NewKey::make("reader", &[Scope::Read], &["shop".to_owned()]).unwrap();
        let admin = NewKey::make("boss", &[Scope::Admin], &[]).unwrap();
        let text = format!("{}\n{}", reader.entry, admin.entry);
        assert!(!text.contains(&reader.key), "the file holds no key");
        let ring = parse(&text).unwrap();
        let found = ring.find(reader.key.as_bytes()).unwrap();
        assert!(found.may(Scope::Read) && !found.may(Scope::Admin) && !found.may(Scope::Ingest));
        assert!(found.opens("shop") && !found.opens("blog"));
        let found = ring.find(admin.key.as_bytes()).unwrap();
        assert!(found.may(Scope::Read) && found.may(Scope::Admin) && !found.may(Scope::Ingest));
        assert!(found.opens("blog"));
        let mut wrong = reader.key.clone();
        wrong.pop();
        for guess in ["", "cpk_", &wrong, &hash_text(&reader.key)] {
            assert!(ring.find(guess.as_bytes()).is_none(), "{guess}");
        }
    }

    #[test]
    fn refuses_what_it_does_not_understand() {
        let hash = hash_text("cpk_1");
        let key = |rest: &str| format!("[[key]]\nname = \"a\"\nhash = \"{hash}\"\n{rest}");
        for (text, message) in [
            (String::new(), "names no [[key]]"),
            (key("scopes = []"), "at least one of"),
            (key("scopes = [\"write\"]"), "unknown variant `write`"),
            (key("scopes = [\"read\"]\nsite = [\"shop\"]"), "unknown field `site`"),
            (key("scopes = [\"read\"]\nsites = [\"blog\"]"), "site \"blog\" is not"),
            (key("scopes = [\"read\"]\nsites = []"), "would open none"),
            (format!("{0}\n{0}", key("scopes = [\"read\"]")), "named twice"),
            (
                "[[key]]\nname = \"a\"\nhash = \"cpk_1\"\nscopes = [\"read\"]".to_owned(),
                "hash must be",
            ),
            (
                format!("[[key]]\nname = \"a b\"\nhash = \"{hash}\"\nscopes = [\"read\"]"),
                "name must be",
            ),
        ] {
            let error = parse(&text).unwrap_err();
            assert!(error.contains(message), "{error}");
        }
    }
}
