//! The spool between a publisher and a broker that comes and goes. The scenarios share a node, which takes seconds to
//! start; each leaves the queues empty. The publisher goes through a proxy, the consumers do not.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use lapin::options::QueueDeleteOptions;
use lapin::{Connection, ConnectionProperties};
use queue::testing::{Network, Proxy, RabbitMq};
use queue::{Consumer, Group, PublishError, Publisher, Route, Settings};
use uuid::Uuid;

use crate::rabbitmq::start_node;
use crate::support::{drain, group, ids, next, wait_for};

/// A publish to the spool waits for an fsync, never for the broker.
const AT_ONCE: Duration = Duration::from_secs(1);

/// A node, the way to it that fails on demand, and the folder of the spool.
struct Rig {
    node: RabbitMq,
    proxy: Proxy,
    folder: tempfile::TempDir,
}

impl Rig {
    async fn start() -> Self {
        let node = start_node().await;
        let proxy = Proxy::start([node.address()]).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        Self { node, proxy, folder }
    }

    fn settings(&self) -> Settings {
        let url = format!("amqp://guest:guest@{}/%2f", self.proxy.address());
        Settings::spooled(url, self.folder.path())
    }

    async fn publisher(&self) -> Publisher {
        self.open(&self.settings()).await
    }

    /// The folder of a publisher that was dropped is free a moment later.
    async fn open(&self, settings: &Settings) -> Publisher {
        let mut opened = None;
        wait_for("the spool's folder is free", async || {
            match queue::open_publisher(settings).await {
                Ok(publisher) => opened = Some(publisher),
                Err(queue::OpenError::Locked { .. }) => {}
                Err(other) => panic!("{other}"),
            }
            opened.is_some()
        })
        .await;
        opened.unwrap()
    }

    async fn consumer(&self, route: Route) -> Consumer {
        let settings = Settings::rabbitmq(self.node.url());
        queue::open_consumer(&settings, None, route).await.unwrap()
    }

    /// Takes everything up to `last` out of the queue.
    async fn delivered(&self, route: Route, last: Uuid) -> Vec<Uuid> {
        let mut consumer = self.consumer(route).await;
        let deliveries = drain(&mut consumer, last).await;
        let tag = deliveries[deliveries.len() - 1].tag;
        consumer.acknowledge(tag).await.unwrap();
        ids(&deliveries)
    }

