//! OpenTelemetry traces: spans of what happens to a batch, sent to a collector as OTLP/JSON over HTTP. Off, and then without cost, until
//! [`start`] is called with an address.
//!
//! - [`root`], [`follow`]: begin a span, if somebody is to see it; [`Span::child`], [`Span::end`]
//! - [`Context`]: what travels to the next process, as W3C's `traceparent`
//!
//! Not the SDK's crates: they would be a dozen more, for three kinds of spans and one form of JSON.

mod context;
mod export;
mod span;

use std::sync::OnceLock;

pub use context::{Context, NoContext};
pub use export::{Exporter, StartError, start};
pub use span::{Kind, Span, follow, root};

use export::Tracer;

/// As with loggers there is one in a process.
static TRACER: OnceLock<Tracer> = OnceLock::new();

/// Where traces go and how many there are.
#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
pub struct Settings {
    /// HTTP address of an OpenTelemetry collector, for example http://collector:4318; traces are sent to its /v1/traces. Without it there are
    /// none.
    #[arg(long, env = "OTEL_EXPORTER_OTLP_ENDPOINT", help_heading = "Traces")]
    pub otlp_url: Option<String>,
    /// Share of requests that are traced, 0 to 1.
    #[arg(long, env = "OTEL_TRACES_SAMPLER_ARG", default_value_t = 0.01, value_parser = share, help_heading = "Traces")]
    pub otlp_share: f64,
}

fn share(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(share),
        _ => Err("a number from 0 to 1 is needed".to_owned()),
    }
}
