//! Scenarios share a node, which takes seconds to start: one test, many stories, each leaves the queues empty.

use std::collections::HashSet;
use std::time::Duration;

use lapin::options::{
    BasicCancelOptions, BasicConsumeOptions, BasicNackOptions, BasicPublishOptions, QueueDeleteOptions,
    QueuePurgeOptions,
};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, Channel, Connection, ConnectionProperties};
use queue::testing::{Network, Proxy, RabbitMq};
use queue::{ConsumeError, Consumer, DeadLetter, Delivery, Inbox, Message, OpenError, PublishError, Route, Settings};
use uuid::Uuid;

use crate::support::{drain, group, ids, next, open, wait_for};

const EVENTS: &str = "clickpath.events";
const IN: &str = "clickpath.in";
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
    second_consumer_takes_over(&settings, &node).await;
    let admin = Connection::connect(&node.url(), ConnectionProperties::default())
        .await
        .unwrap();
    let channel = admin.create_channel().await.unwrap();
    backlog_counts_what_was_not_handed_out(&settings).await;
    quarantines_what_is_no_group(&settings, &channel).await;
    quarantines_what_is_never_acknowledged(&settings, &channel).await;
    inbox_hands_out_other_programs_messages(&settings, &channel, &node).await;
    inbox_messages_that_are_never_acknowledged_go_to_quarantine(&settings, &channel).await;
    blocks_and_unblocks_with_alarm(&settings, &node).await;
    returned_group_is_a_topology_error(&settings, &admin).await;
    returns_are_told_to_those_they_concern(&settings, &admin).await;
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

async fn second_consumer_takes_over(settings: &Settings, node: &RabbitMq) {
    let publisher = queue::open_publisher(settings).await.unwrap();
    let proxy = Proxy::start([node.address()]).await.unwrap();
    let behind = Settings::rabbitmq(format!("amqp://guest:guest@{}/%2f", proxy.address()));
    let mut first = queue::open_consumer(&behind, None, Route::Events).await.unwrap();
    let mut second = queue::open_consumer(settings, None, Route::Events).await.unwrap();
    for number in 300..310 {
        publisher.publish(Route::Events, group(number, 10)).await.unwrap();
    }
    let handed_out = drain(&mut first, group(309, 0).id).await;
    assert_eq!(handed_out.len(), 10);
    first.acknowledge(handed_out[3].tag).await.unwrap();
    // The second waits, and cannot tell that nobody has the groups that left the queue.
    let unknown = second.backlog().await.unwrap_err();
    assert!(matches!(unknown, ConsumeError::Unavailable { .. }), "{unknown}");
    proxy.set(Network::Down);
    let taken_over = drain(&mut second, group(309, 0).id).await;
    assert_eq!(ids(&taken_over), ids(&handed_out[4..]));
    assert!(taken_over.iter().all(|delivery| delivery.redelivered));
    second.acknowledge(taken_over[2].tag).await.unwrap();

    proxy.set(Network::Up);
    wait_for("the first waits now", async || {
        let consumers = node.control(&["list_consumers", "--no-table-headers"]).unwrap();
        consumers.matches("clickpath.events").count() == 2
    })
    .await;
    drop(second);
    let back = drain(&mut first, group(309, 0).id).await;
    assert_eq!(ids(&back), ids(&handed_out[7..]));
    assert!(back[0].epoch > handed_out[9].epoch, "another had deliveries in between");
    first.acknowledge(back[2].tag).await.unwrap();
}

async fn backlog_counts_what_was_not_handed_out(settings: &Settings) {
    let publisher = queue::open_publisher(settings).await.unwrap();
    for number in 400..410 {
        publisher.publish(Route::Events, group(number, 10)).await.unwrap();
    }
    // Some are with the broker, some on this side.
    let settings = Settings {
        queue_prefetch: 4,
        ..settings.clone()
    };
    let mut consumer = queue::open_consumer(&settings, Some(&publisher), Route::Events)
        .await
        .unwrap();
    for handed_out in 1..=10 {
        let delivery = next(&mut consumer).await;
        let backlog = consumer.backlog().await.unwrap();
        // What is on its way meanwhile counts twice.
        assert!(
            (10 - handed_out..=14).contains(&backlog),
            "{backlog} after {handed_out}"
        );
        assert_eq!(backlog == 0, handed_out == 10);
        consumer.acknowledge(delivery.tag).await.unwrap();
    }
}

