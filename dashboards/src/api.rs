use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Method, Response, StatusCode, Url};
use serde_json::Value;
use tokio::time::{Instant, sleep};

const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);
const BETWEEN_TRIES: Duration = Duration::from_millis(500);

#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    #[error("{method} {path} was answered {status}: {answer}")]
    Refused {
        method: Method,
        path: String,
        status: StatusCode,
        answer: String,
    },
    #[error("{method} {path} was not answered")]
    Network {
        method: Method,
        path: String,
        #[source]
        source: reqwest::Error,
    },
    #[error("{path} has no {field} in its answer: {answer}")]
    Unexpected {
        path: String,
        field: &'static str,
        answer: String,
    },
    #[error("{path} did not answer that all is well within {patience:?}")]
    Unhealthy { path: String, patience: Duration },
    #[error("{method} {path} was answered with something else than JSON: {answer}")]
    NoJson {
        method: Method,
        path: String,
        answer: String,
        #[source]
        source: serde_json::Error,
    },
    #[error("{0:?} is no address of a tool")]
    Address(String),
    #[error("what is to be sent as header {0} has characters that no header may have")]
    Header(&'static str),
    #[error("the HTTP client cannot be made")]
    Client(#[source] reqwest::Error),
}

/// A tool's REST API.
pub(crate) struct Api {
    client: Client,
    base: Url,
    headers: HeaderMap,
}

impl Api {
    /// Cookies are kept by hand: [`Api::set`].
    pub(crate) fn new(address: &str) -> Result<Self, ApiError> {
        let mut base = Url::parse(address).map_err(|_| ApiError::Address(address.to_owned()))?;
        if base.cannot_be_a_base() {
            return Err(ApiError::Address(address.to_owned()));
        }
        if !base.path().ends_with('/') {
            base.set_path(&format!("{}/", base.path()));
        }
        let client = tls::http_client().timeout(REQUEST_TIMEOUT).build();
        Ok(Self {
            client: client.map_err(ApiError::Client)?,
            base,
            headers: HeaderMap::new(),
        })
    }

    /// Sends this header from now on.
    pub(crate) fn set(&mut self, name: &'static str, value: &str) -> Result<(), ApiError> {
        let value = HeaderValue::from_str(value).map_err(|_| ApiError::Header(name))?;
        self.headers.insert(HeaderName::from_static(name), value);
        Ok(())
    }

    pub(crate) async fn get(&self, path: &str) -> Result<Value, ApiError> {
        self.json(Method::GET, path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Result<Value, ApiError> {
        self.json(Method::POST, path, Some(body)).await
    }

    pub(crate) async fn put(&self, path: &str, body: &Value) -> Result<Value, ApiError> {
        self.json(Method::PUT, path, Some(body)).await
    }

    async fn json(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value, ApiError> {
        let body = body.map(|body| ("application/json".to_owned(), body.to_string().into_bytes()));
        let answer = self.send(method.clone(), path, body).await?;
        json(method, path, answer).await
    }

    /// A request whose body has that type; an answer that is no success is an error.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<(String, Vec<u8>)>,
    ) -> Result<Response, ApiError> {
        let url = self.base.join(path.trim_start_matches('/'));
        let url = url.map_err(|_| ApiError::Address(path.to_owned()))?;
        let mut request = self.client.request(method.clone(), url).headers(self.headers.clone());
        if let Some((content_type, body)) = body {
            request = request.header("content-type", content_type).body(body);
        }
        let network = |source| ApiError::Network {
            method: method.clone(),
            path: path.to_owned(),
            source,
        };
        let answer = request.send().await.map_err(network)?;
        let status = answer.status();
        if status.is_success() {
            return Ok(answer);
        }
        Err(ApiError::Refused {
            path: path.to_owned(),
            status,
            answer: shortened(&text(&method, path, answer).await?),
            method,
        })
    }

    /// Waits until `path` is answered and `is_well` says so of the answer.
    pub(crate) async fn wait_for_health(
        &self,
        path: &str,
        patience: Duration,
        is_well: impl Fn(&str) -> bool,
    ) -> Result<(), ApiError> {
        let end = Instant::now() + patience;
        loop {
            match self.send(Method::GET, path, None).await {
                Ok(answer) => {
                    let answer = text(&Method::GET, path, answer).await?;
                    if is_well(&answer) {
                        return Ok(());
                    }
                    tracing::debug!(path, answer, "not well yet");
                }
                Err(error) => tracing::debug!(path, %error, "no answer yet"),
            }
            if Instant::now() >= end {
                let path = self.base.join(path.trim_start_matches('/'));
                let path = path.map_or_else(|_| self.base.to_string(), |path| path.to_string());
                return Err(ApiError::Unhealthy { path, patience });
            }
            sleep(BETWEEN_TRIES).await;
        }
    }
}

/// What the answer says; null when it says nothing.
pub(crate) async fn json(method: Method, path: &str, answer: Response) -> Result<Value, ApiError> {
    let answer = text(&method, path, answer).await?;
    if answer.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_str(&answer).map_err(|source| ApiError::NoJson {
        method,
        path: path.to_owned(),
        answer: shortened(&answer),
        source,
    })
}

async fn text(method: &Method, path: &str, answer: Response) -> Result<String, ApiError> {
    answer.text().await.map_err(|source| ApiError::Network {
        method: method.clone(),
        path: path.to_owned(),
        source,
    })
}

fn shortened(answer: &str) -> String {
    const CHARACTERS: usize = 600;
    answer.chars().take(CHARACTERS).collect()
}

/// A number of an answer that must have it.
pub(crate) fn number(answer: &Value, field: &'static str, path: &str) -> Result<i64, ApiError> {
    answer[field].as_i64().ok_or_else(|| missing(answer, field, path))
}

/// A text of an answer that must have it.
pub(crate) fn string(answer: &Value, field: &'static str, path: &str) -> Result<String, ApiError> {
    let found = answer[field].as_str().map(str::to_owned);
    found.ok_or_else(|| missing(answer, field, path))
}

pub(crate) fn missing(answer: &Value, field: &'static str, path: &str) -> ApiError {
    ApiError::Unexpected {
        path: path.to_owned(),
        field,
        answer: shortened(&answer.to_string()),
    }
}
