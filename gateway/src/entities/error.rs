use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use event::limits::EVENTS;
use serde::Serialize;

use super::receipt::{Receipt, Rejected};
use crate::error::{Detail, respond};
use crate::events::{EventsError, NO_STORE};
use crate::rate::Limited;

/// Why a request to `/entities/{stream}` got no receipt; one status each.
#[derive(Debug, thiserror::Error)]
pub(super) enum EntitiesError {
    #[error(
        "this gateway takes no entities: start it with --entities (CLICKPATH_ENTITIES=true) and --fernet-key (FERNET_KEY), \
         which `clickpath fernet-key` makes"
    )]
    Closed,
    #[error("there is no such stream: stores, products, customers, purchases and users are")]
    NoStream,
    #[error("entities need the gateway's trusted key: send `authorization: Bearer <key>`")]
    KeyMissing,
    #[error("the key of the request is not the gateway's trusted key")]
    WrongKey,
    #[error("nobody may send entities: start the gateway with --trusted-key (CLICKPATH_TRUSTED_KEY)")]
    NoKeyConfigured,
    #[error("content type {} is not taken: send application/json, text/plain or application/x-ndjson in UTF-8", found.as_deref().unwrap_or("(none)"))]
    ContentType { found: Option<String> },
    #[error("body holds no entity")]
    Empty,
    #[error("body holds more than {EVENTS} entities")]
    TooMany,
    /// Nothing was published.
    #[error("every entity was refused")]
    AllRefused(Receipt),
    /// As any request with events.
    #[error(transparent)]
    Request(#[from] EventsError),
}

impl From<Limited> for EntitiesError {
    fn from(limited: Limited) -> Self {
        Self::Request(limited.into())
    }
}

#[derive(Serialize)]
struct Refused<'r> {
    error: &'r Detail<'r>,
    accepted: [&'r str; 0],
    rejected: Vec<Rejected<'r>>,
}

impl IntoResponse for EntitiesError {
    fn into_response(self) -> Response {
        let message = self.to_string();
        let (status, code) = match self {
            Self::Request(error) => return error.into_response(),
            Self::Closed => (StatusCode::NOT_FOUND, "entities_not_enabled"),
            Self::NoStream => (StatusCode::NOT_FOUND, "unknown_stream"),
            Self::KeyMissing => (StatusCode::UNAUTHORIZED, "key_required"),
            Self::WrongKey => (StatusCode::FORBIDDEN, "wrong_key"),
            Self::NoKeyConfigured => (StatusCode::FORBIDDEN, "no_trusted_key"),
            Self::ContentType { .. } => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "content_type"),
            Self::Empty => (StatusCode::BAD_REQUEST, "no_entities"),
            Self::TooMany => (StatusCode::PAYLOAD_TOO_LARGE, "too_many_entities"),
            Self::AllRefused(_) => (StatusCode::UNPROCESSABLE_ENTITY, "all_refused"),
        };
        tracing::debug!(error = message, status = status.as_u16(), "entities request refused");
        let detail = Detail {
            code,
            message: &message,
            ..Detail::default()
        };
        let mut response = match &self {
            Self::AllRefused(receipt) => {
                let body = Refused {
                    error: &detail,
                    accepted: [],
                    rejected: receipt.rejected(),
                };
                (status, [(header::CACHE_CONTROL, NO_STORE)], Json(body)).into_response()
            }
            _ => respond(status, &detail),
        };
        let headers = response.headers_mut();
        match self {
            Self::KeyMissing => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            Self::ContentType { .. } => {
                let taken = "application/json, text/plain, application/x-ndjson";
                headers.insert(header::ACCEPT, HeaderValue::from_static(taken));
            }
            _ => {}
        }
        response
    }
}
