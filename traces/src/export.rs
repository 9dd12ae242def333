//! Spans that ended go to the collector in the background (<https://opentelemetry.io/docs/specs/otlp/#otlphttp>, in its JSON form). What does not
//! find room, or what the collector does not take, is lost and counted in the log: a trace never holds up an event.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use reqwest::Client;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::span::Ended;
use crate::{Settings, TRACER};

const WAITING_SPANS: usize = 4096;
const SPANS_AT_ONCE: usize = 512;
const PAUSE: Duration = Duration::from_secs(1);
const PATIENCE: Duration = Duration::from_secs(5);

#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("--otlp-url {url:?} is no HTTP address")]
    Url { url: String, source: reqwest::Error },
    #[error("traces have begun in this process")]
    Twice,
}

/// Sends until [`Exporter::finish`].
#[derive(Debug)]
pub struct Exporter(Option<(CancellationToken, JoinHandle<()>)>);

#[derive(Debug)]
pub(crate) struct Tracer {
    spans: mpsc::Sender<Ended>,
    share: f64,
    lost: &'static AtomicU64,
}

/// Begins, where the settings name a collector, and once in a process. `service` is the process's name in the traces.
pub fn start(settings: &Settings, service: &'static str) -> Result<Exporter, StartError> {
    static LOST: AtomicU64 = AtomicU64::new(0);
    let Some(url) = &settings.otlp_url else {
        return Ok(Exporter(None));
    };
    let refused = |source| StartError::Url {
        url: url.clone(),
        source,
    };
    let client = tls::http_client().timeout(PATIENCE).build().map_err(refused)?;
    let address = format!("{}/v1/traces", url.trim_end_matches('/'));
    client.post(&address).build().map_err(refused)?;
    let (spans, waiting) = mpsc::channel(WAITING_SPANS);
    let tracer = Tracer {
        spans,
        share: settings.otlp_share,
        lost: &LOST,
    };
    TRACER.set(tracer).map_err(|_| StartError::Twice)?;
    let stop = CancellationToken::new();
    let collector = Collector {
        client,
        address,
        service,
        lost: &LOST,
    };
    let task = tokio::spawn(collector.run(waiting, stop.clone()));
    Ok(Exporter(Some((stop, task))))
}

impl Exporter {
    /// Sends what is left, within bounds.
    pub async fn finish(self) {
        let Some((stop, task)) = self.0 else { return };
        stop.cancel();
        match timeout(PATIENCE, task).await {
            Ok(Ok(())) => {}
            Ok(Err(panicked)) => tracing::error!(error = %panicked, "traces ended early"),
            Err(_) => tracing::warn!("the collector is too slow for the last traces"),
        }
    }
}

impl Tracer {
    pub(crate) fn chooses(&self, chance: u64) -> bool {
        chance as f64 / u64::MAX as f64 <= self.share && self.share > 0.0
    }

    pub(crate) fn take(&self, ended: Ended) {
        if self.spans.try_send(ended).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }
}

struct Collector {
    client: Client,
    address: String,
    service: &'static str,
    lost: &'static AtomicU64,
}

impl Collector {
    async fn run(self, mut waiting: mpsc::Receiver<Ended>, stop: CancellationToken) {
        loop {
            let last = stop.run_until_cancelled(sleep(PAUSE)).await.is_none();
            let mut spans = Vec::new();
            while let Ok(span) = waiting.try_recv() {
                spans.push(span);
            }
            for spans in spans.chunks(SPANS_AT_ONCE) {
                if let Err(error) = self.send(spans).await {
                    self.lost.fetch_add(spans.len() as u64, Ordering::Relaxed);
                    tracing::debug!(error = %error, "the collector takes no traces");
                }
            }
            let lost = self.lost.swap(0, Ordering::Relaxed);
            if lost > 0 {
                tracing::warn!(spans = lost, collector = self.address, "spans were lost");
            }
            if last {
                return;
            }
        }
    }

    async fn send(&self, spans: &[Ended]) -> reqwest::Result<()> {
        let body = json!({"resourceSpans": [{
            "resource": {"attributes": [
                {"key": "service.name", "value": {"stringValue": self.service}},
                {"key": "service.version", "value": {"stringValue": env!("CARGO_PKG_VERSION")}},
            ]},
            "scopeSpans": [{"scope": {"name": "clickpath"}, "spans": spans.iter().map(as_json).collect::<Vec<_>>()}],
        }]});
        self.client
            .post(&self.address)
            .json(&body)
            .send()
            .await?
            .error_for_status()?;
        Ok(())
    }
}

/// Ids are hexadecimal, 64-bit numbers are texts.
fn as_json(ended: &Ended) -> Value {
    let Ended { span, name, kind, .. } = ended;
    let attributes: Vec<_> = ended
        .numbers
        .iter()
        .map(|(key, number)| json!({"key": key, "value": {"intValue": number.to_string()}}))
        .collect();
    let mut value = json!({
        "traceId": format!("{:032x}", span.context.trace),
        "spanId": format!("{:016x}", span.context.span),
        "name": name,
        "kind": *kind as u8,
        "startTimeUnixNano": span.began.to_string(),
        "endTimeUnixNano": ended.ended.to_string(),
        "attributes": attributes,
    });
    if let Some(parent) = span.parent {
        value["parentSpanId"] = json!(format!("{parent:016x}"));
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Context, Kind, Span};

    #[test]
    fn spans_are_of_the_published_form() {
        let ended = Ended {
            span: Span {
                context: Context { trace: 0x1f, span: 0xa },
                parent: Some(0xb),
                began: 5,
            },
            ended: 1_795_341_600_000_000_000,
            name: "insert",
            kind: Kind::Client,
            numbers: vec![("clickpath.rows", 7)],
        };
        let expect = json!({
            "traceId": "0000000000000000000000000000001f", "spanId": "000000000000000a", "parentSpanId": "000000000000000b",
            "name": "insert", "kind": 3, "startTimeUnixNano": "5", "endTimeUnixNano": "1795341600000000000",
            "attributes": [{"key": "clickpath.rows", "value": {"intValue": "7"}}],
        });
        assert_eq!(as_json(&ended), expect);
    }

    #[test]
    fn chance_keeps_to_the_share() {
        let tracer = |share| Tracer {
            spans: mpsc::channel(1).0,
            share,
            lost: {
                static LOST: AtomicU64 = AtomicU64::new(0);
                &LOST
            },
        };
        assert!(!tracer(0.0).chooses(0));
        assert!(tracer(1.0).chooses(u64::MAX));
        assert!(tracer(0.01).chooses(u64::MAX / 200));
        assert!(!tracer(0.01).chooses(u64::MAX / 50));
    }
}
