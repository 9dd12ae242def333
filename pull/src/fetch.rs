//! One address, again and again within bounds.

use std::time::Duration;

use rand::RngExt;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::{StatusCode, Url};
use tokio_util::sync::CancellationToken;

use crate::{PullError, Settings};

/// What the API may answer; the public one's products have 10 KB.
const LIMIT_BYTES: usize = 64 * 1024 * 1024;
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// Longer than this nobody waits because an API says so.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(300);

pub struct Fetcher {
    http: reqwest::Client,
    api: Url,
    attempts: u32,
    pause: Duration,
    shutdown: CancellationToken,
    /// Attempts beyond the first, of all addresses.
    pub retries: u32,
}

impl Fetcher {
    pub fn new(settings: &Settings, shutdown: CancellationToken) -> Result<Self, PullError> {
        let http = tls::http_client()
            .user_agent(concat!("clickpath/", env!("CARGO_PKG_VERSION")))
            .timeout(settings.timeout)
            .build();
        Ok(Self {
            http: http.map_err(PullError::Client)?,
            api: address(&settings.api)?,
            attempts: settings.attempts.get(),
            pause: settings.pause,
            shutdown,
            retries: 0,
        })
    }

    /// The whole answer to `GET {api}/{path}`, and its address. Repeated when there was no answer, when it was cut off, and for
    /// the statuses that pass by themselves; fails after the last attempt, and at once when repeating cannot help.
    pub async fn get(&mut self, path: &str) -> Result<(String, Vec<u8>), PullError> {
        let mut url = self.api.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().push(path);
        }
        let mut attempt = 1;
        loop {
            let failure = match self.attempt(url.clone()).await? {
                Ok(body) => return Ok((url.into(), body)),
                Err(failure) => failure,
            };
            let jitter = rand::rng().random_range(0.5..1.0);
            let again = failure.again(attempt, self.attempts, backoff(self.pause, attempt, jitter));
            let error = failure.into_error(&url, attempt, self.attempts);
            let Some(pause) = again else { return Err(error) };
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                pause_ms = pause.as_millis() as u64,
                "asking again"
            );
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.shutdown.cancelled() => return Err(PullError::Stopped),
            }
            attempt += 1;
            self.retries += 1;
        }
    }

    async fn attempt(&self, url: Url) -> Result<Result<Vec<u8>, Failure>, PullError> {
        tokio::select! {
            answer = self.answer(url) => answer,
            () = self.shutdown.cancelled() => Err(PullError::Stopped),
        }
    }

    async fn answer(&self, url: Url) -> Result<Result<Vec<u8>, Failure>, PullError> {
        let mut response = match self.http.get(url.clone()).send().await {
            Ok(response) => response,
            Err(source) => return Ok(Err(Failure::NoAnswer(source))),
        };
        if !response.status().is_success() {
            return Ok(Err(Failure::Status {
                status: response.status(),
                retry_after: retry_after(response.headers()),
            }));
        }
        let mut body = Vec::new();
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) if body.len() + chunk.len() > LIMIT_BYTES => {
                    let (url, limit) = (url.into(), LIMIT_BYTES);
                    return Err(PullError::TooLarge { url, limit });
                }
                Ok(Some(chunk)) => body.extend_from_slice(&chunk),
                Ok(None) => return Ok(Ok(body)),
                Err(source) => return Ok(Err(Failure::NoAnswer(source))),
            }
        }
    }
}

/// Why an attempt gave nothing.
enum Failure {
    /// Not connected, timed out, or cut off in the middle.
    NoAnswer(reqwest::Error),
    Status {
        status: StatusCode,
        retry_after: Option<Duration>,
    },
}

impl Failure {
    /// When to try again after the `attempt`th; `None`: never.
    fn again(&self, attempt: u32, attempts: u32, backoff: Duration) -> Option<Duration> {
        if attempt >= attempts {
            return None;
        }
        match self {
            Self::NoAnswer(_) => Some(backoff),
            Self::Status { status, .. } if !passes(*status) => None,
            Self::Status { retry_after, .. } => match retry_after {
                Some(wanted) if *wanted > LONGEST_RETRY_AFTER => None,
                Some(wanted) => Some(*wanted),
                None => Some(backoff),
            },
        }
    }

    fn into_error(self, url: &Url, attempt: u32, attempts: u32) -> PullError {
        let url = url.to_string();
        match self {
            Self::NoAnswer(source) => PullError::Unreachable {
                url,
                attempt,
                attempts,
                source: source.without_url(),
            },
            Self::Status {
                status,
                retry_after: Some(wanted),
            } if wanted > LONGEST_RETRY_AFTER && passes(status) => PullError::TooLong {
                url,
                status,
                wanted,
                longest: LONGEST_RETRY_AFTER,
                attempt,
            },
            Self::Status { status, .. } if !passes(status) => PullError::Refused { url, status },
            Self::Status { status, .. } => PullError::Status {
                url,
                status,
                attempt,
                attempts,
            },
        }
    }
}

/// What an API is over after a while: too many requests, and whatever is its own or its proxy's fault.
fn passes(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY | StatusCode::TOO_MANY_REQUESTS
    ) || status.is_server_error()
}

/// Doubled with each attempt up to a bound, of which `jitter` is the share that is waited: clients that failed together do not
/// come back together.
fn backoff(pause: Duration, attempt: u32, jitter: f64) -> Duration {
    let doubled = pause.saturating_mul(1 << (attempt - 1).min(16));
    doubled.min(LONGEST_PAUSE).mul_f64(jitter)
}

/// Seconds; a date (RFC 9110, section 10.2.3) counts as not said, and the pause grows by itself.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

fn address(text: &str) -> Result<Url, PullError> {
    let url = text.parse::<Url>().map_err(|_| PullError::Address(text.to_owned()))?;
    match url.scheme() {
        "http" | "https" => Ok(url),
        _ => Err(PullError::Address(text.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(status: StatusCode, retry_after: Option<u64>) -> Failure {
        Failure::Status {
            status,
            retry_after: retry_after.map(Duration::from_secs),
        }
    }

    #[test]
    fn pauses_double_up_to_a_bound() {
        let pauses = [1, 2, 3, 7, 40].map(|attempt| backoff(Duration::from_millis(500), attempt, 1.0).as_millis());
        assert_eq!(pauses, [500, 1_000, 2_000, 30_000, 30_000]);
        assert_eq!(backoff(Duration::from_millis(500), 1, 0.5).as_millis(), 250);
    }

    #[test]
    fn repeats_only_what_passes() {
        let pause = Duration::from_secs(1);
        let again = |failure: Failure| failure.again(1, 3, pause);
        assert_eq!(again(status(StatusCode::BAD_GATEWAY, None)), Some(pause));
        assert_eq!(
            again(status(StatusCode::TOO_MANY_REQUESTS, Some(7))),
            Some(Duration::from_secs(7))
        );
        assert_eq!(again(status(StatusCode::TOO_MANY_REQUESTS, Some(301))), None);
        assert_eq!(again(status(StatusCode::NOT_FOUND, Some(1))), None);
        assert_eq!(
            status(StatusCode::BAD_GATEWAY, None).again(3, 3, pause),
            None,
            "the last attempt"
        );
    }

    #[test]
    fn addresses_are_http() {
        assert!(address("http://127.0.0.1:4010/v1").is_ok());
        assert!(address("https://fakestoreapi.com").is_ok());
        assert!(matches!(address("fakestoreapi.com"), Err(PullError::Address(_))));
        assert!(matches!(address("ftp://host"), Err(PullError::Address(_))));
    }
}
