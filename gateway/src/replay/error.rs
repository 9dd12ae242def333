use std::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use warehouse::WarehouseError;

use crate::error::{Detail, chain, respond, retry_after};
use crate::roles::AccessError;

const RETRY: Duration = Duration::from_secs(5);

/// Why a replay did not come to its end. What it had marked before stays replayed, the rest is still there.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReplayError {
    #[error(
        "replay is not enabled: start the gateway with --operator-key (CLICKPATH_OPERATOR_KEY), at least 16 bytes, or with a key of the scope admin in its --keys-file"
    )]
    NotEnabled,
    #[error("send the operator's key or one of the scope admin: `authorization: Bearer <key>`")]
    Key,
    #[error(transparent)]
    Access(AccessError),
    #[error("parameter {parameter} {message}")]
    Parameter { parameter: String, message: &'static str },
    #[error("the queue takes no events at the moment; what was not replayed is still in quarantine")]
    QueueAway { retry_after: Option<Duration> },
    #[error("the server is shutting down; what was not replayed is still in quarantine")]
    ShuttingDown,
    #[error(
        "the database does not answer as it should; what was not marked is replayed again by the next call, and stored once"
    )]
    Warehouse(#[from] WarehouseError),
}

impl IntoResponse for ReplayError {
    fn into_response(self) -> Response {
        let (status, code) = match &self {
            Self::Access(access) => return access.clone().into_response(),
            Self::NotEnabled => (StatusCode::FORBIDDEN, "replay_not_enabled"),
            Self::Key => (StatusCode::UNAUTHORIZED, "wrong_key"),
            Self::Parameter { .. } => (StatusCode::BAD_REQUEST, "invalid_parameter"),
            Self::QueueAway { .. } => (StatusCode::SERVICE_UNAVAILABLE, "queue_unavailable"),
            Self::ShuttingDown => (StatusCode::SERVICE_UNAVAILABLE, "shutting_down"),
            Self::Warehouse(_) => (StatusCode::SERVICE_UNAVAILABLE, "warehouse_unavailable"),
        };
        if status.is_server_error() {
            tracing::warn!(error = %chain(&self), "replay stopped");
        }
        let message = self.to_string();
        let detail = Detail {
            code,
            message: &message,
            parameter: match &self {
                Self::Parameter { parameter, .. } => Some(parameter),
                _ => None,
            },
            ..Detail::default()
        };
        let mut response = respond(status, &detail);
        let headers = response.headers_mut();
        match self {
            Self::Key => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            Self::QueueAway { retry_after: wait } => {
                headers.insert(header::RETRY_AFTER, retry_after(wait.unwrap_or(RETRY)));
            }
            Self::ShuttingDown | Self::Warehouse(_) => {
                headers.insert(header::RETRY_AFTER, retry_after(RETRY));
            }
            Self::NotEnabled | Self::Access(_) | Self::Parameter { .. } => {}
        }
        response
    }
}
