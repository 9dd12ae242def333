//! Home, health, reports.

use gateway::Order;
use serde_json::json;
use tokio::sync::{mpsc, oneshot};

use crate::support::{Gate, TestGateway, click, json_request, wait_for};

#[tokio::test]
async fn tells_each_site_and_what_is_on() {
    let sites = json!([{"name": "shop", "requires_key": false}, {"name": "strict", "requires_key": false}]);
    let on: [(&[&str], _, _); 3] = [
        (&[], false, false),
        (&["--live-console"], true, false),
        (&["--live-console=yes", "--listen=0.0.0.0:80"], true, true),
    ];
    for (arguments, console, needs_key) in on {
        let gateway = TestGateway::with(arguments).await;
        let overview = gateway.get("/overview").await.json();
        assert_eq!(
            (&overview["sites"], &overview["default_site"]),
            (&sites, &json!("shop"))
        );
        assert_eq!(
            (&overview["console"], &overview["needs_key"]),
            (&json!(console), &json!(needs_key)),
            "{arguments:?}"
        );
        let page = gateway.get("/").await;
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    }
}

#[tokio::test]
async fn makes_traffic_once_at_a_time() {
    let gateway = TestGateway::start().await;
    let order = json!({"site": "shop"});
    assert_eq!(gateway.get("/traffic").await.json()["available"], false);
    gateway.post("/traffic", &order).await.assert_error(404, "no_generator");
    let (orders, mut ordered) = mpsc::unbounded_channel();
    gateway.state.offer_traffic(Box::new(move |order: Order| {
        let (finish, finished) = oneshot::channel::<Result<String, String>>();
        orders.send((order, finish)).unwrap();
        Box::pin(async { finished.await.unwrap() })
    }));
    gateway
        .post("/traffic", &json!({"site": "nowhere"}))
        .await
        .assert_error(422, "invalid_order");
    let answer = gateway.post("/traffic/", &order).await;
    assert_eq!(
        (answer.status.as_u16(), &answer.json()["state"]),
        (202, &json!("running"))
    );
    gateway.post("/traffic", &order).await.assert_error(409, "traffic_runs");
    let (first, finish) = ordered.recv().await.unwrap();
    assert_eq!((&*first.site, first.events, first.days), ("shop", 20_000, 7));
    gateway
        .post("/events?source=generator", &json!([click(1), click(2)]))
        .await;
    assert_eq!(gateway.get("/traffic/").await.json()["accepted"], 2);
    finish.send(Ok("2 events sent".to_owned())).unwrap();
    wait_for("the end", async || {
        gateway.get("/traffic").await.json()["state"] == "done"
    })
    .await;
    assert_eq!(gateway.get("/traffic").await.json()["said"], "2 events sent");
    let again = gateway.post("/traffic", &order).await;
    assert_eq!(
        (again.status.as_u16(), &again.json()["accepted"]),
        (202, &json!(0)),
        "what came before does not count"
    );
    let (second, finish) = ordered.recv().await.unwrap();
    assert_ne!(first.seed, second.seed, "the same visitors would be the same events");
    finish.send(Err("the gateway is away".to_owned())).unwrap();
    wait_for("the failure", async || {
        gateway.get("/traffic").await.json()["state"] == "failed"
    })
    .await;
}

#[tokio::test]
async fn foreign_pages_make_no_traffic() {
    let gateway = TestGateway::start().await;
    gateway.state.offer_traffic(Box::new(|_| unreachable!("nobody may")));
    let mut form = json_request("/traffic", r#"{"site": "shop"}"#);
    form.headers_mut().insert("content-type", "text/plain".parse().unwrap());
    gateway.call(form).await.assert_error(415, "content_type");
    let mut named = json_request("/traffic", r#"{"site": "shop"}"#);
    named.headers_mut().insert("host", "evil.example".parse().unwrap());
    gateway.call(named).await.assert_error(403, "foreign_name");
    let public = TestGateway::with(&["--listen=0.0.0.0:80", "--public-reports"]).await;
    public
        .post("/traffic", &json!({"site": "shop"}))
        .await
        .assert_error(401, "key_required");
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
