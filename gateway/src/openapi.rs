//! `GET /openapi.json`: every route as an OpenAPI 3.1 document, for clients that are made of one.
//!
//! The document is written by hand, in `gateway/openapi.json`; a test compares it with the router. The names of the metrics are
//! filled in, as they are files of their own.

use std::sync::LazyLock;

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use warehouse::metric::metrics;

const WRITTEN: &str = include_str!("../openapi.json");
const METRIC_NAMES: &str = "/components/schemas/MetricName";

pub(crate) async fn document() -> Response {
    static DOCUMENT: LazyLock<String> = LazyLock::new(|| completed(WRITTEN));
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    (headers, DOCUMENT.as_str()).into_response()
}

/// As it was written, when that is no JSON: the test of this module fails then.
fn completed(written: &str) -> String {
    let Ok(mut document) = serde_json::from_str::<Value>(written) else {
        return written.to_owned();
    };
    let names: Vec<&str> = metrics().iter().map(|metric| &*metric.name).collect();
    if let Some(schema) = document.pointer_mut(METRIC_NAMES) {
        schema["enum"] = names.into();
    }
    document.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_every_metric() {
        let document: Value = serde_json::from_str(&completed(WRITTEN)).unwrap();
        let names = document.pointer(METRIC_NAMES).unwrap()["enum"].as_array().unwrap();
        assert_eq!(names.len(), metrics().len());
    }
}
