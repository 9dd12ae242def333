//! `GET /openapi.json`: every route as an OpenAPI 3.1 document, for clients that are made of one.
//!
//! The document is written by hand, in `gateway/openapi.json`; a test compares it with the router. What differs from gateway to
//! gateway is filled in: the names of metrics and sites, and whether reports need a key.

use axum::extract;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use warehouse::metric::metrics;

use crate::State;
use crate::console;
use crate::error;
use crate::roles::reads_are_open;

const WRITTEN: &str = include_str!("../openapi.json");

pub(crate) async fn document(extract::State(state): extract::State<State>) -> Response {
    let mut document: Value = match serde_json::from_str(WRITTEN) {
        Ok(document) => document,
        Err(error) => {
            tracing::error!(%error, "openapi.json is no JSON");
            return error::internal();
        }
    };
    let metrics: Vec<&str> = metrics().iter().map(|metric| &*metric.name).collect();
    name(&mut document, "MetricName", &metrics);
    let sites: Vec<&str> = state.sites.iter().map(|site| &*site.name).collect();
    name(&mut document, "SiteName", &sites);
    if let Some(within) = document.pointer_mut("/components/schemas/ExpectWithin") {
        within["maximum"] = state.settings.console.expect_longest_ms.into();
    }
    if !reads_are_open(&state.settings) {
        require_keys(&mut document, "read");
    }
    if !console::is_open(&state.settings) {
        require_keys(&mut document, "admin");
    }
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    (headers, document.to_string()).into_response()
}

/// Of a schema in whose place the document has a text of any kind.
fn name(document: &mut Value, schema: &str, names: &[&str]) {
    if let Some(schema) = document.pointer_mut(&format!("/components/schemas/{schema}")) {
        schema["enum"] = names.into();
    }
}

/// Callers without a key are one alternative of some operations for those with this scope.
fn require_keys(document: &mut Value, scope: &str) {
    let holder = json!({"bearer": [scope]});
    let paths = document["paths"]
        .as_object_mut()
        .into_iter()
        .flat_map(|paths| paths.values_mut());
    let operations = paths
        .filter_map(Value::as_object_mut)
        .flat_map(|path| path.values_mut());
    for operation in operations {
        if let Some(security) = operation["security"]
            .as_array_mut()
            .filter(|security| security.contains(&holder))
        {
            security.retain(|alternative| *alternative != json!({}));
        }
    }
}
