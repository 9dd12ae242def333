use std::time::Duration;

use client::ClientError;
use reqwest::StatusCode;

use crate::shape::ShapeError;

#[derive(Debug, thiserror::Error)]
pub enum PullError {
    #[error("API address {0:?} is not of the form http://host:port or https://host")]
    Address(String),
    #[error("no HTTP client")]
    Client(#[source] reqwest::Error),
    #[error("{url} gave no answer, attempt {attempt} of {attempts}")]
    Unreachable {
        url: String,
        attempt: u32,
        attempts: u32,
        #[source]
        source: reqwest::Error,
    },
    #[error("{url} answers {status}, attempt {attempt} of {attempts}")]
    Status {
        url: String,
        status: StatusCode,
        attempt: u32,
        attempts: u32,
    },
    /// It does not pass, so that no further attempt was made.
    #[error("{url} answers {status}, which asking again does not change{}", hint(*status))]
    Refused { url: String, status: StatusCode },
    #[error("{url} answers {status} and wants to be asked in {} s, attempt {attempt}; more than {} s are not waited for", wanted.as_secs(), longest.as_secs())]
    TooLong {
        url: String,
        status: StatusCode,
        wanted: Duration,
        longest: Duration,
        attempt: u32,
    },
    #[error("{url} answers more than {limit} bytes")]
    TooLarge { url: String, limit: usize },
    #[error("{url} answers what is not expected")]
    Shape {
        url: String,
        #[source]
        source: ShapeError,
    },
    #[error("{what} could not be sent")]
    Send {
        what: &'static str,
        #[source]
        source: ClientError,
    },
    #[error("stopped by the signal")]
    Stopped,
}

fn hint(status: StatusCode) -> &'static str {
    match status {
        StatusCode::NOT_FOUND => ": is --api right?",
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => ": it wants to know who asks, and pull has no key to show",
        _ => "",
    }
}
