use std::sync::atomic::Ordering;

use serde_json::{Value, json};

use crate::support::{Gate, TestGateway, call, click, id, json_request};

#[tokio::test]
async fn answers_503_while_the_queue_is_away() {
    let mut gate = None;
    let mut gateway = TestGateway::behind(&[], |publisher| gate.insert(Gate::closed(publisher)).clone()).await;
    let gate = gate.unwrap();
    gate.ready.store(false, Ordering::SeqCst);
    let answer = gateway.post("/events", &click(1)).await;
    answer.assert_error(503, "queue_unavailable");
    assert_eq!(answer.header("retry-after"), "5");
    gate.ready.store(true, Ordering::SeqCst);
    gate.confirms.add_permits(1);
    assert_eq!(gateway.post("/events", &click(1)).await.status, 202);
    assert_eq!(gateway.next_group().await.len(), 1);
}

#[tokio::test]
async fn answers_503_to_all_of_a_failed_group() {
    let mut gate = None;
    let arguments = ["--groups-in-flight=1"];
    let mut gateway = TestGateway::behind(&arguments, |publisher| gate.insert(Gate::closed(publisher)).clone()).await;
    let gate = gate.unwrap();
    let post = |number| {
        let app = gateway.app.clone();
        tokio::spawn(async move { call(&app, json_request("/events", click(number).to_string())).await })
    };
    let first = post(1);
    gate.wait_started(1).await;
    let others = [post(2), post(3)];
    tokio::task::yield_now().await;
    gate.confirms.add_permits(1);
    assert_eq!(first.await.unwrap().status, 202);
    gate.wait_started(1).await;
    gate.failures.store(1, Ordering::SeqCst);
    gate.confirms.add_permits(1);
    for other in others {
        other.await.unwrap().assert_error(503, "queue_unavailable");
    }
    let stored = gateway.count_ids(1).await;
    assert_eq!(stored.keys().collect::<Vec<_>>(), [&id(1)]);
}

#[tokio::test]
async fn answers_503_when_no_confirmation_comes() {
    let gateway = TestGateway::behind(&["--confirm-timeout=0.05"], Gate::closed).await;
    gateway
        .post("/events", &click(1))
        .await
        .assert_error(503, "queue_unavailable");
}

#[tokio::test]
async fn publishes_events_of_clients_that_went_away() {
    let mut gate = None;
    let mut gateway = TestGateway::behind(&[], |publisher| gate.insert(Gate::closed(publisher)).clone()).await;
    let gate = gate.unwrap();
    let app = gateway.app.clone();
    let gone = tokio::spawn(async move { call(&app, json_request("/events", click(1).to_string())).await });
    gate.wait_started(1).await;
    gone.abort();
    assert!(gone.await.unwrap_err().is_cancelled());
    gate.confirms.add_permits(1);
    assert_eq!(gateway.next_group().await[0].event.id.to_string(), id(1));
    assert!(
        gateway
            .get("/metrics")
            .await
            .text()
            .contains("clickpath_requests_in_flight 0\n")
    );
}

/// The real queue, full: its bound is a setting of a few groups.
#[tokio::test]
async fn answers_503_when_the_disk_queue_is_full() {
    let folder = tempfile::tempdir().unwrap();
    let queue = queue::Settings {
        queue_max_bytes: 64 * 1024,
        ..queue::Settings::embedded(folder.path())
    };
    let publisher = queue::open_publisher(&queue).await.unwrap();
    let gateway = TestGateway::behind(&[], |_| publisher).await;
    for batch in 0..1_000 {
        let events: Vec<Value> = (0..100).map(|number| click(100 * batch + number)).collect();
        let answer = gateway.post("/events", &json!(events)).await;
        if answer.status != 202 {
            answer.assert_error(503, "queue_unavailable");
            assert_eq!(answer.header("retry-after"), "1", "as the queue says");
            assert!(!answer.text().contains(folder.path().to_str().unwrap()));
            return;
        }
    }
    panic!("64 KiB hold 100,000 events");
}
