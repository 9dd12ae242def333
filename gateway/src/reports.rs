//! `GET /reports/`: the metrics of `sql/metrics`, with the same rules for their parameters everywhere.

mod answer;
mod catalogue;
mod csv;
mod error;
mod filters;
mod format;
mod parameters;
mod period;
mod typed;
mod zone;

use axum::extract::rejection::PathRejection;
use axum::extract::{self, Path, RawQuery};
use axum::http::{HeaderMap, header};
use axum::response::Response;
use warehouse::metric::metrics;
use warehouse::{Metric, ReportFormat};

use crate::State;
use crate::query::Query;
use crate::roles::{Caller, Reader};
pub(crate) use catalogue::catalogue;
pub(crate) use error::ReportsError;
use format::Format;
pub(crate) use parameters::{Asking, Parameters, is_common, unknown};

/// `GET /reports/{metric}`: its rows with its definition as JSON, its rows as CSV, or its query as SQL.
pub(crate) async fn report(
    extract::State(state): extract::State<State>,
    Reader(caller): Reader,
    metric: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, ReportsError> {
    let Path(name) = metric.map_err(|_| ReportsError::UnknownMetric)?;
    answer(&state, &caller, &name, &headers, query.as_deref().unwrap_or("")).await
}

/// The report of this name, for somebody who may ask for it.
pub(crate) async fn answer(
    state: &State,
    caller: &Caller,
    name: &str,
    headers: &HeaderMap,
    query: &str,
) -> Result<Response, ReportsError> {
    let metric = find(name)?;
    let is_known = |name: &str| name == "format" || is_common(name) || has_parameter(metric, name);
    let query = Query::read(query, is_known, unknown("").message)?;
    let format = Format::of(&query, headers.get(header::ACCEPT))?;
    let asking = Asking {
        caller,
        sites: &state.sites,
        now: (state.clock)(),
    };
    let parameters = Parameters::read(&query, metric, &asking, &["format"])?;
    let run = async |format| {
        let rows = state
            .warehouse
            .report_of(metric, &parameters.given(), parameters.seen(metric).as_deref(), format)
            .await;
        let own: Vec<&str> = query
            .iter()
            .map(|(name, _)| name)
            .filter(|name| has_parameter(metric, name) && !is_common(name))
            .collect();
        rows.map_err(|error| ReportsError::from(error).blaming(&own))
    };
    let body = match format {
        Format::Json => answer::json(metric, &parameters, &run(ReportFormat::Json).await?)?,
        Format::Csv => csv::harmless(&run(ReportFormat::Csv).await?),
        Format::Sql => answer::sql(metric, &parameters).into_bytes(),
    };
    Ok(answer::respond(
        format,
        answer::file_name(metric, &parameters),
        body,
        headers,
    ))
}

pub(crate) fn find(name: &str) -> Result<&'static Metric, ReportsError> {
    let found = metrics().iter().find(|metric| metric.name == name);
    found.ok_or(ReportsError::UnknownMetric)
}

pub(crate) fn has_parameter(metric: &Metric, name: &str) -> bool {
    metric.parameters.iter().any(|parameter| parameter.name == name)
}
