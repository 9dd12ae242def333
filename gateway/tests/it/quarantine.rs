//! Refused events are kept with their text and the reason.

use std::sync::atomic::Ordering;
use std::time::Duration;

use event::Source;
use event::quarantine::Form;
use serde_json::{Value, json};

use crate::support::{BOUND, Gate, TestGateway, call, click, id, json_request};

fn broken(number: u64) -> Value {
    let mut event = click(number);
    event["payload"]["x"] = json!("left");
    event
}

#[tokio::test]
async fn keeps_refused_events_beside_accepted_ones() {
    let mut gateway = TestGateway::start().await;
    let bad = broken(2);
    let mut nameless = click(3);
    nameless["id"] = json!("no id");
    let mut request = json_request("/events", json!([click(1), bad, nameless]).to_string());
    request.headers_mut().insert("user-agent", "Shop/1".parse().unwrap());
    let answer = gateway.call(request).await;
    assert_eq!(answer.status, 202, "{}", answer.text());
    assert_eq!(gateway.next_group().await.len(), 1);
    let records = gateway.next_records().await;
    let [of_payload, of_id] = records.as_slice() else {
        panic!("{records:?}")
    };
    assert_eq!(of_payload.id.to_string(), id(2));
    assert_eq!(
        (
            &*of_payload.reason,
            &*of_payload.field,
            &*of_payload.site,
            of_payload.source
        ),
        ("wrong_type", "payload.x", "shop", Source::Http)
    );
    assert_eq!(
        &*of_payload.message,
        answer.json()["rejected"][0]["message"]
            .as_str()
            .unwrap()
            .trim_start_matches("payload.x: ")
    );
    assert_eq!(
        (of_payload.form, &*of_payload.bytes),
        (Form::Json, bad.to_string().as_bytes())
    );
    assert_eq!(
        (
            &*of_payload.user_agent,
            of_payload.ip.unwrap().to_string(),
            of_payload.accepted
        ),
        ("Shop/1", "203.0.113.0".to_owned(), false),
        "the address is kept as little as that of a stored event"
    );
    assert_eq!((&*of_id.reason, &*of_id.field), ("malformed", "id"));
    assert_eq!(of_id.id.get_version_num(), 7);
    let metrics = gateway.get("/metrics").await.text();
    assert!(
        metrics.contains("clickpath_quarantined_total{door=\"http\"} 2\n"),
        "{metrics}"
    );
}

#[tokio::test]
async fn keeps_bodies_refused_as_a_whole() {
    let mut gateway = TestGateway::start().await;
    let mut elsewhere = click(1);
    elsewhere["site"] = json!("elsewhere");
    assert_eq!(gateway.post("/events", &elsewhere).await.status, 403);
    let records = gateway.next_records().await;
    assert_eq!((&*records[0].reason, &*records[0].site), ("unknown_site", "elsewhere"));
    assert_eq!(gateway.post("/events", &json!([broken(2)])).await.status, 422);
    assert_eq!(gateway.next_records().await[0].id.to_string(), id(2));
}

#[tokio::test]
async fn keeps_nothing_when_told_not_to() {
    let mut gateway = TestGateway::with(&["--quarantine-refused=false"]).await;
    assert_eq!(gateway.post("/events", &broken(1)).await.status, 422);
    let next = tokio::time::timeout(Duration::from_millis(100), gateway.quarantine.next());
    assert!(next.await.is_err());
}

/// Refused ones have no room, and their sender waits for nothing; accepted ones are published all the same.
#[tokio::test]
async fn flood_of_refused_events_takes_no_room_from_accepted_ones() {
    let mut gate = None;
    let arguments = ["--quarantine-pending-bytes=2000"];
    let mut gateway = TestGateway::behind(&arguments, |publisher| gate.insert(Gate::closed(publisher)).clone()).await;
    let gate = gate.unwrap();
    let flood = Value::Array((100..200).map(broken).collect());
    assert_eq!(gateway.post("/events", &flood).await.status, 422);
    gate.wait_started(1).await;
    for _ in 0..5 {
        let answer = tokio::time::timeout(BOUND, gateway.post("/events", &flood));
        assert_eq!(answer.await.unwrap().status, 422);
    }
    let metrics = gateway.get("/metrics").await.text();
    // One is being published, one waits.
    assert!(
        metrics.contains("clickpath_quarantine_dropped_total 400\n"),
        "{metrics}"
    );
    let app = gateway.app.clone();
    let accepted = tokio::spawn(async move { call(&app, json_request("/events", click(1).to_string())).await });
    gate.wait_started(1).await;
    gate.confirms.add_permits(3);
    assert_eq!(accepted.await.unwrap().status, 202);
    assert_eq!(gateway.next_group().await.len(), 1);
    assert_eq!(gateway.next_records().await.len(), 100);
}

#[tokio::test]
async fn counts_refused_events_the_queue_does_not_take() {
    let mut gate = None;
    let gateway = TestGateway::behind(&[], |publisher| gate.insert(Gate::closed(publisher)).clone()).await;
    let gate = gate.unwrap();
    gate.failures.store(1, Ordering::SeqCst);
    gate.confirms.add_permits(1);
    assert_eq!(gateway.post("/events", &broken(1)).await.status, 422);
    let dropped = async {
        while !gateway
            .get("/metrics")
            .await
            .text()
            .contains("clickpath_quarantine_dropped_total 1\n")
        {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(BOUND, dropped).await.expect("the loss is counted");
}
