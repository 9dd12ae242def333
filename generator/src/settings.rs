use std::path::{Path, PathBuf};
use std::time::Duration;

use event::Timestamp;

use crate::Scenario;
use crate::write::Format;

#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
pub struct Settings {
    /// Where events go.
    #[arg(long, env = "CLICKPATH_GENERATE_TO", default_value = "http")]
    pub to: Target,
    /// File for csv, jsonl and parquet; `-` is the standard output, a name that ends in .gz is compressed. The file has its name when it is complete.
    #[arg(long, env = "CLICKPATH_GENERATE_OUTPUT", default_value = "-")]
    pub output: PathBuf,
    #[command(flatten)]
    pub gateway: client::Settings,
    /// AMQP address of RabbitMQ, for example amqp://clickpath:secret@rabbitmq:5672/%2f.
    #[arg(long, env = "CLICKPATH_AMQP_URL", hide_env_values = true)]
    pub amqp_url: Option<String>,
    /// Site whose visitors are made up.
    #[arg(long, env = "CLICKPATH_GENERATE_SITE", default_value = "shop")]
    pub site: String,
    /// Events to send or to write; 0 goes on until the signal.
    #[arg(long, env = "CLICKPATH_GENERATE_COUNT", default_value = "1000")]
    pub count: u64,
    /// Events per second; 0 goes as fast as they are taken. Without a span, events happen at this rate from now on (0: 10 ms apart, ending now).
    #[arg(long, env = "CLICKPATH_GENERATE_RATE", default_value = "0")]
    pub rate: u32,
    /// Time over which visits are spread, with days and nights, such as 90m, 12h or 30d; ends at `--until`.
    #[arg(long, env = "CLICKPATH_GENERATE_SPAN", value_parser = span)]
    pub span: Option<Duration>,
    /// End of the span, RFC 3339; now when it is not given. With it the same seed gives the same bytes.
    #[arg(long, env = "CLICKPATH_GENERATE_UNTIL")]
    pub until: Option<Timestamp>,
    /// How many times faster than it happened a span is sent; 0 sends as fast as events are taken.
    #[arg(long, env = "CLICKPATH_GENERATE_SPEED_UP", default_value = "0")]
    pub speed_up: u32,
    /// What goes wrong, in the middle fifth of a span, or all the time.
    #[arg(long, env = "SCENARIO", default_value = "normal")]
    pub scenario: Scenario,
    /// The same seed, start and count give the same events.
    #[arg(long, env = "SEED", default_value = "42")]
    pub seed: u64,
    /// Leave the ids out of csv: an importer makes them of the rows, and a file compresses to half.
    #[arg(long, env = "CLICKPATH_GENERATE_OMIT_IDS")]
    pub omit_ids: bool,
    /// File for every metric of the events, counted by the generator itself (JSON; a name that ends in .gz is compressed).
    #[arg(long, env = "CLICKPATH_GENERATE_EXPECTED")]
    pub expected: Option<PathBuf>,
    /// Zone of the days in that file, by its IANA name.
    #[arg(long, env = "CLICKPATH_GENERATE_TIMEZONE", default_value = "UTC")]
    pub timezone: String,
    /// Count bots among the visitors in that file.
    #[arg(long, env = "CLICKPATH_GENERATE_EXPECTED_BOTS")]
    pub expected_bots: bool,
    /// Events per request or message.
    #[arg(long, env = "CLICKPATH_GENERATE_BATCH", default_value = "50", value_parser = batch)]
    pub batch: usize,
    /// Requests on their way at the same time; with 1 the gateway gets the events in the order in which they are sent.
    #[arg(long, env = "CLICKPATH_GENERATE_CONNECTIONS", default_value = "4", value_parser = connections)]
    pub connections: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Target {
    /// The gateway's `POST /events`.
    Http,
    /// RabbitMQ's queue clickpath.in.
    Amqp,
    /// Rows below a header.
    Csv,
    /// One JSON object per line.
    Jsonl,
    /// Typed columns.
    Parquet,
}

impl Settings {
    /// Whether events go to the standard output, where nothing else may be written then.
    pub fn writes_to_stdout(&self) -> bool {
        self.to.format().is_some() && self.output == Path::new("-")
    }
}

impl Target {
    pub(crate) fn format(self) -> Option<Format> {
        match self {
            Self::Http | Self::Amqp => None,
            Self::Csv => Some(Format::Csv),
            Self::Jsonl => Some(Format::Jsonl),
            Self::Parquet => Some(Format::Parquet),
        }
    }
}

fn batch(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(events @ 1..=event::limits::EVENTS) => Ok(events),
        _ => Err(format!("must be 1 to {}", event::limits::EVENTS)),
    }
}

fn connections(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(connections @ 1..=64) => Ok(connections),
        _ => Err("must be 1 to 64".to_owned()),
    }
}

/// At most ten years, so that every moment stays within the contract's.
fn span(text: &str) -> Result<Duration, String> {
    const UNITS: [(char, u64); 4] = [('s', 1), ('m', 60), ('h', 3_600), ('d', 86_400)];
    const LONGEST_SECONDS: u64 = 3_653 * 86_400;
    let (_, seconds) = UNITS
        .into_iter()
        .find(|(unit, _)| text.ends_with(*unit))
        .ok_or("must end with s, m, h or d")?;
    let number = text[..text.len() - 1].parse::<u64>().ok();
    let span = number.and_then(|number| number.checked_mul(seconds));
    match span {
        Some(seconds @ 60..=LONGEST_SECONDS) => Ok(Duration::from_secs(seconds)),
        _ => Err("must be from 60s to 3653d".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_have_a_unit() {
        assert_eq!(span("90m"), Ok(Duration::from_secs(5_400)));
        assert_eq!(span("30d"), Ok(Duration::from_secs(2_592_000)));
        for text in ["", "7", "d", "-1d", "1.5h", "59s", "4000d", "18446744073709551615d"] {
            assert!(span(text).is_err(), "{text}");
        }
    }
}