    fn spool_files(&self) -> usize {
        let logs = |folder: &Path| {
            let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
            entries
                .filter(|path| path.extension().is_some_and(|extension| extension == "log"))
                .count()
        };
        let spool = self.folder.path().join("spool");
        logs(&spool) + logs(&spool.join("quarantine"))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keeps_groups_while_broker_is_away() {
    let rig = Rig::start().await;
    starts_and_restarts_without_broker(&rig).await;
    receipt_survives_cut_before_confirm(&rig).await;
    silent_broker_costs_one_timeout(&rig).await;
    full_spool_refuses_until_drained(&rig).await;
    alarm_diverts_within_a_second(&rig).await;
    deleted_queue_is_declared_again(&rig).await;
    changes_of_way_keep_order_and_lose_nothing(&rig).await;
}

fn numbers(range: std::ops::Range<u64>) -> Vec<Uuid> {
    range.map(|number| group(number, 0).id).collect()
}

async fn publish_at_once(publisher: &Publisher, route: Route, group: Group) {
    let begun = Instant::now();
    publisher.publish(route, group).await.unwrap();
    assert!(begun.elapsed() < AT_ONCE, "{:?}", begun.elapsed());
}

async fn wait_until_empty(publisher: &Publisher) {
    wait_for("the spool is drained", async || publisher.spool().unwrap().groups == 0).await;
    assert_eq!(publisher.spool().unwrap().oldest_ms, None);
}

async fn starts_and_restarts_without_broker(rig: &Rig) {
    rig.proxy.set(Network::Down);
    let publisher = rig.publisher().await;
    assert!(publisher.is_ready(), "it takes groups");
    for number in 0..100 {
        publish_at_once(&publisher, Route::Events, group(number, 300)).await;
    }
    publish_at_once(&publisher, Route::Quarantine, group(100, 300)).await;
    publish_at_once(&publisher, Route::Entities, group(103, 300)).await;
    let spool = publisher.spool().unwrap();
    assert_eq!(spool.groups, 102);
    assert!(spool.bytes > 102 * 300, "{spool:?}");
    // All ids have the same time.
    assert_eq!(spool.oldest_ms, Some(0x0197_0000_0000 - 10_000));
    drop(publisher);

    let publisher = rig.publisher().await;
    assert_eq!(
        publisher.spool().unwrap(),
        spool,
        "an earlier run's groups count as this one's"
    );
    publish_at_once(&publisher, Route::Events, group(101, 300)).await;
    rig.proxy.set(Network::Up);
    let expected: Vec<Uuid> = [numbers(0..100), numbers(101..102)].concat();
    assert_eq!(rig.delivered(Route::Events, group(101, 0).id).await, expected);
    assert_eq!(
        rig.delivered(Route::Quarantine, group(100, 0).id).await,
        numbers(100..101)
    );
    assert_eq!(
        rig.delivered(Route::Entities, group(103, 0).id).await,
        numbers(103..104)
    );
    wait_until_empty(&publisher).await;
    wait_for("drained files are gone", async || rig.spool_files() == 0).await;
    assert_eq!(publisher.spool().unwrap().id, spool.id);
    // Directly again.
    publisher.publish(Route::Events, group(102, 10)).await.unwrap();
    assert_eq!(rig.spool_files(), 0);
    rig.delivered(Route::Events, group(102, 0).id).await;
}

async fn receipt_survives_cut_before_confirm(rig: &Rig) {
    let publisher = rig.publisher().await;
    for number in 200..203 {
        let held = rig.proxy.hold_an_answer();
        let publish = tokio::spawn({
            let publisher = publisher.clone();
            async move { publisher.publish(Route::Events, group(number, 10)).await }
        });
        held.await;
        // The broker has it and said so; nobody here heard it.
        rig.proxy.set(Network::Down);
        publish.await.unwrap().unwrap();
        rig.proxy.set(Network::Up);
        wait_until_empty(&publisher).await;
    }
    publisher.publish(Route::Events, group(203, 10)).await.unwrap();
    let mut delivered = rig.delivered(Route::Events, group(203, 0).id).await;
    assert!(delivered.len() > 4, "sent again, as nobody knew: {}", delivered.len());
    delivered.dedup();
    assert_eq!(delivered, numbers(200..204));
}

async fn silent_broker_costs_one_timeout(rig: &Rig) {
    let settings = Settings {
        queue_publish_timeout_ms: 300,
        ..rig.settings()
    };
    let publisher = rig.open(&settings).await;
    rig.proxy.set(Network::Stalled);
    publish_at_once(&publisher, Route::Events, group(300, 10)).await;
    let begun = Instant::now();
    for number in 301..311 {
        publisher.publish(Route::Events, group(number, 10)).await.unwrap();
    }
    assert!(
        begun.elapsed() < AT_ONCE,
        "each waited for the broker: {:?}",
        begun.elapsed()
    );
    rig.proxy.set(Network::Up);
    wait_until_empty(&publisher).await;
    let mut delivered = rig.delivered(Route::Events, group(310, 0).id).await;
    delivered.dedup();
    assert_eq!(delivered, numbers(300..311));
}

async fn full_spool_refuses_until_drained(rig: &Rig) {
    let settings = Settings {
        queue_max_bytes: 64 * 1024,
        ..rig.settings()
    };
    let publisher = rig.open(&settings).await;
    rig.proxy.set(Network::Down);
    wait_for("the publisher notices", async || {
        publisher.publish(Route::Events, group(400, 10)).await.unwrap();
        publisher.spool().unwrap().groups > 0
    })
    .await;
    let mut number = 401;
    let refused = loop {
        match publisher.publish(Route::Events, group(number, 1_000)).await {
            Ok(()) => number += 1,
            Err(refused) => break refused,
        }
    };
    assert!(
        matches!(refused, PublishError::Full { max_bytes: 65_536, .. }),
        "{refused}"
    );
    assert!(refused.is_temporary() && refused.retry_after().is_some());
    publish_at_once(&publisher, Route::Quarantine, group(499, 10)).await;
    rig.proxy.set(Network::Up);
    wait_until_empty(&publisher).await;
    publisher.publish(Route::Events, group(number, 1_000)).await.unwrap();
    assert!(publisher.is_ready());
    let mut delivered = rig.delivered(Route::Events, group(number, 0).id).await;
    delivered.dedup();
    assert_eq!(delivered, numbers(400..number + 1));
    rig.delivered(Route::Quarantine, group(499, 0).id).await;
}

async fn alarm_diverts_within_a_second(rig: &Rig) {
    let publisher = rig.publisher().await;
    rig.node.control(&["set_vm_memory_high_watermark", "0.000001"]).unwrap();
    let begun = Instant::now();
    for number in 500..560 {
        publisher.publish(Route::Events, group(number, 10)).await.unwrap();
    }
    assert!(begun.elapsed() < 2 * AT_ONCE, "{:?}", begun.elapsed());
    assert!(publisher.spool().unwrap().groups > 0);
    assert!(publisher.is_ready());
    rig.node.control(&["set_vm_memory_high_watermark", "0.8"]).unwrap();
    wait_until_empty(&publisher).await;
    publisher.publish(Route::Events, group(560, 10)).await.unwrap();
    let delivered = rig.delivered(Route::Events, group(560, 0).id).await;
    assert_eq!(first_copies(&delivered), numbers(500..561));
}

async fn deleted_queue_is_declared_again(rig: &Rig) {
    let publisher = rig.publisher().await;
    let admin = Connection::connect(&rig.node.url(), ConnectionProperties::default())
        .await
        .unwrap();
    let channel = admin.create_channel().await.unwrap();
    let deleted = channel.queue_delete("clickpath.events".into(), QueueDeleteOptions::default());
    deleted.await.unwrap();
    for number in 600..610 {
        publisher.publish(Route::Events, group(number, 10)).await.unwrap();
    }
    wait_until_empty(&publisher).await;
    let delivered = rig.delivered(Route::Events, group(609, 0).id).await;
    assert_eq!(first_copies(&delivered), numbers(600..610));
}

/// Several tasks publish one group after the other while the way fails again and again.
async fn changes_of_way_keep_order_and_lose_nothing(rig: &Rig) {
    const TASKS: u64 = 4;
    const FAILURES: u64 = 6;

    let publisher = rig.publisher().await;
    let (stop, direct) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let tasks: Vec<_> = (1..=TASKS)
        .map(|task| {
            let (publisher, stop, direct) = (publisher.clone(), Arc::clone(&stop), Arc::clone(&direct));
            tokio::spawn(async move {
                let mut number = task << 32;
                while !stop.load(Ordering::Relaxed) {
                    publisher.publish(Route::Events, group(number, 50)).await.unwrap();
                    number += 1;
                    if publisher.spool().unwrap().groups == 0 {
                        direct.fetch_add(1, Ordering::Relaxed);
                    }
                }
                number
            })
        })
        .collect();
    for failure in 0..FAILURES {
        rig.proxy.set(Network::Down);
        wait_for("groups in the spool", async || publisher.spool().unwrap().groups >= 20).await;
        rig.proxy.set(Network::Up);
        let before = direct.load(Ordering::Relaxed);
        // Every third time the way fails again while the spool is being drained.
        if failure % 3 > 0 {
            wait_for("direct publishes", async || {
                direct.load(Ordering::Relaxed) > before + 20
            })
            .await;
        } else {
            let mut most = 0;
            wait_for("groups leave the spool", async || {
                let groups = publisher.spool().unwrap().groups;
                most = most.max(groups);
                groups < most
            })
            .await;
        }
    }
    stop.store(true, Ordering::Relaxed);
    let mut expected = Vec::new();
    for (task, end) in (1..=TASKS).zip(tasks) {
        expected.push(numbers(task << 32..end.await.unwrap()));
    }
    wait_until_empty(&publisher).await;
    let mut missing: HashSet<Uuid> = expected.iter().flatten().copied().collect();
    let mut consumer = rig.consumer(Route::Events).await;
    let mut delivered = Vec::new();
    while !missing.is_empty() {
        let delivery = next(&mut consumer).await;
        missing.remove(&delivery.group.id);
        delivered.push(delivery.group.id);
        consumer.acknowledge(delivery.tag).await.unwrap();
    }
    for (task, expected) in (1..=TASKS).zip(&expected) {
        let of_task = |id: &&Uuid| id.as_u64_pair().1 >> 32 == task;
        let delivered: Vec<Uuid> = delivered.iter().filter(of_task).copied().collect();
        assert!(first_copies(&delivered) == *expected, "task {task}: another order");
    }
}

fn first_copies(delivered: &[Uuid]) -> Vec<Uuid> {
    let mut seen = HashSet::new();
    delivered.iter().copied().filter(|id| seen.insert(*id)).collect()
}
