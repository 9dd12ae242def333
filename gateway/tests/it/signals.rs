use serde_json::{Value, json};

use crate::support::{TestGateway, click};

const CRAWLER: &str = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";

/// Posts `events` and returns the lines of `/metrics` that are about the shop's business.
async fn signals_of(events: &[Value], agent: &str) -> Vec<String> {
    let gateway = TestGateway::start().await;
    let request = axum::http::Request::post("/events?source=tracker")
        .header("content-type", "application/json")
        .header("user-agent", agent)
        .body(axum::body::Body::from(json!(events).to_string()))
        .unwrap();
    gateway.call(request).await;
    let names = [
        "clickpath_page_views",
        "clickpath_bot_page_views",
        "clickpath_payments",
        "clickpath_page_latency",
    ];
    let metrics = gateway.get("/metrics").await.text();
    let lines = metrics
        .lines()
        .filter(|line| names.iter().any(|name| line.starts_with(name)));
    let lines =
        lines.filter(|line| !line.contains("_bucket") && ![" 0", " 0.0"].iter().any(|none| line.ends_with(none)));
    lines.map(|line| line.replace("site=\"shop\"", "")).collect()
}

fn titled(number: u32, title: &str, more: &[(&str, Value)]) -> Value {
    let mut event = click(number.into());
    event["type"] = json!(if title == "payment_attempt" { "server" } else { "view" });
    event["payload"]["event_title"] = json!(title);
    for (field, value) in more {
        event["payload"][*field] = value.clone();
    }
    event
}

#[tokio::test]
async fn counts_views_and_what_they_took() {
    let events = [
        titled(1, "page_view", &[("latency_ms", json!(120))]),
        titled(2, "page_view", &[("latency_ms", json!(1_400))]),
        titled(3, "element_view", &[]),
        click(4),
    ];
    let expected = [
        "clickpath_page_views_total{} 2",
        "clickpath_page_latency_seconds_sum{} 1.52",
        "clickpath_page_latency_seconds_count{} 2",
    ];
    assert_eq!(signals_of(&events, "Mozilla/5.0 Firefox/140.0").await, expected);
}

#[tokio::test]
async fn tells_bots_apart() {
    let events = [titled(1, "page_view", &[]), titled(2, "page_view", &[])];
    let expected = ["clickpath_page_views_total{} 2", "clickpath_bot_page_views_total{} 2"];
    assert_eq!(signals_of(&events, CRAWLER).await, expected);
}

#[tokio::test]
async fn tells_payments_that_fail_from_declined_ones() {
    let attempt = |number, status: &str, code: &str| {
        let (status, code) = (json!(status), json!(code));
        titled(
            number,
            "payment_attempt",
            &[("status", status), ("error_code", code), ("latency_ms", json!(900))],
        )
    };
    let events = [
        attempt(1, "ok", ""),
        attempt(2, "error", "DECLINED"),
        attempt(3, "error", "PROVIDER_5XX"),
        attempt(4, "error", "PAYMENT_TIMEOUT"),
    ];
    let expected = [
        "clickpath_payments_total{,outcome=\"ok\"} 1",
        "clickpath_payments_total{,outcome=\"declined\"} 1",
        "clickpath_payments_total{,outcome=\"failed\"} 2",
    ];
    let mut seen = signals_of(&events, "Mozilla/5.0 Firefox/140.0").await;
    seen.sort_by_key(|line| expected.iter().position(|expected| expected == line));
    assert_eq!(seen, expected);
}
