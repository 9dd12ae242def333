use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE;
use rand::TryRng;
use rand::rngs::{SysError, SysRng};

const KEY_BYTES: usize = 32;
const KEY_CHARACTERS: usize = 44;

/// A Fernet key: 128 bits to sign and 128 bits to encrypt. No log shows it.
#[derive(Clone, PartialEq, Eq)]
pub struct FernetKey([u8; KEY_BYTES]);

/// What is wrong with the text of a key, without the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    #[error("it has {found} characters and must have {KEY_CHARACTERS}")]
    Length { found: usize },
    #[error("character {position} is none of A-Z, a-z, 0-9, '-' and '_' (base64url, with one '=' at the end)")]
    Alphabet { position: usize },
    #[error("it must end in one '=' and hold {KEY_BYTES} bytes of base64url")]
    End,
}

impl FernetKey {
    /// A new one, random from the operating system.
    pub fn generate() -> Result<Self, SysError> {
        let mut key = [0; KEY_BYTES];
        SysRng.try_fill_bytes(&mut key)?;
        Ok(Self(key))
    }

    /// The text that [`str::parse`] reads: the only way in which the key shows itself.
    pub fn reveal(&self) -> String {
        URL_SAFE.encode(self.0)
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// To sign, and to encrypt.
    pub(super) fn halves(&self) -> ([u8; 16], [u8; 16]) {
        let half = |start: usize| std::array::from_fn(|index| self.0[start + index]);
        (half(0), half(16))
    }
}

impl FromStr for FernetKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let found = text.chars().count();
        if found != KEY_CHARACTERS {
            return Err(KeyError::Length { found });
        }
        let letters = text.strip_suffix('=').ok_or(KeyError::End)?;
        let taken = |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_');
        if let Some(before) = letters.chars().position(|character| !taken(character)) {
            return Err(KeyError::Alphabet { position: before + 1 });
        }
        let bytes = URL_SAFE.decode(text).map_err(|_| KeyError::End)?;
        bytes.try_into().map(Self).map_err(|_| KeyError::End)
    }
}

impl fmt::Debug for FernetKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("FernetKey")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes() {
        let key = FernetKey::generate().unwrap();
        assert_eq!(key.reveal().len(), KEY_CHARACTERS);
        assert_eq!(key.reveal().parse(), Ok(key.clone()));
        assert_ne!(FernetKey::generate().unwrap(), key);
        assert_eq!(format!("{key:?}"), "FernetKey");
    }

    #[test]
    fn names_what_is_wrong_without_the_key() {
        let table = [
            ("", KeyError::Length { found: 0 }),
            (
                "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4",
                KeyError::Length { found: 43 },
            ),
            (
                "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=\n",
                KeyError::Length { found: 45 },
            ),
            // The other alphabet of base64.
            (
                "cw/0x689RpI+jtRR7oE8h/eQsKImvJapLeSbXpwF4e4=",
                KeyError::Alphabet { position: 3 },
            ),
            (
                "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e==",
                KeyError::Alphabet { position: 43 },
            ),
            ("cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4A", KeyError::End),
        ];
        for (text, expect) in table {
            assert_eq!(text.parse::<FernetKey>(), Err(expect), "{text}");
            assert!(!expect.to_string().contains("cw"));
        }
    }
}
