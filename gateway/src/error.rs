//! The one shape of every error answer: `{"error":{"code":…,"message":…, …}}`.

use std::error::Error;
use std::time::Duration;

use axum::Json;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::caching::no_store;

/// What a client is told. `code` is stable; the other fields are there when they help.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Detail<'d> {
    pub(crate) code: &'static str,
    pub(crate) message: &'d str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) column: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) parameter: Option<&'d str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) limit: Option<&'static str>,
}

#[derive(Serialize)]
struct Body<'d> {
    error: &'d Detail<'d>,
}

pub(crate) fn respond(status: StatusCode, detail: &Detail<'_>) -> Response {
    (status, no_store(), Json(Body { error: detail })).into_response()
}

/// Whole seconds, at least one.
pub(crate) fn retry_after(wait: Duration) -> HeaderValue {
    HeaderValue::from(wait.as_secs_f64().ceil().max(1.0) as u64)
}

pub(crate) async fn not_found() -> Response {
    nothing_here()
}

pub(crate) fn nothing_here() -> Response {
    let detail = Detail {
        code: "not_found",
        message: "there is nothing at this address",
        ..Detail::default()
    };
    respond(StatusCode::NOT_FOUND, &detail)
}

pub(crate) async fn method_not_allowed() -> Response {
    let detail = Detail {
        code: "method_not_allowed",
        message: "this address does not take this method; the header `allow` lists those it takes",
        ..Detail::default()
    };
    respond(StatusCode::METHOD_NOT_ALLOWED, &detail)
}

pub(crate) fn url_too_long() -> Response {
    let detail = Detail {
        code: "url_too_long",
        message: "the address of the request is too long",
        ..Detail::default()
    };
    respond(StatusCode::URI_TOO_LONG, &detail)
}

/// The cause goes to the log.
pub(crate) fn internal() -> Response {
    let detail = Detail {
        code: "internal",
        message: "an error on the server's side; it is logged",
        ..Detail::default()
    };
    respond(StatusCode::INTERNAL_SERVER_ERROR, &detail)
}

/// An error with its sources in one line, for the log.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let cause = error.to_string();
        if !text.contains(&cause) {
            text.push_str(": ");
            text.push_str(&cause);
        }
        source = error.source();
    }
    text
}
