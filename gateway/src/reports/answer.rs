use std::collections::BTreeMap;

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use warehouse::{Metric, text_literal};

use super::error::ReportsError;
use super::format::Format;
use super::parameters::Parameters;

/// What of ClickHouse's `FORMAT JSON` is the same each time.
#[derive(Deserialize)]
struct Rows<'r> {
    #[serde(borrow)]
    meta: &'r RawValue,
    #[serde(borrow)]
    data: &'r RawValue,
    rows: u64,
}

#[derive(Serialize)]
struct Answer<'r> {
    metric: &'r str,
    title: &'r str,
    unit: &'r str,
    definition: &'r str,
    grain: &'r str,
    chart: &'r str,
    /// All that the metric has, defaults included, and the filters that were given.
    parameters: BTreeMap<&'r str, &'r str>,
    meta: &'r RawValue,
    data: &'r RawValue,
    rows: u64,
}

pub(super) fn json(metric: &Metric, parameters: &Parameters, rows: &[u8]) -> Result<Vec<u8>, ReportsError> {
    let Rows { meta, data, rows } = serde_json::from_slice(rows).map_err(ReportsError::Answer)?;
    let answer = Answer {
        metric: &metric.name,
        title: &metric.title,
        unit: &metric.unit,
        definition: &metric.definition,
        grain: &metric.grain,
        chart: &metric.chart,
        parameters: parameters
            .values
            .iter()
            .map(|value| (&*value.name, &*value.shown))
            .chain(parameters.filters.given.iter().map(|(name, value)| (*name, &**value)))
            .collect(),
        meta,
        data,
        rows,
    };
    serde_json::to_vec(&answer).map_err(ReportsError::Answer)
}

/// The query as it runs, with its parameters set before it: what `clickhouse client` takes.
pub(super) fn sql(metric: &Metric, parameters: &Parameters) -> String {
    let mut text = String::new();
    for value in &parameters.values {
        text += &format!("SET param_{} = {};\n", value.name, text_literal(&value.value));
    }
    if let Some(seen) = parameters.seen(metric) {
        for (name, value) in &parameters.filters.given {
            // As a literal of this program: on one line whatever is in it.
            text += &format!("-- {name}: {value:?}\n");
        }
        text += &format!("SET additional_table_filters = {seen};\n");
    }
    text + &metric.sql
}

/// `ctr_shop_2026-11-01_2026-12-01`: of letters, digits, `.`, `-` and `_`.
pub(super) fn file_name(metric: &Metric, parameters: &Parameters) -> String {
    let day = |moment: event::Timestamp| moment.to_string().chars().take(10).collect::<String>();
    let site = parameters.site.as_deref().unwrap_or("all");
    let period = parameters.period;
    format!("{}_{site}_{}_{}", metric.name, day(period.from), day(period.to))
}

/// 304 to a client that has these bytes. It must ask each time: rows arrive late.
pub(super) fn respond(format: Format, file_name: String, body: Vec<u8>, request: &HeaderMap) -> Response {
    let tag = tag(&body);
    let mut headers = HeaderMap::new();
    let text = |text: &str| HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static("attachment"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    headers.insert(header::VARY, HeaderValue::from_static("accept, authorization"));
    headers.insert(header::ETAG, text(&tag));
    if has(request, &tag) {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(format.content_type()));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if format == Format::Csv {
        let disposition = format!("attachment; filename=\"{file_name}.csv\"");
        headers.insert(header::CONTENT_DISPOSITION, text(&disposition));
    }
    (headers, body).into_response()
}

fn tag(body: &[u8]) -> String {
    let hash = Sha256::digest(body);
    let digits: String = hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("\"{digits}\"")
}

/// Weak comparison, as `If-None-Match` wants (RFC 9110, 13.1.2).
fn has(request: &HeaderMap, tag: &str) -> bool {
    let lines = request.get_all(header::IF_NONE_MATCH).iter();
    lines.filter_map(|line| line.to_str().ok()).any(|line| {
        line.split(',')
            .map(str::trim)
            .any(|one| one == "*" || one.strip_prefix("W/").unwrap_or(one) == tag)
    })
}
