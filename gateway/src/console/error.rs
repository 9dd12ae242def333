use std::time::Duration;

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::error::{Detail, respond, retry_after};
use crate::events::EventsError;
use crate::query::BadParameter;
use crate::roles::AccessError;

const RETRY: Duration = Duration::from_secs(2);

/// Why nothing is shown, or an expectation cannot be taken; one status each.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConsoleError {
    #[error("the live console is off: start the gateway with --live-console (CLICKPATH_LIVE_CONSOLE=true)")]
    Off,
    #[error("without a key this is for callers that name this machine by its address or as localhost")]
    Name,
    #[error(transparent)]
    Access(#[from] AccessError),
    #[error("parameter {} {}", .0.parameter, .0.message)]
    Parameter(#[from] BadParameter),
    #[error("too many watch already: close a console, or wait for other expectations to end")]
    TooMany,
    #[error("content-type must be application/json")]
    ContentType,
    #[error("the body is larger than {0} bytes")]
    TooLarge(usize),
    #[error("body is not JSON: {0}")]
    Json(serde_json::Error),
    #[error("{field}: {message}")]
    Field { field: String, message: String },
    /// Reading the body failed.
    #[error(transparent)]
    Body(#[from] EventsError),
}

impl IntoResponse for ConsoleError {
    fn into_response(self) -> Response {
        let (status, code) = match self {
            Self::Access(error) => return error.into_response(),
            Self::Body(error) => return error.into_response(),
            Self::Off => (StatusCode::NOT_FOUND, "console_off"),
            Self::Name => (StatusCode::FORBIDDEN, "foreign_name"),
            Self::Parameter(_) => (StatusCode::BAD_REQUEST, "invalid_parameter"),
            Self::TooMany => (StatusCode::SERVICE_UNAVAILABLE, "too_many_watch"),
            Self::ContentType => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "content_type"),
            Self::TooLarge(_) => (StatusCode::PAYLOAD_TOO_LARGE, "body_too_large"),
            Self::Json(_) => (StatusCode::BAD_REQUEST, "broken_json"),
            Self::Field { .. } => (StatusCode::UNPROCESSABLE_ENTITY, "invalid_expectation"),
        };
        let message = self.to_string();
        let parameter = match &self {
            Self::Parameter(BadParameter { parameter, .. }) => Some(parameter.as_str()),
            Self::Field { field, .. } => Some(field.as_str()),
            _ => None,
        };
        let detail = Detail {
            code,
            message: &message,
            parameter,
            ..Detail::default()
        };
        let mut response = respond(status, &detail);
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, retry_after(RETRY));
        }
        response
    }
}