async fn quarantines_what_is_no_group(settings: &Settings, channel: &Channel) {
    let (publisher, mut consumer) = open(settings).await;
    // An id of another program may stand on many messages.
    let other = BasicProperties::default().with_message_id(group(500, 0).id.to_string().into());
    for (body, properties) in [("stray", BasicProperties::default()), ("other", other)] {
        send(channel, "events", body.as_bytes(), properties).await;
    }
    publisher.publish(Route::Events, group(500, 10)).await.unwrap();
    let delivery = next(&mut consumer).await;
    assert_eq!(delivery.group.id, group(500, 0).id);
    assert_eq!(delivery.dead_letter, None);
    consumer.acknowledge(delivery.tag).await.unwrap();

    let mut quarantine = queue::open_consumer(settings, None, Route::Quarantine).await.unwrap();
    let stray = next_of_strangers(&mut quarantine).await;
    assert_eq!(stray.group.body, "stray");
    assert_eq!(
        stray.group.id,
        Uuid::from_u128(0xe224_ddc6_b55a_88b2_a884_04a0_b6cb_2617),
        "made from the bytes"
    );
    assert_eq!(stray.dead_letter, Some(dead_letter(EVENTS, "rejected")));
    let other = next_of_strangers(&mut quarantine).await;
    assert_eq!(other.group.body, "other");
    assert_ne!(other.group.id, group(500, 0).id);
    quarantine.acknowledge(other.tag).await.unwrap();
    publisher.publish(Route::Quarantine, group(501, 10)).await.unwrap();
    let record = next(&mut quarantine).await;
    assert_eq!((&record.group, record.dead_letter), (&group(501, 10), None));
    quarantine.acknowledge(record.tag).await.unwrap();
}

async fn quarantines_what_is_never_acknowledged(settings: &Settings, channel: &Channel) {
    let publisher = queue::open_publisher(settings).await.unwrap();
    publisher.publish(Route::Events, group(600, 10)).await.unwrap();
    give_back_until_dead(channel, EVENTS).await;
    let mut quarantine = queue::open_consumer(settings, None, Route::Quarantine).await.unwrap();
    let dead = next(&mut quarantine).await;
    assert_eq!(dead.group, group(600, 10));
    assert_eq!(dead.dead_letter, Some(dead_letter(EVENTS, "delivery_limit")));
    quarantine.acknowledge(dead.tag).await.unwrap();
}

async fn inbox_hands_out_other_programs_messages(settings: &Settings, channel: &Channel, node: &RabbitMq) {
    let proxy = Proxy::start([node.address()]).await.unwrap();
    proxy.set(Network::Down);
    let settings = Settings {
        amqp_url: Some(format!("amqp://guest:guest@{}/%2f", proxy.address())),
        queue_inbox_prefetch: 3,
        ..settings.clone()
    };
    let mut inbox = queue::open_inbox(&settings)
        .await
        .expect("a broker that is away is waited for");
    proxy.set(Network::Up);
    let mut headers = FieldTable::default();
    headers.insert("site".into(), AMQPValue::LongString("shop".into()));
    headers.insert("sent_at".into(), AMQPValue::LongLongInt(1_795_341_600_123));
    let full = BasicProperties::default()
        .with_content_type("application/json".into())
        .with_content_encoding("gzip".into())
        .with_message_id("order-7".into())
        .with_headers(headers);
    send(channel, "in", b"one", full).await;
    for body in ["two", "three", "four", "five"] {
        send(channel, "in", body.as_bytes(), BasicProperties::default()).await;
    }
    let one = next_message(&mut inbox).await;
    let expected = Message {
        tag: one.tag,
        body: "one".into(),
        content_type: Some("application/json".to_owned()),
        content_encoding: Some("gzip".to_owned()),
        message_id: Some("order-7".to_owned()),
        site: Some("shop".to_owned()),
        sent_at: Some("1795341600123".to_owned()),
        redelivered: false,
    };
    assert_eq!(one, expected);
    let two = next_message(&mut inbox).await;
    let bare = Message {
        tag: two.tag,
        body: "two".into(),
        content_type: None,
        content_encoding: None,
        message_id: None,
        site: None,
        sent_at: None,
        redelivered: false,
    };
    assert_eq!(two, bare);
    assert_eq!(next_message(&mut inbox).await.body, "three");
    // The prefetch is used up.
    assert!(
        tokio::time::timeout(Duration::from_millis(50), inbox.next())
            .await
            .is_err()
    );
    inbox.acknowledge(two.tag).await.unwrap();
    assert_eq!(next_message(&mut inbox).await.body, "four");
    proxy.set(Network::Down);
    let subscribed = || node.control(&["list_consumers"]).unwrap().contains(IN);
    wait_for("the connection is cut", async || !subscribed()).await;
    proxy.set(Network::Up);
    wait_for("the inbox is back", async || subscribed()).await;
    let mut again = HashSet::new();
    wait_for("the inbox is empty", async || {
        while let Ok(message) = tokio::time::timeout(Duration::from_millis(50), inbox.next()).await {
            let Message {
                tag, body, redelivered, ..
            } = message.unwrap();
            again.extend(redelivered.then_some(body));
            inbox.acknowledge(tag).await.unwrap();
        }
        let queues = node
            .control(&["list_queues", "--no-table-headers", "name", "messages"])
            .unwrap();
        queues.contains("clickpath.in\t0")
    })
    .await;
    assert!(
        again.contains("three".as_bytes()) && again.contains("four".as_bytes()),
        "{again:?}"
    );
    let refused = queue::open_inbox(&Settings::embedded("unused")).await.unwrap_err();
    assert!(matches!(refused, OpenError::NoInbox), "{refused}");
}

