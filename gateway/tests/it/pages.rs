//! Home, health, reports.

use serde_json::json;

use crate::support::{Gate, TestGateway};

#[tokio::test]
async fn shows_each_sites_script_tag() {
    let gateway = TestGateway::start().await;
    let page = gateway.get("/").await;
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    for part in ["href=\"/shop/\"", "href=\"/dashboard\"", "data-site=\"strict\"&gt;"] {
        assert!(page.text().contains(part), "{part} is not in {}", page.text());
    }
}

#[tokio::test]
async fn stays_ready_without_database() {
    let gateway = TestGateway::start().await;
    assert_eq!(gateway.get("/health/live").await.json(), json!({"status": "live"}));
    let answer = gateway.get("/health/ready").await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.json(),
        json!({"status": "ready", "components": {"queue": "ready", "spool": null, "warehouse": "unavailable"}})
    );
}

#[tokio::test]
async fn is_not_ready_without_queue() {
    let gateway = TestGateway::behind(&[], |publisher| {
        let gate = Gate::closed(publisher);
        gate.ready.store(false, std::sync::atomic::Ordering::SeqCst);
        gate
    })
    .await;
    let answer = gateway.get("/health/ready").await;
    assert_eq!(
        (answer.status.as_u16(), &answer.json()["components"]["queue"]),
        (503, &json!("unavailable"))
    );
    assert_eq!(gateway.get("/health/live").await.status, 200);
}

#[tokio::test]
async fn lists_metrics_with_their_parameters() {
    let gateway = TestGateway::start().await;
    let catalogue = gateway.get("/reports").await.json();
    let metrics = catalogue["metrics"].as_array().unwrap();
    let named = metrics
        .iter()
        .find(|metric| metric["name"] == "events_per_minute")
        .unwrap();
    assert_eq!(named["unit"], "events");
    let site = &named["parameters"][0];
    assert_eq!(
        (&site["name"], &site["type"], &site["default"]),
        (&json!("site"), &json!("String"), &json!("shop"))
    );
}

#[tokio::test]
async fn refuses_reports_with_a_reason() {
    let gateway = TestGateway::start().await;
    gateway
        .get("/reports/nothing")
        .await
        .assert_error(404, "unknown_metric");
    let answer = gateway.get("/reports/events_per_minute?from=yesterday").await;
    answer.assert_error(400, "invalid_parameter");
    assert_eq!(answer.json()["error"]["parameter"], "from");
    let answer = gateway.get("/reports/events_per_minute?tz=Europe/Berlin&limit=5").await;
    answer.assert_error(503, "warehouse_unavailable");
    assert_eq!(answer.header("retry-after"), "5");
    assert!(
        !answer.text().contains("127.0.0.1"),
        "the client learns no internals: {}",
        answer.text()
    );
}
