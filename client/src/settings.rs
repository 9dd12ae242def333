use std::fmt;
use std::str::FromStr;
use std::time::Duration;

#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
pub struct Settings {
    /// Address of the gateway, without `/events`.
    #[arg(long, env = "CLICKPATH_GATEWAY_URL", default_value = "http://127.0.0.1:8080")]
    pub gateway_url: String,
    /// The gateway's key for senders that may say who visits. Without it visitors have no device and no country, and entities are
    /// refused.
    #[arg(long, env = "CLICKPATH_TRUSTED_KEY", hide_env_values = true)]
    pub trusted_key: Option<Key>,
    /// Seconds to go on trying while the gateway is away or refuses for a time.
    #[arg(long = "patience-seconds", value_name = "SECONDS", env = "CLICKPATH_PATIENCE_SECONDS", default_value = "60", value_parser = seconds)]
    pub patience: Duration,
}

/// A secret that does not show itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Key(String);

impl Key {
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl FromStr for Key {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Key(…)")
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    text.parse()
        .map(Duration::from_secs)
        .map_err(|_| "must be whole seconds".to_owned())
}
