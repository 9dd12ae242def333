use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use queue::{PublishError, Publisher, Route, Settings};
use uuid::Uuid;

use crate::rabbitmq::start_node;
use crate::support::{group, next, open, wait_for};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kill_of_node_loses_no_confirmed_group() {
    const TASKS: u64 = 4;
    const EACH_SIDE: usize = 300;

    let mut node = start_node().await;
    let settings = Settings {
        queue_publish_timeout_ms: 5_000,
        ..Settings::rabbitmq(node.url())
    };
    let (publisher, mut consumer) = open(&settings).await;
    let confirmed_count = Arc::new(AtomicU64::new(0));
    let stop = Arc::new(AtomicBool::new(false));
    let tasks: Vec<_> = (0..TASKS)
        .map(|task| {
            tokio::spawn(publish_until(
                publisher.clone(),
                task,
                TASKS,
                Arc::clone(&confirmed_count),
                Arc::clone(&stop),
            ))
        })
        .collect();
    let count = || confirmed_count.load(Ordering::Relaxed) as usize;

    wait_for("confirms before the kill", async || count() >= EACH_SIDE).await;
    // RabbitMQ 3.10 writes a new queue's place in its directory half a second late: killed before, it forgets the queue's log.
    node.control(&["eval", "dets:sync(ra_directory_reverse)."]).unwrap();
    node.kill().unwrap();
    wait_for("the publisher notices", async || !publisher.is_ready()).await;
    let refused = publisher.publish(Route::Events, group(1 << 40, 10)).await.unwrap_err();
    assert!(matches!(refused, PublishError::Unavailable { .. }), "{refused}");
    assert!(refused.retry_after().is_some());
    let before = count();
    node.restart().await.unwrap();
    wait_for("confirms after the restart", async || count() >= before + EACH_SIDE).await;
    stop.store(true, Ordering::Relaxed);

    let mut missing = HashSet::new();
    for task in tasks {
        missing.extend(task.await.unwrap());
    }
    assert!(missing.len() >= 2 * EACH_SIDE);
    while !missing.is_empty() {
        let delivery = tokio::time::timeout(Duration::from_secs(30), next(&mut consumer)).await;
        let delivery = delivery.unwrap_or_else(|_| panic!("confirmed and never delivered: {missing:?}"));
        missing.remove(&delivery.group.id);
        consumer.acknowledge(delivery.tag).await.unwrap();
    }
}

/// Publishes one group after another, sends again what failed for a while, and returns what was confirmed.
async fn publish_until(
    publisher: Publisher,
    from: u64,
    step: u64,
    count: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
) -> Vec<Uuid> {
    let mut confirmed = Vec::new();
    let mut number = from;
    while !stop.load(Ordering::Relaxed) {
        match publisher.publish(Route::Events, group(number, 200)).await {
            Ok(()) => {
                confirmed.push(group(number, 0).id);
                count.fetch_add(1, Ordering::Relaxed);
                number += step;
            }
            Err(refused) => {
                assert!(refused.is_temporary(), "{refused}");
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }
    }
    confirmed
}
