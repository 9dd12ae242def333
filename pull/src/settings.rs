use std::num::NonZeroU32;
use std::time::Duration;

#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
pub struct Settings {
    /// Address of the API, without `/products`. `clickpath store-api` serves one.
    #[arg(long, env = "CLICKPATH_PULL_API", default_value = "http://127.0.0.1:4010")]
    pub api: String,
    /// Site that products and events belong to; one API each.
    #[arg(long, env = "CLICKPATH_PULL_SITE", default_value = "shop")]
    pub site: String,
    /// Times that one address is asked before it counts as failed.
    #[arg(long, env = "CLICKPATH_PULL_ATTEMPTS", default_value = "6")]
    pub attempts: NonZeroU32,
    /// Seconds that one answer of the API may take, to its last byte.
    #[arg(long = "api-timeout-seconds", value_name = "SECONDS", env = "CLICKPATH_PULL_TIMEOUT_SECONDS", default_value = "30", value_parser = seconds)]
    pub timeout: Duration,
    /// Milliseconds before the second attempt, about; twice as many before each further one, at most 30 seconds.
    #[arg(long = "api-pause-ms", value_name = "MILLISECONDS", env = "CLICKPATH_PULL_PAUSE_MS", default_value = "500", value_parser = milliseconds)]
    pub pause: Duration,
    /// Events per request to the gateway.
    #[arg(long, env = "CLICKPATH_PULL_BATCH", default_value = "500", value_parser = batch)]
    pub batch: usize,
}

fn seconds(text: &str) -> Result<Duration, String> {
    match text.parse() {
        Ok(seconds @ 1..) => Ok(Duration::from_secs(seconds)),
        _ => Err("must be whole seconds, at least 1".to_owned()),
    }
}

fn milliseconds(text: &str) -> Result<Duration, String> {
    let milliseconds = text.parse().map(Duration::from_millis);
    milliseconds.map_err(|_| "must be whole milliseconds".to_owned())
}

fn batch(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(events @ 1..=event::limits::EVENTS) => Ok(events),
        _ => Err(format!("must be 1 to {}", event::limits::EVENTS)),
    }
}
