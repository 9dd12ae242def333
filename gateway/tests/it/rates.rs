//! How much one address, one key and one site may send, and what a sender over its limit is told.

use std::net::IpAddr;

use axum::body::Body;
use axum::http::{Method, Request};
use serde_json::{Value, json};

use crate::support::{Answer, TestGateway, call_from, click, json_request};

const KEYED: &str = r#"
default_site = "shop"
[[site]]
name = "shop"
base_url = "https://shop.example/"
origins = ["*"]
keys = ["shop-page-0123456789", "shop-back-end-012345"]
require_key = false
[[site]]
name = "blog"
base_url = "https://blog.example/"
origins = ["*"]
rate_events_per_second = 1
"#;

#[track_caller]
fn assert_limited(answer: &Answer, limit: &str, seconds: &str) {
    answer.assert_error(429, "rate_limited");
    assert_eq!(answer.json()["error"]["limit"], limit, "{}", answer.text());
    assert_eq!(answer.header("retry-after"), seconds);
}

async fn post_from(gateway: &TestGateway, peer: &str, path: &str, events: &Value) -> Answer {
    let peer: IpAddr = peer.parse().unwrap();
    call_from(peer, &gateway.app, json_request(path, events.to_string())).await
}

#[tokio::test]
async fn limits_requests_of_an_address() {
    let gateway = TestGateway::with(&["--rate-requests-per-second=1"]).await;
    for number in 0..2 {
        let answer = post_from(&gateway, "2001:db8::1", "/events", &click(number)).await;
        assert_eq!(answer.status, 202, "{}", answer.text());
    }
    let neighbour = post_from(&gateway, "2001:db8::2", "/events", &click(3)).await;
    assert_limited(&neighbour, "address_requests", "1");
    let stranger = post_from(&gateway, "2001:db8:0:1::2", "/events", &click(3)).await;
    assert_eq!(stranger.status, 202);
    let metrics = gateway.get("/metrics").await.text();
    assert!(
        metrics.contains("clickpath_requests_limited_total{limit=\"address_requests\"} 1\n"),
        "{metrics}"
    );
}

/// One a second: ten events are nine seconds of debt beyond the burst, and a part of a second is a whole one.
#[tokio::test]
async fn limits_events_of_an_address() {
    let gateway = TestGateway::with(&["--rate-events-per-second=1"]).await;
    let events: Vec<Value> = (0..10).map(click).collect();
    assert_eq!(gateway.post("/events", &json!(events)).await.status, 202);
    assert_limited(&gateway.post("/events", &click(11)).await, "address_events", "9");
}

#[tokio::test]
async fn limits_a_key_from_all_addresses() {
    let arguments = ["--rate-key-requests-per-second=1", "--rate-key-events-per-second=1"];
    let gateway = TestGateway::of(KEYED, gateway::now, &arguments, |publisher| publisher).await;
    let page = "/events?key=shop-page-0123456789";
    for (number, peer) in ["192.0.2.1", "192.0.2.2"].into_iter().enumerate() {
        let answer = post_from(&gateway, peer, page, &click(number as u64)).await;
        assert_eq!(answer.status, 202, "{}", answer.text());
    }
    assert_limited(
        &post_from(&gateway, "192.0.2.3", page, &click(3)).await,
        "key_requests",
        "1",
    );
    let events: Vec<Value> = (0..5).map(click).collect();
    for (expected, path) in [(202, "/events?key=shop-back-end-012345"), (202, "/events")] {
        let answer = post_from(&gateway, "192.0.2.3", path, &json!(events)).await;
        assert_eq!(answer.status, expected, "{path}: {}", answer.text());
    }
    let answer = post_from(&gateway, "192.0.2.3", "/events?key=shop-back-end-012345", &click(9)).await;
    assert_limited(&answer, "key_events", "4");
}

#[tokio::test]
async fn limits_a_site_from_all_addresses() {
    let arguments = ["--rate-site-requests-per-second=1"];
    let gateway = TestGateway::of(KEYED, gateway::now, &arguments, |publisher| publisher).await;
    for peer in ["192.0.2.1", "192.0.2.2"] {
        assert_eq!(post_from(&gateway, peer, "/events", &click(1)).await.status, 202);
    }
    assert_limited(
        &post_from(&gateway, "192.0.2.3", "/events", &click(2)).await,
        "site_requests",
        "1",
    );
    let to_blog = |number| {
        let mut event = click(number);
        event["site"] = json!("blog");
        event
    };
    // The sites file allows the blog one event a second, whatever site the query names.
    let events = json!([to_blog(1), to_blog(2), to_blog(3), to_blog(4)]);
    let path = "/events?site=blog";
    assert_eq!(post_from(&gateway, "192.0.2.1", path, &events).await.status, 202);
    assert_limited(
        &post_from(&gateway, "192.0.2.4", path, &to_blog(5)).await,
        "site_events",
        "3",
    );
}

#[tokio::test]
async fn reads_and_events_have_buckets_of_their_own() {
    let gateway = TestGateway::with(&["--rate-reads-per-second=1", "--rate-requests-per-second=1"]).await;
    for _ in 0..2 {
        assert_eq!(gateway.get("/reports").await.status, 200);
    }
    for path in ["/reports", "/reports/visitors", "/dashboard/", "/shop/", "/"] {
        assert_limited(&gateway.get(path).await, "address_reads", "1");
    }
    // Machines ask for these, pages need the tracker.
    for path in ["/health/live", "/health/ready", "/metrics", "/clickpath.js"] {
        for _ in 0..5 {
            assert_eq!(gateway.get(path).await.status, 200, "{path}");
        }
    }
    for number in 0..2 {
        assert_eq!(gateway.post("/events", &click(number)).await.status, 202);
    }
    assert_limited(&gateway.post("/events", &click(3)).await, "address_requests", "1");
}

#[tokio::test]
async fn preflights_take_nothing() {
    let gateway = TestGateway::with(&["--rate-requests-per-second=1", "--rate-reads-per-second=1"]).await;
    for _ in 0..10 {
        let preflight = Request::builder()
            .method(Method::OPTIONS)
            .uri("/events")
            .header("origin", "https://shop.example")
            .header("access-control-request-method", "POST");
        let answer = gateway.call(preflight.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, 204);
    }
    for number in 0..2 {
        assert_eq!(gateway.post("/events", &click(number)).await.status, 202);
    }
}

/// The client's own word about its address must not give it a fresh bucket.
#[tokio::test]
async fn forged_addresses_share_one_bucket() {
    let gateway = TestGateway::with(&["--rate-requests-per-second=1"]).await;
    let mut statuses = Vec::new();
    for number in 0..4 {
        let mut request = json_request("/events", click(number).to_string());
        let forged = format!("198.51.100.{number}").parse().unwrap();
        request.headers_mut().insert("x-forwarded-for", forged);
        statuses.push(gateway.call(request).await.status.as_u16());
    }
    assert_eq!(statuses, [202, 202, 429, 429]);
}
