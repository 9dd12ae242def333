use std::time::Duration;

use bytes::Bytes;
use event::entity::Stream;
use event::{Source, Timestamp};
use reqwest::StatusCode;
use reqwest::header::CONTENT_TYPE;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::{ClientError, Key, Sent, Settings, receipt, retry};

/// How long one request may take.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// How long an answer may take after the signal, so that what was sent before it is accounted for.
const STOP_GRACE: Duration = Duration::from_secs(5);

/// One connection pool; cheap to clone, and any number of batches may be on their way.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    gateway: Url,
    trusted_key: Option<Key>,
    patience: Duration,
    shutdown: CancellationToken,
}

/// Events for one site.
#[derive(Clone)]
pub struct Batch<'a> {
    pub site: &'a str,
    pub source: Source,
    /// How many the array has.
    pub events: usize,
    /// JSON array.
    pub body: Bytes,
    /// The sender's clock, asked at each attempt; without it the gateway corrects no clock.
    pub sent_at: Option<&'a (dyn Fn() -> Timestamp + Send + Sync)>,
}

/// An attempt's answer, whole.
struct Answer {
    status: StatusCode,
    retry_after: Option<Duration>,
    body: String,
}

impl Client {
    /// Does not connect yet. The signal `shutdown` ends all waiting.
    pub fn new(settings: &Settings, shutdown: CancellationToken) -> Result<Self, ClientError> {
        let http = tls::http_client().timeout(REQUEST_TIMEOUT).build();
        Ok(Self {
            http: http.map_err(ClientError::Build)?,
            gateway: address(&settings.gateway_url)
                .ok_or_else(|| ClientError::Address(settings.gateway_url.clone()))?,
            trusted_key: settings.trusted_key.clone(),
            patience: settings.patience,
            shutdown,
        })
    }

    /// `POST /events` with the same body again and again on 408, 429, 502, 503, 504 (`Retry-After` honoured) and lost
    /// connections, until answered; fails when patience is over, at the signal, and when repeating cannot help.
    pub async fn send_events(&self, batch: Batch<'_>) -> Result<Sent, ClientError> {
        let mut url = self.url(&["events"]);
        url.query_pairs_mut()
            .append_pair("site", batch.site)
            .append_pair("source", batch.source.as_str());
        let at_each_attempt = || {
            let mut url = url.clone();
            if let Some(now) = batch.sent_at {
                url.query_pairs_mut().append_pair("sent_at", &now().0.to_string());
            }
            url
        };
        self.send(at_each_attempt, batch.events, batch.body.clone()).await
    }

    /// `POST /entities/{stream}` with a JSON array of `count`; repeated as [`Client::send_events`] does.
    pub async fn send_entities(
        &self,
        site: &str,
        stream: Stream,
        count: usize,
        body: String,
    ) -> Result<Sent, ClientError> {
        let mut url = self.url(&["entities", stream.as_str()]);
        url.query_pairs_mut().append_pair("site", site);
        self.send(|| url.clone(), count, body.into()).await
    }

    fn url(&self, path: &[&str]) -> Url {
        let mut url = self.gateway.clone();
        url.path_segments_mut()
            .expect("an address of HTTP has a path")
            .pop_if_empty()
            .extend(path);
        url
    }

    async fn send(&self, url: impl Fn() -> Url, count: usize, body: Bytes) -> Result<Sent, ClientError> {
        let first = Instant::now();
        let mut retries = 0;
        loop {
            let attempt = Instant::now();
            let (error, said) = match self.attempt(url(), body.clone()).await? {
                Ok(answer) if retry::can_help(answer.status) => {
                    let busy = ClientError::Busy {
                        status: answer.status,
                        body: answer.body,
                        patience: self.patience,
                    };
                    (busy, answer.retry_after)
                }
                Ok(answer) => {
                    let (accepted, rejected) = receipt::read(count, answer.status, &answer.body)?;
                    return Ok(Sent {
                        accepted,
                        rejected,
                        retries,
                        latency: attempt.elapsed(),
                    });
                }
                Err(source) => {
                    let url = self.gateway.as_str().trim_end_matches('/').to_owned();
                    (ClientError::Unreachable { url, source }, None)
                }
            };
            let pause = said.unwrap_or_else(|| retry::pause(retries));
            if first.elapsed() + pause > self.patience {
                return Err(error);
            }
            tracing::warn!(error = &error as &dyn std::error::Error, "batch is sent again");
            retries += 1;
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.shutdown.cancelled() => return Err(ClientError::Stopped),
            }
        }
    }

    /// The outer error is the end, the inner one no answer.
    async fn attempt(&self, url: Url, body: Bytes) -> Result<Result<Answer, reqwest::Error>, ClientError> {
        let too_long_after_signal = async {
            self.shutdown.cancelled().await;
            tokio::time::sleep(STOP_GRACE).await;
        };
        tokio::select! {
            answer = self.answer(url, body) => Ok(answer.map_err(reqwest::Error::without_url)),
            () = too_long_after_signal => Err(ClientError::Stopped),
        }
    }

    async fn answer(&self, url: Url, body: Bytes) -> Result<Answer, reqwest::Error> {
        let mut request = self.http.post(url).header(CONTENT_TYPE, "application/json");
        if let Some(key) = &self.trusted_key {
            request = request.bearer_auth(key.expose());
        }
        let response = request.body(body).send().await?;
        Ok(Answer {
            status: response.status(),
            retry_after: retry::retry_after(response.headers()),
            body: response.text().await?,
        })
    }
}

fn address(text: &str) -> Option<Url> {
    text.parse::<Url>()
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https"))
}
