//! RabbitMQ goes and comes back, or takes nothing: what the senders see, and what arrives.

use std::time::Duration;

use queue::testing::RabbitMq;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;
use warehouse::{LedgerMarkRow, LowCardinality, Milliseconds, Warehouse};

use crate::support::{TestGateway, click, id, listen, wait_for};

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

/// What left the spool is in nobody's table yet, and an idle loader says that all is stored: the ledger would call it missing.
#[tokio::test]
async fn holds_minutes_open_until_the_spool_is_loaded() {
    let engine = embedded_clickhouse::testing::engine().await;
    let database = engine.database();
    let warehouse = Warehouse::new(&warehouse::Settings::new(engine.url(), &database));
    warehouse::migrate::run(&warehouse).await.unwrap();
    let mut node = RabbitMq::start().await.unwrap();
    let queue = queue::Settings::spooled(node.url(), "set by the test");
    let url = format!("--clickhouse-url={}", engine.url());
    let database = format!("--clickhouse-database={database}");
    let arguments = ["--inbox=false", "--ledger-write-interval=0.05", &url, &database];
    let mut gateway = TestGateway::on_broker(queue, &arguments, |publisher| publisher).await;
    let (_, shutdown, server) = listen(&gateway.state).await;
    assert_eq!(gateway.post("/events", &click(0)).await.status, 202);
    wait_for("the broker's figures know of the event", async || {
        let queues = node.control(&["list_queues", "name", "messages"]).unwrap();
        queues.lines().any(|line| line == "clickpath.events\t1")
    })
    .await;
    loaded(&warehouse).await;

    node.kill().unwrap();
    assert_eq!(gateway.post("/events", &click(1)).await.status, 202);
    wait_for("the mark of the spool", async || held_until(&warehouse).await != NEVER).await;
    let held = held_until(&warehouse).await;
    node.restart().await.unwrap();
    wait_for("the spool is empty", async || {
        gateway.get("/health/ready").await.json()["components"]["spool"]["groups"] == 0
    })
    .await;
    assert_eq!(gateway.post("/events", &click(2)).await.status, 202);
    // Counts are written after the mark.
    wait_for("the books know of all", async || {
        gateway.get("/ledger").await.json()["totals"]["accepted"] == 3
    })
    .await;
    assert_eq!(held_until(&warehouse).await, held, "nobody has loaded it");
    assert_eq!(ids_until(&mut gateway, 2).await, [0, 1, 2].map(id));
    loaded(&warehouse).await;
    wait_for("the mark is taken away", async || held_until(&warehouse).await == NEVER).await;
    shutdown.cancel();
    server.await.unwrap().unwrap();
}

const NEVER: i64 = LedgerMarkRow::NEVER.0;

/// A loader with nothing to do says so.
async fn loaded(warehouse: &Warehouse) {
    let now = Milliseconds(gateway::now().0);
    let mark = LedgerMarkRow {
        writer: Uuid::from_u128(1),
        mark: LowCardinality("settled"),
        until: now,
        at: now,
    };
    warehouse
        .insert_ledger_marks(&[mark], &now.0.to_string())
        .await
        .unwrap();
}

/// Unix milliseconds.
async fn held_until(warehouse: &Warehouse) -> i64 {
    #[derive(Deserialize)]
    struct Mark {
        until_ms: i64,
    }
    let sql = "SELECT toUnixTimestamp64Milli(until) AS until_ms FROM ledger_marks FINAL WHERE mark = 'spool'";
    let marks: Vec<Mark> = warehouse.rows(sql, &[]).await.unwrap();
    marks.first().map_or(NEVER, |mark| mark.until_ms)
}
