//! RabbitMQ goes and comes back, or takes nothing: what the senders see, and what arrives.

use std::time::Duration;

use queue::testing::RabbitMq;
use serde_json::json;

use crate::support::{TestGateway, click, id, wait_for};

const UNBLOCKED: [&str; 2] = ["set_vm_memory_high_watermark", "0.9"];
/// The node is always above this: an alarm that stops every publisher.
const BLOCKED: [&str; 2] = ["set_vm_memory_high_watermark", "0.000001"];

/// Ids in the order of their first delivery, up to `last`.
async fn ids_until(gateway: &mut TestGateway, last: u64) -> Vec<String> {
    let mut seen = Vec::new();
    while !seen.contains(&id(last)) {
        for event in gateway.next_group().await {
            let id = event.event.id.to_string();
            if !seen.contains(&id) {
                seen.push(id);
            }
        }
    }
    seen
}

#[tokio::test]
async fn answers_503_without_a_spool() {
    let mut node = RabbitMq::start().await.unwrap();
    let queue = queue::Settings {
        queue_publish_timeout_ms: 500,
        ..queue::Settings::rabbitmq(node.url())
    };
    let mut gateway = TestGateway::on_broker(queue, &["--inbox=false"], |publisher| publisher).await;
    assert_eq!(gateway.post("/events", &click(1)).await.status, 202);

    node.control(&BLOCKED).unwrap();
    wait_for("the alarm stops the gateway", async || {
        gateway.post("/events", &click(2)).await.status == 503
    })
    .await;
    let answer = gateway.post("/events", &click(2)).await;
    answer.assert_error(503, "queue_unavailable");
    let wait: u64 = answer.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    node.control(&UNBLOCKED).unwrap();
    wait_for("the alarm is over", async || {
        gateway.post("/events", &click(2)).await.status == 202
    })
    .await;

    node.kill().unwrap();
    wait_for("the gateway sees the broker gone", async || {
        gateway.get("/health/ready").await.status == 503
    })
    .await;
    gateway
        .post("/events", &click(3))
        .await
        .assert_error(503, "queue_unavailable");
    node.restart().await.unwrap();
    wait_for("the broker is back", async || {
        gateway.post("/events", &click(3)).await.status == 202
    })
    .await;
    assert_eq!(ids_until(&mut gateway, 3).await, [1, 2, 3].map(id));
}

#[tokio::test]
async fn keeps_accepting_into_the_spool() {
    let mut node = RabbitMq::start().await.unwrap();
    let queue = queue::Settings::spooled(node.url(), "set by the test");
    let mut gateway = TestGateway::on_broker(queue, &["--inbox=false"], |publisher| publisher).await;
    assert_eq!(gateway.post("/events", &click(0)).await.status, 202);
    // RabbitMQ 3.10 may find no leader for a queue that was made a moment before the kill: it must be a while old, as a
    // queue in use is.
    wait_for("the broker's figures know of the event", async || {
        let queues = node.control(&["list_queues", "name", "messages"]).unwrap();
        queues.lines().any(|line| line == "clickpath.events\t1")
    })
    .await;
    node.kill().unwrap();
    for number in 1..20 {
        let answer = gateway.post("/events", &click(number)).await;
        assert_eq!(answer.status, 202, "{}", answer.text());
    }
    let mut bad = click(99);
    bad["type"] = json!("scroll");
    assert_eq!(gateway.post("/events", &bad).await.status, 422);
    wait_for("the refused one is in the spool, too", async || {
        let ready = gateway.get("/health/ready").await;
        assert_eq!(ready.status, 200, "{}", ready.text());
        ready.json()["components"]["spool"]["groups"] == 20
    })
    .await;
    let metrics = gateway.get("/metrics").await.text();
    assert!(metrics.contains("clickpath_spool_groups 20\n"), "{metrics}");
    node.restart().await.unwrap();
    wait_for("the spool is empty", async || {
        gateway.get("/health/ready").await.json()["components"]["spool"]["groups"] == 0
    })
    .await;
    assert_eq!(gateway.post("/events", &click(20)).await.status, 202);
    let seen = ids_until(&mut gateway, 20).await;
    assert_eq!(
        seen,
        (0..=20).map(id).collect::<Vec<_>>(),
        "in the order of their receipts"
    );
    assert_eq!(gateway.next_records().await[0].id.to_string(), id(99));

    node.control(&BLOCKED).unwrap();
    let started = std::time::Instant::now();
    wait_for("a blocked broker leads into the spool", async || {
        let answer = gateway.post("/events", &click(30)).await;
        assert_eq!(answer.status, 202, "{}", answer.text());
        gateway.get("/health/ready").await.json()["components"]["spool"]["groups"] != 0
    })
    .await;
    assert!(started.elapsed() < Duration::from_secs(20));
    node.control(&UNBLOCKED).unwrap();
    assert_eq!(gateway.next_group().await[0].event.id.to_string(), id(30));
}