async fn inbox_messages_that_are_never_acknowledged_go_to_quarantine(settings: &Settings, channel: &Channel) {
    send(channel, "in", b"poison", BasicProperties::default()).await;
    give_back_until_dead(channel, IN).await;
    let mut quarantine = queue::open_consumer(settings, None, Route::Quarantine).await.unwrap();
    let dead = next_of_strangers(&mut quarantine).await;
    assert_eq!(dead.group.body, "poison");
    assert_eq!(dead.dead_letter, Some(dead_letter(IN, "delivery_limit")));
    quarantine.acknowledge(dead.tag).await.unwrap();
}

/// Its bytes are not those of `group`.
async fn next_of_strangers(consumer: &mut Consumer) -> Delivery {
    let next = tokio::time::timeout(Duration::from_secs(30), consumer.next()).await;
    next.expect("a delivery within the limit").unwrap()
}

async fn next_message(inbox: &mut Inbox) -> Message {
    let next = tokio::time::timeout(Duration::from_secs(30), inbox.next()).await;
    next.expect("a message within the limit").unwrap()
}

fn dead_letter(queue: &str, reason: &str) -> DeadLetter {
    DeadLetter {
        queue: queue.to_owned(),
        reason: reason.to_owned(),
    }
}

async fn send(channel: &Channel, key: &'static str, body: &[u8], properties: BasicProperties) {
    let options = BasicPublishOptions::default();
    let sent = channel.basic_publish("clickpath".into(), key.into(), options, body, properties);
    sent.await.unwrap().await.unwrap();
}

/// Takes the one message of the queue and gives it back, as often as the queue allows.
async fn give_back_until_dead(channel: &Channel, queue: &'static str) {
    use futures_util::StreamExt;

    let consume = channel.basic_consume(
        queue.into(),
        "".into(),
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
    let cancelled = channel.basic_cancel(deliveries.tag(), BasicCancelOptions::default());
    cancelled.await.unwrap();
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

/// The broker acknowledges several publishes at once, returned ones among stored ones.
async fn returns_are_told_to_those_they_concern(settings: &Settings, admin: &Connection) {
    let publisher = queue::open_publisher(settings).await.unwrap();
    let channel = admin.create_channel().await.unwrap();
    channel
        .queue_delete(EVENTS.into(), QueueDeleteOptions::default())
        .await
        .unwrap();
    let publishes: Vec<_> = (0..200)
        .map(|number| {
            let publisher = publisher.clone();
            let route = [Route::Events, Route::Quarantine][number as usize % 2];
            tokio::spawn(async move { (route, publisher.publish(route, group(900 + number, 10)).await) })
        })
        .collect();
    for publish in publishes {
        match publish.await.unwrap() {
            (Route::Events, Err(PublishError::Returned { .. })) | (Route::Quarantine, Ok(())) => {}
            (route, told) => panic!("{route:?} was told {told:?}"),
        }
    }
    channel
        .queue_purge(QUARANTINE.into(), QueuePurgeOptions::default())
        .await
        .unwrap();
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
