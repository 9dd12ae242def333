//! Scenarios share a node, which takes seconds to start: one test, many stories, each leaves the queues empty.

use std::collections::HashSet;

use lapin::options::{BasicConsumeOptions, BasicGetOptions, BasicNackOptions, BasicPublishOptions, QueueDeleteOptions};
use lapin::types::FieldTable;
use lapin::{BasicProperties, Channel, Connection, ConnectionProperties};
use queue::testing::RabbitMq;
use queue::{OpenError, PublishError, Route, Settings};
use uuid::Uuid;

use crate::support::{drain, group, ids, next, open, wait_for};

const EVENTS: &str = "clickpath.events";
const QUARANTINE: &str = "clickpath.quarantine";

#[tokio::test]
async fn names_missing_broker_without_password() {
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let settings = Settings::rabbitmq(format!("amqp://clickpath:secret@127.0.0.1:{port}/%2f"));
    let missing = queue::open_publisher(&settings).await.unwrap_err();
    assert!(matches!(missing, OpenError::Unreachable { .. }), "{missing}");
    let text = missing.to_string();
    assert!(
        text.contains(&format!("amqp://clickpath:***@127.0.0.1:{port}")) && !text.contains("secret"),
        "{text}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keeps_promises_on_healthy_node() {
    let node = start_node().await;
    let settings = Settings::rabbitmq(node.url());
    delivers_and_acknowledges_in_blocks(&settings).await;
    delivers_again_what_a_dropped_consumer_left(&settings).await;
    ignores_tags_of_lost_connection(&settings, &node).await;
    only_one_consumer_is_active(&settings).await;
    let admin = Connection::connect(&node.url(), ConnectionProperties::default())
        .await
        .unwrap();
    let channel = admin.create_channel().await.unwrap();
    quarantines_message_without_id(&settings, &channel).await;
    quarantines_what_is_never_acknowledged(&settings, &channel).await;
    blocks_and_unblocks_with_alarm(&settings, &node).await;
    returned_group_is_a_topology_error(&settings, &admin).await;
    other_arguments_are_a_topology_error(&settings, &admin).await;
}

async fn delivers_and_acknowledges_in_blocks(settings: &Settings) {
    let (publisher, mut consumer) = open(settings).await;
    for number in 0..50 {
        publisher.publish(Route::Events, group(number, 300)).await.unwrap();
    }
    let deliveries = drain(&mut consumer, group(49, 0).id).await;
    assert_eq!(
        ids(&deliveries),
        (0..50).map(|number| group(number, 0).id).collect::<Vec<_>>()
    );
    assert!(deliveries.iter().all(|delivery| !delivery.redelivered));
    consumer.acknowledge(deliveries[29].tag).await.unwrap();
    consumer.acknowledge(deliveries[49].tag).await.unwrap();
    drop(consumer);
    publisher.publish(Route::Events, group(50, 300)).await.unwrap();
    let mut consumer = queue::open_consumer(settings, Some(&publisher), Route::Events)
        .await
        .unwrap();
    let delivery = next(&mut consumer).await;
    assert_eq!(delivery.group, group(50, 300), "an acknowledged group came again");
    consumer.acknowledge(delivery.tag).await.unwrap();
}

async fn delivers_again_what_a_dropped_consumer_left(settings: &Settings) {
    let (publisher, mut consumer) = open(settings).await;
    for number in 100..103 {
        publisher.publish(Route::Events, group(number, 10)).await.unwrap();
    }
    let first = next(&mut consumer).await;
    next(&mut consumer).await;
    consumer.acknowledge(first.tag).await.unwrap();
    drop(consumer);
    let mut consumer = queue::open_consumer(settings, None, Route::Events).await.unwrap();
    let again = drain(&mut consumer, group(102, 0).id).await;
    assert_eq!(ids(&again), [group(101, 0).id, group(102, 0).id]);
    assert!(again[0].redelivered);
    consumer.acknowledge(again[1].tag).await.unwrap();
}

async fn ignores_tags_of_lost_connection(settings: &Settings, node: &RabbitMq) {
    let (publisher, mut consumer) = open(settings).await;
    for number in 200..203 {
        publisher.publish(Route::Events, group(number, 10)).await.unwrap();
    }
    let before = drain(&mut consumer, group(202, 0).id).await;
    node.control(&["close_all_connections", "a test"]).unwrap();
    wait_for("the consumer is back", async || {
        node.control(&["list_consumers", "--no-table-headers"])
            .unwrap()
            .contains("clickpath.events")
    })
    .await;
    // Nothing of the new connection was handed out yet, but its first deliveries have the same broker tags.
    consumer.acknowledge(before[1].tag).await.unwrap();
    let after = drain(&mut consumer, group(202, 0).id).await;
    assert!(
        ids(&after[after.len() - 3..]) == ids(&before),
        "an old tag acknowledged a new delivery"
    );
    assert!(after.iter().all(|delivery| delivery.redelivered));
    assert!(after[0].tag > before[2].tag);
    // The same broker tags on a new connection: this must not acknowledge them.
    consumer.acknowledge(before[2].tag).await.unwrap();
    consumer.acknowledge(after[after.len() - 3].tag).await.unwrap();
    drop(consumer);
    let mut consumer = queue::open_consumer(settings, None, Route::Events).await.unwrap();
    let left = drain(&mut consumer, group(202, 0).id).await;
    assert_eq!(ids(&left), [group(201, 0).id, group(202, 0).id]);
    consumer.acknowledge(left[1].tag).await.unwrap();
    wait_for("the publisher is back", async || publisher.is_ready()).await;
    publisher.publish(Route::Events, group(203, 10)).await.unwrap();
    let delivery = next(&mut consumer).await;
    consumer.acknowledge(delivery.tag).await.unwrap();
}

async fn only_one_consumer_is_active(settings: &Settings) {
    let (publisher, mut active) = open(settings).await;
    let mut waiting = queue::open_consumer(settings, None, Route::Events).await.unwrap();
    for number in 300..310 {
        publisher.publish(Route::Events, group(number, 10)).await.unwrap();
    }
    assert_eq!(drain(&mut active, group(309, 0).id).await.len(), 10);
    drop(active);
    let taken_over = drain(&mut waiting, group(309, 0).id).await;
    assert_eq!(taken_over.len(), 10);
    waiting.acknowledge(taken_over[9].tag).await.unwrap();
}

async fn quarantines_message_without_id(settings: &Settings, channel: &Channel) {
    let (publisher, mut consumer) = open(settings).await;
    let options = BasicPublishOptions::default();
    let stray = channel.basic_publish(
        "clickpath".into(),
        "events".into(),
        options,
        b"stray",
        BasicProperties::default(),
    );
    stray.await.unwrap().await.unwrap();
    assert_eq!(get(channel, QUARANTINE).await.data, b"stray");
    publisher.publish(Route::Events, group(500, 10)).await.unwrap();
    let delivery = next(&mut consumer).await;
    assert_eq!(delivery.group.id, group(500, 0).id);
    consumer.acknowledge(delivery.tag).await.unwrap();
}

async fn quarantines_what_is_never_acknowledged(settings: &Settings, channel: &Channel) {
    use futures_util::StreamExt;

    let publisher = queue::open_publisher(settings).await.unwrap();
    publisher.publish(Route::Events, group(600, 10)).await.unwrap();
    let tag = "poisoned";
    let consume = channel.basic_consume(
        EVENTS.into(),
        tag.into(),
        BasicConsumeOptions::default(),
        FieldTable::default(),
    );
    let mut deliveries = consume.await.unwrap();
    for _ in 0..=100 {
        let delivery = deliveries.next().await.unwrap().unwrap();
        let again = BasicNackOptions {
            requeue: true,
            ..BasicNackOptions::default()
        };
        delivery.acker.nack(again).await.unwrap();
    }
    channel
        .basic_cancel(tag.into(), lapin::options::BasicCancelOptions::default())
        .await
        .unwrap();
    let dead = get(channel, QUARANTINE).await;
    assert_eq!(dead.data, group(600, 10).body);
    assert_eq!(
        dead.properties.message_id().clone().unwrap().as_str(),
        group(600, 10).id.to_string()
    );
}

async fn blocks_and_unblocks_with_alarm(settings: &Settings, node: &RabbitMq) {
    let settings = Settings {
        queue_publish_timeout_ms: 500,
        ..settings.clone()
    };
    let (publisher, mut consumer) = open(&settings).await;
    node.control(&["set_vm_memory_high_watermark", "0.00001"]).unwrap();
    // The broker tells a connection at its first publish under the alarm.
    let mut confirmed = Vec::new();
    let refused = loop {
        let number = 700 + confirmed.len() as u64;
        match publisher.publish(Route::Events, group(number, 10)).await {
            Ok(()) => confirmed.push(number),
            Err(refused) if !publisher.is_ready() => break refused,
            Err(PublishError::Timeout { .. }) => {}
            Err(other) => panic!("{other}"),
        }
        assert!(confirmed.len() < 1_000, "the alarm never reached the publisher");
    };
    assert!(refused.is_temporary(), "{refused}");
    let refused = publisher.publish(Route::Events, group(799, 10)).await.unwrap_err();
    assert!(
        matches!(&refused, PublishError::Unavailable { reason, .. } if reason.contains("blocked")),
        "{refused}"
    );
    node.control(&["set_vm_memory_high_watermark", "0.8"]).unwrap();
    wait_for("the publisher is ready again", async || publisher.is_ready()).await;
    publisher.publish(Route::Events, group(799, 10)).await.unwrap();
    // What timed out may have been stored.
    let deliveries = drain(&mut consumer, group(799, 0).id).await;
    let delivered: HashSet<Uuid> = ids(&deliveries).into_iter().collect();
    assert!(confirmed.iter().all(|&number| delivered.contains(&group(number, 0).id)));
    consumer
        .acknowledge(deliveries[deliveries.len() - 1].tag)
        .await
        .unwrap();
}

async fn returned_group_is_a_topology_error(settings: &Settings, admin: &Connection) {
    let publisher = queue::open_publisher(settings).await.unwrap();
    let channel = admin.create_channel().await.unwrap();
    channel
        .queue_delete(EVENTS.into(), QueueDeleteOptions::default())
        .await
        .unwrap();
    let returned = publisher.publish(Route::Events, group(800, 10)).await.unwrap_err();
    assert!(
        matches!(returned, PublishError::Returned { code: 312, .. }),
        "{returned}"
    );
    assert!(!returned.is_temporary());
}

async fn other_arguments_are_a_topology_error(settings: &Settings, admin: &Connection) {
    let channel = admin.create_channel().await.unwrap();
    let declared = channel.queue_declare(
        EVENTS.into(),
        lapin::options::QueueDeclareOptions::default(),
        FieldTable::default(),
    );
    declared.await.unwrap();
    let refused = queue::open_publisher(settings).await.unwrap_err();
    assert!(matches!(refused, OpenError::Topology { name: EVENTS, .. }), "{refused}");
}

pub(crate) async fn start_node() -> RabbitMq {
    // Shown when the test fails.
    tracing_subscriber::fmt().with_test_writer().init();
    RabbitMq::start().await.unwrap()
}

/// The next message of the queue, acknowledged.
async fn get(channel: &Channel, queue: &'static str) -> lapin::message::Delivery {
    let mut got = None;
    wait_for("a message in the queue", async || {
        let options = BasicGetOptions { no_ack: true };
        got = channel.basic_get(queue.into(), options).await.unwrap();
        got.is_some()
    })
    .await;
    got.unwrap().delivery
}
