use axum::Json;
use axum::extract;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use warehouse::Metric;
use warehouse::metric::metrics;

use super::filters::filters_of;
use super::parameters::ROWS;
use super::period::default_period;
use crate::State;
use crate::roles::Reader;

#[derive(Serialize)]
struct Catalogue {
    /// Those that the caller may ask about.
    sites: Vec<String>,
    metrics: Vec<Entry>,
}

#[derive(Serialize)]
struct Entry {
    name: &'static str,
    title: &'static str,
    unit: &'static str,
    definition: &'static str,
    grain: &'static str,
    chart: &'static str,
    parameters: Vec<Parameter>,
    /// Parameters that narrow it to some visits.
    filters: Vec<NarrowedBy>,
}

#[derive(Serialize)]
struct NarrowedBy {
    name: &'static str,
    description: &'static str,
}

#[derive(Serialize)]
struct Parameter {
    name: &'static str,
    /// A type of ClickHouse.
    r#type: &'static str,
    required: bool,
    /// As a query parameter would give it.
    #[serde(skip_serializing_if = "Option::is_none")]
    default: Option<String>,
    description: &'static str,
}

/// `GET /reports/`: every metric with its title, unit, definition, grain, chart and parameters.
pub(crate) async fn catalogue(extract::State(state): extract::State<State>, Reader(caller): Reader) -> Response {
    let site = match (caller.sites(), state.sites.default_site()) {
        (Some([only]), _) => Some(only.clone()),
        (None, Some(site)) => Some(state.sites.get(site).name.clone()),
        _ => None,
    };
    let metrics = metrics().iter().map(|metric| entry(metric, site.as_deref())).collect();
    let headers = [
        (header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache")),
        (header::VARY, HeaderValue::from_static("authorization")),
    ];
    let sites = match caller.sites() {
        Some(sites) => sites.to_vec(),
        None => state.sites.iter().map(|site| site.name.clone()).collect(),
    };
    (headers, Json(Catalogue { sites, metrics })).into_response()
}

fn entry(metric: &'static Metric, site: Option<&str>) -> Entry {
    let parameters = metric.parameters.iter().map(|parameter| {
        let (default, description) = match &*parameter.name {
            "site" => (site.map(str::to_owned), "whose events"),
            "from" => (
                Some(default_period(metric).0.to_owned()),
                "begin of the period: a date in the zone of tz, an RFC 3339 moment, milliseconds since 1970, or a time ago such as 15m, 2h, 7d",
            ),
            "to" => (Some("0s".to_owned()), "end of the period, not part of it; a date counts whole"),
            "tz" => (Some("UTC".to_owned()), "time zone in which days begin, such as Europe/Berlin"),
            "bots" => (Some("0".to_owned()), "1 counts bots too, only counts nothing else"),
            "limit" => (Some(ROWS.to_string()), "rows, 1 to 10000"),
            _ => (parameter.default.clone(), "see the definition"),
        };
        Parameter {
            name: &parameter.name,
            r#type: &parameter.r#type,
            required: default.is_none(),
            default,
            description,
        }
    });
    Entry {
        name: &metric.name,
        title: &metric.title,
        unit: &metric.unit,
        definition: &metric.definition,
        grain: &metric.grain,
        chart: &metric.chart,
        parameters: parameters.collect(),
        filters: filters_of(metric)
            .map(|filter| NarrowedBy {
                name: filter.name,
                description: filter.description,
            })
            .collect(),
    }
}
