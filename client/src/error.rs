use std::time::Duration;

use reqwest::StatusCode;

use crate::answer;

#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    #[error("gateway address {0:?} is not of the form http://host:port or https://host")]
    Address(String),
    #[error("no HTTP client")]
    Build(#[source] reqwest::Error),
    #[error("gateway at {url} does not answer")]
    Unreachable {
        url: String,
        #[source]
        source: reqwest::Error,
    },
    #[error("gateway still answers {status} after {} s: {}", patience.as_secs(), answer::message(body.as_bytes()))]
    Busy {
        status: StatusCode,
        body: String,
        patience: Duration,
    },
    /// Sending it again cannot help: the batch or the sender is wrong.
    #[error("gateway refuses the batch with {status}: {}{}", answer::message(body.as_bytes()), advice(*status))]
    Refused { status: StatusCode, body: String },
    #[error("receipt does not account for {sent} of the batch: {body}")]
    Receipt { sent: usize, body: String },
    /// By the signal, before an answer: the gateway may have the batch or not.
    #[error("stopped before the gateway answered")]
    Stopped,
}

fn advice(status: StatusCode) -> &'static str {
    match status {
        StatusCode::UNAUTHORIZED => "; --trusted-key (CLICKPATH_TRUSTED_KEY) names the key",
        _ => "",
    }
}
