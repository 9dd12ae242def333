use std::time::Duration;

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use warehouse::{MetricError, WarehouseError};

use crate::error::{Detail, chain, respond, retry_after};
use crate::query::BadParameter;
use crate::roles::AccessError;

const RETRY: Duration = Duration::from_secs(5);

/// Why a report was not given, or another question about what is stored; one status each.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReportsError {
    #[error("no metric has this name; /reports/ lists them")]
    UnknownMetric,
    #[error("no saved report has this id; /get_resource/ lists them")]
    UnknownResource,
    #[error(transparent)]
    Access(#[from] AccessError),
    #[error("parameter {parameter} {message}")]
    Parameter { parameter: String, message: &'static str },
    #[error("a parameter has a value that the database does not take")]
    IllTyped {
        /// The metric's own that were given: its common ones are checked before.
        parameter: Option<String>,
        source: MetricError,
    },
    #[error("the report has more rows than one answer may have; ask for a shorter period or a smaller limit")]
    TooManyRows(#[source] WarehouseError),
    #[error("the report was ended: it took more time or memory than one may; ask for a shorter period, or later")]
    TooExpensive(#[source] WarehouseError),
    #[error("the database is not available at the moment")]
    Away(#[source] WarehouseError),
    #[error("the report failed; the cause is logged")]
    Failed(#[source] MetricError),
    #[error("the database's answer is no report; the cause is logged")]
    Answer(#[source] serde_json::Error),
    #[error("as many watch as may at once; come back later")]
    TooManyStreams,
    #[error("metric {metric} wants parameter {parameter}, which no request can give")]
    UnservedParameter { metric: String, parameter: String },
}

impl ReportsError {
    /// With the parameters that are to blame for a value that only the database refused.
    pub(super) fn blaming(self, given: &[&str]) -> Self {
        match self {
            Self::IllTyped { source, .. } if !given.is_empty() => Self::IllTyped {
                parameter: Some(given.join(", ")),
                source,
            },
            error => error,
        }
    }
}

impl From<BadParameter> for ReportsError {
    fn from(BadParameter { parameter, message }: BadParameter) -> Self {
        Self::Parameter { parameter, message }
    }
}

impl From<WarehouseError> for ReportsError {
    fn from(error: WarehouseError) -> Self {
        MetricError::Warehouse(error).into()
    }
}

impl From<MetricError> for ReportsError {
    fn from(error: MetricError) -> Self {
        match error {
            MetricError::UnknownMetric(_) => Self::UnknownMetric,
            MetricError::IllTypedParameter { .. } => Self::IllTyped {
                parameter: None,
                source: error,
            },
            MetricError::Warehouse(error) => match judge(&error) {
                Verdict::Away => Self::Away(error),
                Verdict::TooExpensive => Self::TooExpensive(error),
                Verdict::TooManyRows => Self::TooManyRows(error),
                Verdict::Value => Self::IllTyped {
                    parameter: None,
                    source: MetricError::Warehouse(error),
                },
                Verdict::Defect => Self::Failed(MetricError::Warehouse(error)),
            },
            MetricError::MissingParameter { .. } | MetricError::UnknownParameter { .. } => Self::Failed(error),
        }
    }
}

enum Verdict {
    Away,
    TooExpensive,
    TooManyRows,
    Value,
    Defect,
}

fn judge(error: &WarehouseError) -> Verdict {
    match error {
        WarehouseError::Network(_) | WarehouseError::Timeout => Verdict::Away,
        WarehouseError::Exception { code, .. } => match code {
            // UNKNOWN_TABLE, UNKNOWN_DATABASE: the migrations have not run yet; TOO_MANY_SIMULTANEOUS_QUERIES.
            60 | 81 | 202 => Verdict::Away,
            // BAD_ARGUMENTS, ILLEGAL_DIVISION: of its right type, and no value that the query can work with.
            36 | 153 => Verdict::Value,
            // TOO_SLOW, TIMEOUT_EXCEEDED, MEMORY_LIMIT_EXCEEDED, which may be the server's as well as the query's.
            160 | 159 | 241 => Verdict::TooExpensive,
            // TOO_MANY_ROWS, TOO_MANY_BYTES, TOO_MANY_ROWS_OR_BYTES.
            158 | 307 | 396 => Verdict::TooManyRows,
            _ => Verdict::Defect,
        },
        WarehouseError::Protocol(_) | WarehouseError::Answer(_) => Verdict::Defect,
    }
}

impl IntoResponse for ReportsError {
    fn into_response(self) -> Response {
        let (status, code) = match &self {
            Self::Access(access) => return access.clone().into_response(),
            Self::UnknownMetric => (StatusCode::NOT_FOUND, "unknown_metric"),
            Self::UnknownResource => (StatusCode::NOT_FOUND, "unknown_resource"),
            Self::Parameter { .. } | Self::IllTyped { .. } => (StatusCode::BAD_REQUEST, "invalid_parameter"),
            Self::TooManyRows(_) => (StatusCode::UNPROCESSABLE_ENTITY, "too_many_rows"),
            Self::TooExpensive(_) => (StatusCode::SERVICE_UNAVAILABLE, "report_too_expensive"),
            Self::TooManyStreams => (StatusCode::SERVICE_UNAVAILABLE, "too_many_readers"),
            Self::Away(_) => (StatusCode::SERVICE_UNAVAILABLE, "warehouse_unavailable"),
            Self::Failed(_) | Self::Answer(_) | Self::UnservedParameter { .. } => {
                (StatusCode::INTERNAL_SERVER_ERROR, "internal")
            }
        };
        if status.is_server_error() {
            tracing::warn!(error = %chain(&self), "report not given");
        }
        let message = self.to_string();
        let parameter = match &self {
            Self::Parameter { parameter, .. } => Some(parameter.as_str()),
            Self::IllTyped { parameter, .. } => parameter.as_deref(),
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
