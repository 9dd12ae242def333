use std::time::Duration;

#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
pub struct Settings {
    /// Address of the gateway, without `/events`.
    #[arg(long, env = "CLICKPATH_GATEWAY_URL", default_value = "http://127.0.0.1:8080")]
    pub gateway_url: String,
    /// Site whose visitors are made up.
    #[arg(long, env = "CLICKPATH_GENERATE_SITE", default_value = "shop")]
    pub site: String,
    /// Events to send; 0 goes on until the signal.
    #[arg(long, env = "CLICKPATH_GENERATE_COUNT", default_value = "1000")]
    pub count: u64,
    /// Events per second; 0 sends as fast as the gateway takes them, with moments 10 ms apart that end now.
    #[arg(long, env = "CLICKPATH_GENERATE_RATE", default_value = "0")]
    pub rate: u32,
    /// The same seed and start give the same events.
    #[arg(long, env = "SEED", default_value = "42")]
    pub seed: u64,
    /// Events per request.
    #[arg(long, env = "CLICKPATH_GENERATE_BATCH", default_value = "50", value_parser = batch)]
    pub batch: usize,
    /// Seconds to go on trying while the gateway is away or refuses for a time.
    #[arg(long, env = "CLICKPATH_GENERATE_PATIENCE_SECONDS", default_value = "60", value_parser = seconds)]
    pub patience: Duration,
}

fn batch(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(events @ 1..=event::limits::EVENTS) => Ok(events),
        _ => Err(format!("must be 1 to {}", event::limits::EVENTS)),
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    text.parse()
        .map(Duration::from_secs)
        .map_err(|_| "must be whole seconds".to_owned())
}
