use std::path::PathBuf;
use std::time::Duration;

use reqwest::StatusCode;

use crate::truth::UnknownZone;

#[derive(Debug, thiserror::Error)]
pub enum GenerateError {
    #[error("gateway address {0:?} is not of the form http://host:port")]
    Address(String),
    #[error("no HTTP client")]
    Client(#[source] reqwest::Error),
    #[error("gateway at {url} does not answer")]
    Unreachable {
        url: String,
        #[source]
        source: reqwest::Error,
    },
    #[error("gateway still answers {status} after {} s", patience.as_secs())]
    Busy { status: StatusCode, patience: Duration },
    #[error("gateway refuses the batch with {status}: {body}")]
    Refused { status: StatusCode, body: String },
    #[error("receipt does not account for {sent} events: {body}")]
    Receipt { sent: usize, body: String },
    #[error("--{0}")]
    Settings(&'static str),
    #[error(transparent)]
    Zone(#[from] UnknownZone),
    #[error("{} cannot be written", path.display())]
    Write {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("writing ended without a result")]
    Task(#[source] tokio::task::JoinError),
}
