use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use enrich::Sealer;
use enrich::seal::{FernetKey, KeyError, Region};

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
    /// Key that encrypts phone numbers and e-mail addresses of entities; `clickpath fernet-key` makes one.
    #[arg(long, env = "FERNET_KEY", hide_env_values = true)]
    pub fernet_key: Option<KeyText>,
    /// Territory (ISO 3166, for example DE) of phone numbers without + and calling code; without it those are refused.
    #[arg(long, env = "CLICKPATH_PHONE_REGION")]
    pub phone_region: Option<Region>,
}

/// What was given as a key, right or wrong: no message shows it. An empty one is none.
#[derive(Clone)]
pub struct KeyText(String);

/// The door cannot open.
#[derive(Debug, thiserror::Error)]
pub enum SealerError {
    #[error(
        "--entities needs a key that encrypts phone numbers and e-mail addresses: `clickpath fernet-key` makes one; \
         give it as FERNET_KEY or --fernet-key"
    )]
    Missing,
    #[error("FERNET_KEY (--fernet-key) is no Fernet key: {0}; `clickpath fernet-key` makes one")]
    Malformed(#[from] KeyError),
}

impl Settings {
    /// What seals entities; `None` leaves the door closed, and the key unread.
    pub fn sealer(&self) -> Result<Option<Sealer>, SealerError> {
        match self.entities {
            true => Ok(Some(Sealer::new(&self.key()?, self.phone_region))),
            false => Ok(None),
        }
    }

    fn key(&self) -> Result<FernetKey, SealerError> {
        KeyText::read(self.fernet_key.as_ref())
    }
}

impl KeyText {
    /// The key itself.
    pub fn read(text: Option<&Self>) -> Result<FernetKey, SealerError> {
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
