use std::io;
use std::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use event::decode::BodyError;
use event::limits::BODY_BYTES;

use super::receipt::Receipt;
use super::{JSON, NO_STORE};
use crate::client::NoPeer;
use crate::error::{Detail, respond, retry_after};
use crate::rate::Limited;

const QUEUE_RETRY: Duration = Duration::from_secs(5);
const BUSY_RETRY: Duration = Duration::from_secs(1);

/// Why a request to `/events` got no receipt; one status each.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EventsError {
    #[error("query parameter {parameter} {message}")]
    Query { parameter: String, message: &'static str },
    #[error(transparent)]
    Body(#[from] BodyError),
    #[error("body is not gzip: {0}")]
    Gzip(#[source] io::Error),
    #[error("body broke off: {0}")]
    Read(#[source] axum::Error),
    #[error("no site named {site:?} is configured here")]
    UnknownSite { site: String },
    #[error("the page's origin may not send events to site {}", site.as_deref().unwrap_or("\"\""))]
    Origin { site: Option<String> },
    #[error("the key in `{parameter}` is not one that is configured here")]
    Key { parameter: &'static str },
    #[error(
        "site {site} wants a key: send it as query parameter `key`, header `x-clickpath-key` or `authorization: Bearer`"
    )]
    KeyMissing { site: String },
    #[error("the key of the request is not one of site {site}")]
    KeyOfOthers { site: String },
    #[error("the body did not arrive in time")]
    BodyTimeout,
    #[error("the body arrives too slowly")]
    BodyTooSlow,
    #[error("body exceeds {BODY_BYTES} bytes")]
    TooLarge,
    #[error("content type {} is not taken: send application/json or text/plain in UTF-8", found.as_deref().unwrap_or("(none)"))]
    ContentType { found: Option<String> },
    #[error("content encoding {found} is not taken: send gzip or none")]
    ContentEncoding { found: String },
    /// Nothing was published.
    #[error("every event was refused")]
    AllRefused(Receipt),
    #[error(transparent)]
    RateLimited(#[from] Limited),
    #[error("too many requests are being worked on")]
    TooManyInFlight,
    #[error("the queue takes no events at the moment")]
    QueueAway {
        /// What the queue says, where it says it.
        retry_after: Option<Duration>,
    },
    #[error("too many events wait for the queue")]
    QueueFull,
    #[error("the server is shutting down")]
    ShuttingDown,
    #[error("an accepted event does not encode: {0}")]
    Encode(#[source] event::group::GroupError),
    #[error(transparent)]
    NoPeer(#[from] NoPeer),
}

impl EventsError {
    pub(super) fn status_and_code(&self) -> (StatusCode, &'static str) {
        match self {
            Self::Query { .. } => (StatusCode::BAD_REQUEST, "invalid_parameter"),
            Self::Body(error @ (BodyError::TooManyEvents { .. } | BodyError::TooLarge { .. })) => {
                (StatusCode::PAYLOAD_TOO_LARGE, error.code())
            }
            Self::Body(error @ (BodyError::Syntax { .. } | BodyError::NotEvents { .. } | BodyError::Empty)) => {
                (StatusCode::BAD_REQUEST, error.code())
            }
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "body_too_large"),
            Self::Gzip(_) => (StatusCode::BAD_REQUEST, "broken_gzip"),
            Self::Read(_) => (StatusCode::BAD_REQUEST, "broken_body"),
            Self::UnknownSite { .. } => (StatusCode::FORBIDDEN, "unknown_site"),
            Self::Origin { .. } => (StatusCode::FORBIDDEN, "origin_not_allowed"),
            Self::Key { .. } => (StatusCode::UNAUTHORIZED, "wrong_key"),
            Self::KeyMissing { .. } => (StatusCode::UNAUTHORIZED, "key_required"),
            Self::KeyOfOthers { .. } => (StatusCode::FORBIDDEN, "key_not_allowed"),
            Self::BodyTimeout => (StatusCode::REQUEST_TIMEOUT, "body_timeout"),
            Self::BodyTooSlow => (StatusCode::REQUEST_TIMEOUT, "body_too_slow"),
            Self::ContentType { .. } => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "content_type"),
            Self::ContentEncoding { .. } => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "content_encoding"),
            Self::AllRefused(receipt) if receipt.is_all_unknown_site() => (StatusCode::FORBIDDEN, "unknown_site"),
            Self::AllRefused(receipt) if receipt.is_all_other_site() => (StatusCode::FORBIDDEN, "site_not_allowed"),
            Self::AllRefused(_) => (StatusCode::UNPROCESSABLE_ENTITY, "all_refused"),
            Self::RateLimited(_) => (StatusCode::TOO_MANY_REQUESTS, "rate_limited"),
            Self::TooManyInFlight => (StatusCode::SERVICE_UNAVAILABLE, "too_busy"),
            Self::QueueAway { .. } => (StatusCode::SERVICE_UNAVAILABLE, "queue_unavailable"),
            Self::QueueFull => (StatusCode::SERVICE_UNAVAILABLE, "queue_full"),
            Self::ShuttingDown => (StatusCode::SERVICE_UNAVAILABLE, "shutting_down"),
            Self::Encode(_) | Self::NoPeer(_) => (StatusCode::INTERNAL_SERVER_ERROR, "internal"),
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::RateLimited(limited) => Some(limited.wait),
            Self::QueueAway { retry_after } => Some(retry_after.unwrap_or(QUEUE_RETRY)),
            Self::TooManyInFlight | Self::QueueFull | Self::ShuttingDown => Some(BUSY_RETRY),
            _ => None,
        }
    }

    /// What the sender may know of it.
    pub(super) fn message(&self) -> String {
        match self {
            Self::Encode(_) | Self::NoPeer(_) => "an error on the server's side; it is logged".to_owned(),
            // The reader's own words help nobody and change with its version.
            Self::Gzip(_) => "body is not gzip".to_owned(),
            Self::Read(_) => "body broke off".to_owned(),
            // Line and column have fields of their own.
            Self::Body(BodyError::Syntax { message, .. }) => format!("body is not JSON: {message}"),
            _ => self.to_string(),
        }
    }

    fn log(&self, status: StatusCode) {
        if status == StatusCode::INTERNAL_SERVER_ERROR {
            tracing::error!(error = %self, "events request failed");
        } else {
            tracing::debug!(error = %self, status = status.as_u16(), "events request refused");
        }
    }
}

impl IntoResponse for EventsError {
    fn into_response(self) -> Response {
        let (status, code) = self.status_and_code();
        self.log(status);
        let message = self.message();
        let mut response = match &self {
            Self::AllRefused(receipt) => refused(status, code, &message, receipt),
            _ => respond(status, &self.detail(code, &message)),
        };
        let headers = response.headers_mut();
        if let Some(wait) = self.retry_after() {
            headers.insert(header::RETRY_AFTER, retry_after(wait));
        }
        match self {
            Self::ContentType { .. } => {
                headers.insert(header::ACCEPT, HeaderValue::from_static("application/json, text/plain"));
            }
            Self::ContentEncoding { .. } => {
                headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
            }
            Self::Key { .. } | Self::KeyMissing { .. } => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            // What is left of the body would be read as the next request.
            Self::BodyTimeout | Self::BodyTooSlow => {
                headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
            }
            _ => {}
        }
        response
    }
}

impl EventsError {
    fn detail<'d>(&'d self, code: &'static str, message: &'d str) -> Detail<'d> {
        let mut detail = Detail {
            code,
            message,
            ..Detail::default()
        };
        match self {
            Self::Body(BodyError::Syntax { line, column, .. }) => {
                (detail.line, detail.column) = (Some(*line), Some(*column));
            }
            Self::Query { parameter, .. } => detail.parameter = Some(parameter),
            Self::Key { parameter } => detail.parameter = Some(parameter),
            Self::KeyMissing { .. } | Self::KeyOfOthers { .. } => detail.parameter = Some("key"),
            Self::RateLimited(limited) => detail.limit = Some(limited.limit.code()),
            _ => {}
        }
        detail
    }
}

/// A receipt without an accepted event, with the error in front. `code` and `message` need no escaping.
fn refused(status: StatusCode, code: &str, message: &str, receipt: &Receipt) -> Response {
    let mut body =
        format!(r#"{{"error":{{"code":"{code}","message":"{message}"}},"accepted":[],"rejected":"#).into_bytes();
    body.extend_from_slice(&receipt.rejected_json());
    body.push(b'}');
    let headers = [(header::CONTENT_TYPE, JSON), (header::CACHE_CONTROL, NO_STORE)];
    (status, headers, body).into_response()
}
