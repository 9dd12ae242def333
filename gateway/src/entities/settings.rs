use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use enrich::Sealer;
use enrich::seal::{FernetKeys, KeysError, Region};

#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
pub struct Settings {
    /// Open POST /entities/{stream} for stores, products, customers, purchases and users; needs --fernet-key.
    #[arg(
        long,
        env = "CLICKPATH_ENTITIES",
        default_value_t = false,
        action = clap::ArgAction::Set,
        value_parser = clap::builder::BoolishValueParser::new(),
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true"
    )]
    pub entities: bool,
    /// Key that encrypts phone numbers and e-mail addresses of entities; `clickpath fernet-key` makes one. Several have commas between
    /// them, the newest first: it encrypts, any decrypts, the last hashes.
    #[arg(long, env = "FERNET_KEY", allow_hyphen_values = true, hide_env_values = true)]
    pub fernet_key: Option<KeyText>,
    /// Territory (ISO 3166, for example DE) of phone numbers without + and calling code; without it those are refused.
    #[arg(long, env = "CLICKPATH_PHONE_REGION")]
    pub phone_region: Option<Region>,
}

/// What was given as a key, right or wrong: no message shows it. An empty one is none.
#[derive(Clone)]
pub struct KeyText(String);

/// Of `.env.example`.
const EXAMPLE: &str = "Y2hhbmdlLW1lLWNoYW5nZS1tZS1jaGFuZ2UtbWUtMzI=";

/// The door cannot open.
#[derive(Debug, thiserror::Error)]
pub enum SealerError {
    #[error(
        "FERNET_KEY (--fernet-key) is missing: it encrypts the phone numbers and e-mail addresses of entities (--entities); \
         `clickpath fernet-key` makes one"
    )]
    Missing,
    #[error("FERNET_KEY (--fernet-key) is no Fernet key; `clickpath fernet-key` makes one")]
    Malformed(#[from] KeysError),
}

impl Settings {
    /// What seals entities; `None` leaves the door closed, and the key unread.
    pub fn sealer(&self) -> Result<Option<Sealer>, SealerError> {
        match self.entities {
            true => {
                let key = KeyText::read(self.fernet_key.as_ref())?;
                if key.newest().reveal() == EXAMPLE {
                    tracing::warn!("FERNET_KEY is the one of .env.example, which everybody knows: make another");
                }
                Ok(Some(Sealer::new(&key, self.phone_region)))
            }
            false => Ok(None),
        }
    }
}

impl KeyText {
    /// The keys themselves.
    pub fn read(text: Option<&Self>) -> Result<FernetKeys, SealerError> {
        match text {
            None => Err(SealerError::Missing),
            Some(Self(text)) if text.is_empty() => Err(SealerError::Missing),
            Some(Self(text)) => Ok(text.parse()?),
        }
    }
}

impl FromStr for KeyText {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Debug for KeyText {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("KeyText")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_the_example() {
        let line = format!("FERNET_KEY={EXAMPLE}\n");
        assert!(include_str!("../../../.env.example").contains(&line));
        let text: KeyText = EXAMPLE.parse().unwrap_or_else(|never| match never {});
        assert!(KeyText::read(Some(&text)).is_ok());
    }
}
