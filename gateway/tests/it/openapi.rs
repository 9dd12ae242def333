//! The document that `/openapi.json` gives is the router's, and its own references hold.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::{Request, header};
use serde_json::{Value, json};
use warehouse::metric::metrics;

use crate::support::{Answer, TestGateway};

const ROUTER: &str = include_str!("../../src/router.rs");
/// Files below a page, whose names are no part of the interface.
const FILES: [&str; 2] = ["/shop/{*path}", "/assets/{*path}"];

/// `.route("…", …)` and `.both("…", …)`, without the slash at their end.
fn routes() -> BTreeSet<String> {
    let after = |start: &str| {
        let found: Vec<_> = ROUTER
            .split(start)
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
            .collect();
        found
    };
    let found = [after("route(\""), after("both(\"")].concat();
    let found = found.into_iter().filter(|path| !FILES.contains(path));
    found.map(bare).collect()
}

fn bare(path: &str) -> String {
    path.strip_suffix('/').unwrap_or(path).to_owned()
}

async fn document(gateway: &TestGateway) -> Value {
    let answer = gateway.get("/openapi.json").await;
    assert_eq!(
        (answer.status.as_u16(), answer.header("content-type")),
        (200, "application/json")
    );
    answer.json()
}

#[tokio::test]
async fn describes_every_route() {
    let gateway = TestGateway::start().await;
    let document = document(&gateway).await;
    let described: BTreeSet<_> = document["paths"]
        .as_object()
        .unwrap()
        .keys()
        .map(|path| bare(path))
        .collect();
    let routes = routes();
    assert!(routes.len() > 15, "the routes are no longer found: {routes:?}");
    assert_eq!(described, routes, "left: described; right: in the router");
    assert_eq!(document["openapi"], "3.1.0");
}

#[tokio::test]
async fn describes_the_methods_that_are_there() {
    let gateway = TestGateway::start().await;
    let document = document(&gateway).await;
    let ids = document["paths"]
        .as_object()
        .unwrap()
        .values()
        .flat_map(|path| path.as_object().unwrap().values());
    let ids: Vec<_> = ids
        .map(|operation| operation["operationId"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(ids.len(), ids.iter().collect::<BTreeSet<_>>().len(), "{ids:?}");
    for (path, operations) in document["paths"].as_object().unwrap() {
        for with_slash in [bare(path), format!("{}/", bare(path))] {
            let concrete = with_slash
                .replace("{metric}", "element_ctr")
                .replace("{id}", "x")
                .replace("{stream}", "stores");
            if concrete.is_empty()
                || (with_slash.ends_with('/')
                    && ["/openapi.json/", "/metrics/", "/health/live/", "/health/ready/"].contains(&&*concrete))
            {
                continue;
            }
            for method in ["GET", "POST", "PUT", "DELETE"] {
                let request = Request::builder()
                    .method(method)
                    .uri(&concrete)
                    .body(Body::empty())
                    .unwrap();
                let response = gateway.response(request).await;
                let is_described = !operations[method.to_lowercase()].is_null();
                if response
                    .headers()
                    .get(header::CONTENT_TYPE)
                    .is_some_and(|kind| kind == "text/event-stream")
                {
                    // Its body never ends.
                    assert!(is_described, "{method} {concrete}");
                    continue;
                }
                let answer = Answer::read(response).await;
                assert_eq!(
                    answer.status == 405,
                    !is_described,
                    "{method} {concrete}: {}",
                    answer.text()
                );
                let unmatched = answer.status == 404 && answer.json()["error"]["code"] == "not_found";
                assert!(!unmatched, "{method} {concrete} is no route");
            }
        }
    }
}

#[tokio::test]
async fn tells_what_this_gateway_has() {
    for (arguments, needs_key) in [(&[][..], false), (&["--listen=0.0.0.0:80"], true)] {
        let document = document(&TestGateway::with(arguments).await).await;
        let schemas = &document["components"]["schemas"];
        assert_eq!(schemas["SiteName"]["enum"], json!(["shop", "strict"]));
        assert_eq!(schemas["MetricName"]["enum"].as_array().unwrap().len(), metrics().len());
        let security = document["paths"]["/reports/{metric}"]["get"]["security"]
            .as_array()
            .unwrap();
        assert_eq!(security.contains(&json!({})), !needs_key, "{arguments:?}");
    }
}

#[tokio::test]
async fn refers_to_what_is_there() {
    let document = document(&TestGateway::start().await).await;
    let mut references = Vec::new();
    collect(&document, &mut references);
    assert!(references.len() > 50);
    for reference in references {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
}

fn collect(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            found.extend(fields.get("$ref").and_then(Value::as_str).map(str::to_owned));
            fields.values().for_each(|value| collect(value, found));
        }
        Value::Array(values) => values.iter().for_each(|value| collect(value, found)),
        _ => {}
    }
}
