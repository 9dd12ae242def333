use std::time::Duration;

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use warehouse::{MetricError, WarehouseError};

use crate::error::{Detail, chain, respond, retry_after};

const RETRY: Duration = Duration::from_secs(5);

/// Why a report was not given; one status each.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReportsError {
    #[error("no metric has this name; /reports lists them")]
    UnknownMetric,
    #[error("parameter {parameter} {message}")]
    Parameter { parameter: String, message: &'static str },
    #[error("a parameter has a value that the database does not take")]
    IllTyped(#[source] MetricError),
    #[error("the database is not available at the moment")]
    Away(#[source] WarehouseError),
    #[error("the report failed; the cause is logged")]
    Failed(#[source] MetricError),
    #[error("metric {metric} wants parameter {parameter}, which no request can give")]
    UnservedParameter { metric: String, parameter: String },
}

impl From<MetricError> for ReportsError {
    fn from(error: MetricError) -> Self {
        match error {
            MetricError::UnknownMetric(_) => Self::UnknownMetric,
            MetricError::IllTypedParameter { .. } => Self::IllTyped(error),
            MetricError::Warehouse(error) if is_away(&error) => Self::Away(error),
            MetricError::Warehouse(_) | MetricError::MissingParameter { .. } | MetricError::UnknownParameter { .. } => {
                Self::Failed(error)
            }
        }
    }
}

fn is_away(error: &WarehouseError) -> bool {
    match error {
        WarehouseError::Network(_) | WarehouseError::Timeout => true,
        WarehouseError::Exception { code, .. } => BUSY_CODES.contains(code),
        WarehouseError::Protocol(_) | WarehouseError::Answer(_) => false,
    }
}

/// Exceptions that pass.
const BUSY_CODES: [i32; 5] = [
    60,  // UNKNOWN_TABLE: the migrations have not run yet
    81,  // UNKNOWN_DATABASE: the same
    159, // TIMEOUT_EXCEEDED
    202, // TOO_MANY_SIMULTANEOUS_QUERIES
    241, // MEMORY_LIMIT_EXCEEDED
];

impl IntoResponse for ReportsError {
    fn into_response(self) -> Response {
        let (status, code) = match &self {
            Self::UnknownMetric => (StatusCode::NOT_FOUND, "unknown_metric"),
            Self::Parameter { .. } | Self::IllTyped(_) => (StatusCode::BAD_REQUEST, "invalid_parameter"),
            Self::Away(_) => (StatusCode::SERVICE_UNAVAILABLE, "warehouse_unavailable"),
            Self::Failed(_) | Self::UnservedParameter { .. } => (StatusCode::INTERNAL_SERVER_ERROR, "internal"),
        };
        if status.is_server_error() {
            tracing::warn!(error = %chain(&self), "report not given");
        }
        let message = self.to_string();
        let parameter = match &self {
            Self::Parameter { parameter, .. } => Some(parameter.as_str()),
            _ => None,
        };
        let detail = Detail {
            code,
            message: &message,
            parameter,
            ..Detail::default()
        };
        let mut response = respond(status, &detail);
        if matches!(self, Self::Away(_)) {
            response.headers_mut().insert(header::RETRY_AFTER, retry_after(RETRY));
        }
        response
    }
}
