//! One request and what came back.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Response, StatusCode};
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::event::Event;

/// A visitor, not a bot: marts keep the two apart.
const BROWSER: &str =
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36";
/// Longer than the gateway waits for the queue.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(15);

/// The answer to one request.
#[derive(Debug)]
pub(super) enum Answer {
    Receipt(Receipt),
    /// No receipt: the events are to be sent again.
    Again {
        after: Option<Duration>,
        reason: String,
    },
    /// An answer that the contract does not have for such a request.
    Unexpected(String),
}

#[derive(Debug, Deserialize)]
pub(super) struct Receipt {
    pub(super) accepted: Vec<Uuid>,
    pub(super) rejected: Vec<Rejected>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Rejected {
    pub(super) id: Option<Uuid>,
    pub(super) reason: String,
}

pub(super) fn connection() -> anyhow::Result<reqwest::Client> {
    let client = tls::http_client().user_agent(BROWSER).timeout(REQUEST_TIMEOUT).build();
    client.context("no HTTP client")
}

/// `together`: the request names the site, which all its events have.
pub(super) fn body(events: &[Arc<Event>], together: bool) -> Vec<u8> {
    let events: Vec<Value> = events.iter().map(|event| event.json(!together)).collect();
    let body = match &*events {
        [event] => event.to_string(),
        _ => Value::from(events).to_string(),
    };
    body.into_bytes()
}

/// Sends events and reads the receipt.
pub(super) async fn send(client: &reqwest::Client, url: String, body: Vec<u8>) -> Answer {
    let request = client.post(url).header(CONTENT_TYPE, "application/json").body(body);
    match request.send().await {
        Ok(response) => read(response).await,
        Err(failed) => again(&failed),
    }
}

async fn read(response: Response) -> Answer {
    let status = response.status();
    let after = retry_after(&response);
    let body = match response.bytes().await {
        Ok(body) => body,
        Err(failed) => return again(&failed),
    };
    match status {
        StatusCode::ACCEPTED | StatusCode::UNPROCESSABLE_ENTITY => match serde_json::from_slice(&body) {
            Ok(receipt) => Answer::Receipt(receipt),
            Err(error) => Answer::Unexpected(format!("{status} is no receipt ({error}): {}", shown(&body))),
        },
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
            Answer::Again {
                after,
                reason: format!("{status}: {}", shown(&body)),
            }
        }
        _ => Answer::Unexpected(format!("{status}: {}", shown(&body))),
    }
}

fn again(failed: &reqwest::Error) -> Answer {
    Answer::Again {
        after: None,
        reason: format!("{failed:?}"),
    }
}

fn shown(body: &[u8]) -> String {
    String::from_utf8_lossy(&body[..body.len().min(300)]).into_owned()
}

/// Seconds (RFC 9110, section 10.2.3).
fn retry_after(response: &Response) -> Option<Duration> {
    let seconds = response.headers().get(RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds))
}
