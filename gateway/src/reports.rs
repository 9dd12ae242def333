//! `GET /reports`: the metrics of `sql/metrics`, with the same rules for their parameters everywhere.

mod error;
mod parameters;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{self, Path, RawQuery};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use warehouse::{Metric, metric::metrics};

use crate::State;
pub(crate) use error::ReportsError;
use parameters::Parameters;

/// `GET /reports`: every metric with its title, unit, definition, grain, chart and parameters.
pub(crate) async fn catalogue() -> Response {
    #[derive(Serialize)]
    struct Catalogue {
        metrics: &'static [Metric],
    }
    let headers = [(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"))];
    (headers, Json(Catalogue { metrics: metrics() })).into_response()
}

/// `GET /reports/{name}`: ClickHouse's `FORMAT JSON` of the metric.
pub(crate) async fn report(
    extract::State(state): extract::State<State>,
    name: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
) -> Result<Response, ReportsError> {
    let Path(name) = name.map_err(|_| ReportsError::UnknownMetric)?;
    let found = metrics().iter().find(|metric| metric.name == name);
    let metric = found.ok_or(ReportsError::UnknownMetric)?;
    let parameters = Parameters::read(query.as_deref().unwrap_or(""), &state.sites, (state.clock)())?;
    let values = parameters.of(metric)?;
    let rows = state.warehouse.metric(&metric.name, &values).await?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((headers, rows).into_response())
}
