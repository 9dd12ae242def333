use lapin::{BasicProperties, Channel};
use queue::testing::{Network, Proxy, RabbitMq};
use queue::{ConsumeError, Route, Settings};
use uuid::Uuid;

use super::{EVENTS, admin, dead_letter, give_back_until_dead, next_of_strangers, send, start_node, story};
use crate::support::{drain, group, ids, next, open, wait_for};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn consumer_keeps_promises() {
    let node = start_node().await;
    let settings = Settings::rabbitmq(node.url());
    story("acknowledges in blocks", acknowledges_in_blocks(&settings)).await;
    story(
        "dropped consumer",
        delivers_again_what_a_dropped_consumer_left(&settings),
    )
    .await;
    story("lost connection", ignores_tags_of_lost_connection(&settings, &node)).await;
    story("second consumer", second_consumer_takes_over(&settings, &node)).await;
    story("backlog", backlog_counts_what_was_not_handed_out(&settings)).await;
    let (_admin, channel) = admin(&node).await;
    story("no group", quarantines_what_is_no_group(&settings, &channel)).await;
    story(
        "never acknowledged",
        quarantines_what_is_never_acknowledged(&settings, &channel),
    )
    .await;
}

async fn acknowledges_in_blocks(settings: &Settings) {
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
    assert!(matches!(unknown, ConsumeError::Elsewhere { .. }), "{unknown}");
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
    // The proxy ends with this story, and cuts what is still on its way.
    wait_for("the queue is empty", async || {
        let queues = node
            .control(&["list_queues", "--no-table-headers", "name", "messages"])
            .unwrap();
        queues.contains("clickpath.events\t0")
    })
    .await;
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
        assert_eq!(delivery.group.id, group(399 + handed_out, 0).id);
        let backlog = consumer.backlog().await.unwrap();
        // What is on its way meanwhile counts twice.
        assert!(
            (10 - handed_out..=14).contains(&backlog),
            "{backlog} after {handed_out}"
        );
        assert_eq!(backlog == 0, handed_out == 10);
        consumer.acknowledge(delivery.tag).await.unwrap();
    }
    // Between the broker and here none is missed, wherever it is.
    drop(consumer);
    let settings = Settings {
        queue_prefetch: 500,
        ..settings
    };
    let mut consumer = queue::open_consumer(&settings, None, Route::Events).await.unwrap();
    publisher.publish(Route::Events, group(410, 10)).await.unwrap();
    next(&mut consumer).await;
    for waiting in 1..=200 {
        publisher
            .publish(Route::Events, group(410 + waiting, 10))
            .await
            .unwrap();
        let backlog = consumer.backlog().await.unwrap();
        assert!(backlog >= waiting, "{backlog} of {waiting}");
    }
    let deliveries = drain(&mut consumer, group(610, 0).id).await;
    consumer.acknowledge(deliveries[199].tag).await.unwrap();
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
