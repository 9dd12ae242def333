//! One batch to the gateway, again and again with the same ids until it has an answer.

use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Response, StatusCode};
use serde_json::Value;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::{GenerateError, Settings, Summary};

/// How long one request may take.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// Between attempts when the gateway does not say how long.
const PAUSE: Duration = Duration::from_millis(500);

pub(crate) struct Sender<'s> {
    client: reqwest::Client,
    /// With `site` and `source`.
    url: Url,
    settings: &'s Settings,
    shutdown: CancellationToken,
}

/// Why an attempt gave no answer, and when to try again.
struct Again {
    after: Duration,
    error: GenerateError,
}

impl<'s> Sender<'s> {
    pub(crate) fn new(settings: &'s Settings, shutdown: CancellationToken) -> Result<Self, GenerateError> {
        let client = reqwest::Client::builder().timeout(REQUEST_TIMEOUT).build();
        Ok(Self {
            client: client.map_err(GenerateError::Client)?,
            url: events_url(settings).ok_or_else(|| GenerateError::Address(settings.gateway_url.clone()))?,
            settings,
            shutdown,
        })
    }

    /// Sends a batch until it is answered; `now_ms` gives the time of each attempt. The signal to stop ends the waiting, and
    /// the batch counts as sent and not accepted.
    pub(crate) async fn send(
        &self,
        events: usize,
        body: &str,
        now_ms: impl Fn() -> i64,
        summary: &mut Summary,
    ) -> Result<(), GenerateError> {
        summary.sent += events as u64;
        let first = Instant::now();
        loop {
            let attempt = Instant::now();
            let again = match self.attempt(body, now_ms()).await {
                Ok(answer) => {
                    let status = answer.status();
                    let body = answer.text().await.map_err(|source| self.unreachable(source))?;
                    summary.answered(attempt.elapsed());
                    return count(events, status, body, summary);
                }
                Err(again) => again,
            };
            if first.elapsed() + again.after > self.settings.patience {
                return Err(again.error);
            }
            tracing::warn!(error = %again.error, "batch is sent again");
            summary.retries += 1;
            tokio::select! {
                () = tokio::time::sleep(again.after) => {}
                () = self.shutdown.cancelled() => return Ok(()),
            }
        }
    }

    async fn attempt(&self, body: &str, sent_at: i64) -> Result<Response, Again> {
        let mut url = self.url.clone();
        url.query_pairs_mut().append_pair("sent_at", &sent_at.to_string());
        let mut request = self.client.post(url).header(CONTENT_TYPE, "application/json");
        if let Some(key) = &self.settings.trusted_key {
            request = request.bearer_auth(key.expose());
        }
        let answer = match request.body(body.to_owned()).send().await {
            Ok(answer) => answer,
            Err(source) => {
                return Err(Again {
                    after: PAUSE,
                    error: self.unreachable(source),
                });
            }
        };
        match answer.status() {
            status @ (StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) => Err(Again {
                after: retry_after(&answer).unwrap_or(PAUSE),
                error: GenerateError::Busy {
                    status,
                    patience: self.settings.patience,
                },
            }),
            _ => Ok(answer),
        }
    }

    fn unreachable(&self, source: reqwest::Error) -> GenerateError {
        GenerateError::Unreachable {
            url: self.settings.gateway_url.clone(),
            source: source.without_url(),
        }
    }
}

fn events_url(settings: &Settings) -> Option<Url> {
    let mut url = settings
        .gateway_url
        .parse::<Url>()
        .ok()
        .filter(|url| url.scheme() == "http")?;
    url.path_segments_mut().ok()?.pop_if_empty().push("events");
    url.query_pairs_mut()
        .append_pair("site", &settings.site)
        .append_pair("source", "generator");
    Some(url)
}

/// Seconds (RFC 9110, section 10.2.3); the gateway sends no dates.
fn retry_after(answer: &Response) -> Option<Duration> {
    let seconds = answer.headers().get(RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds))
}

fn count(events: usize, status: StatusCode, body: String, summary: &mut Summary) -> Result<(), GenerateError> {
    if !matches!(status, StatusCode::ACCEPTED | StatusCode::UNPROCESSABLE_ENTITY) {
        return Err(GenerateError::Refused { status, body });
    }
    let Ok(receipt) = serde_json::from_str::<Value>(&body) else {
        return Err(GenerateError::Receipt { sent: events, body });
    };
    let length = |field: &str| receipt[field].as_array().map_or(0, Vec::len);
    let (accepted, rejected) = (length("accepted"), length("rejected"));
    if accepted + rejected != events {
        return Err(GenerateError::Receipt { sent: events, body });
    }
    if let Some(first) = receipt["rejected"].get(0) {
        tracing::warn!(rejected, %first, "gateway rejected events");
    }
    summary.accepted += accepted as u64;
    summary.rejected += rejected as u64;
    Ok(())
}
