//! Entities on the broker: the loader gets all of them, anybody else the streams whose keys they bind a queue to.

use std::time::Duration;

use event::Timestamp;
use event::entity::{self, Entity, Stream};
use lapin::options::{BasicGetOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::FieldTable;
use lapin::{BasicProperties, Channel};
use queue::{Group, Route, Settings};
use uuid::Uuid;

use super::{ENTITIES, admin, dead_letter, give_back_until_dead, next_of_strangers, send, start_node, story};
use crate::support::wait_for;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn entities_keep_promises() {
    let node = start_node().await;
    let settings = Settings::rabbitmq(node.url());
    // Declares.
    drop(queue::open_publisher(&settings).await.unwrap());
    let (_admin, channel) = admin(&node).await;
    story("streams", foreign_queues_see_their_streams(&settings, &channel)).await;
    story("strangers", quarantines_what_is_no_group(&settings, &channel)).await;
    story(
        "never acknowledged",
        quarantines_what_kills_its_reader(&settings, &channel),
    )
    .await;
    story("one loader", one_loader_at_a_time(&settings)).await;
}

fn entity(stream: Stream) -> Entity<'static> {
    Entity {
        site: "shop".into(),
        stream,
        key: "1".into(),
        version: Timestamp(1),
        digest: [1; 16],
        email_hash: "".into(),
        phone_hash: "".into(),
        received_at: Timestamp(1),
        payload: "{}".into(),
    }
}

fn group(id: u128, streams: &[Stream]) -> Group {
    let mut bytes = Vec::new();
    for stream in streams {
        entity::append(&entity(*stream), &mut bytes).unwrap();
    }
    Group {
        id: Uuid::from_u128(id),
        body: entity::seal(&bytes).into(),
    }
}

async fn bound(channel: &Channel, name: &'static str, key: &str) {
    let exclusive = QueueDeclareOptions {
        exclusive: true,
        ..QueueDeclareOptions::default()
    };
    channel
        .queue_declare(name.into(), exclusive, FieldTable::default())
        .await
        .unwrap();
    let options = QueueBindOptions::default();
    let bound = channel.queue_bind(
        name.into(),
        "clickpath".into(),
        key.into(),
        options,
        FieldTable::default(),
    );
    bound.await.unwrap();
}

/// Message id and routing key of all that is in the queue.
async fn taken(channel: &Channel, name: &'static str) -> Vec<(u128, String)> {
    let mut taken = Vec::new();
    let options = BasicGetOptions { no_ack: true };
    while let Some(message) = channel.basic_get(name.into(), options).await.unwrap() {
        let id = message.properties.message_id().clone().unwrap();
        let id = Uuid::try_parse(id.as_str()).unwrap();
        taken.push((id.as_u128(), message.routing_key.to_string()));
    }
    taken
}

async fn foreign_queues_see_their_streams(settings: &Settings, channel: &Channel) {
    bound(channel, "theirs.products", "entities.products").await;
    bound(channel, "theirs.all", "entities.*").await;
    let publisher = queue::open_publisher(settings).await.unwrap();
    for (stream, id) in Stream::ALL.into_iter().zip(1..) {
        publisher
            .publish(Route::Entities, group(id, &[stream; 2]))
            .await
            .unwrap();
    }
    let mixed = group(6, &[Stream::Products, Stream::Customers]);
    publisher.publish(Route::Entities, mixed.clone()).await.unwrap();
    // The publish was confirmed, so every bound queue has it.
    assert_eq!(
        taken(channel, "theirs.products").await,
        [(2, "entities.products".to_owned())]
    );
    let keys = ["stores", "products", "customers", "purchases", "users", "none"];
    let expect: Vec<_> = (1..).zip(keys.map(|key| format!("entities.{key}"))).collect();
    assert_eq!(taken(channel, "theirs.all").await, expect);

    let mut consumer = queue::open_consumer(settings, Some(&publisher), Route::Entities)
        .await
        .unwrap();
    for id in 1..=6 {
        let delivery = next_of_strangers(&mut consumer).await;
        assert_eq!((delivery.group.id.as_u128(), delivery.dead_letter), (id, None));
        if id == 6 {
            assert_eq!(delivery.group, mixed, "the loader has what nobody else may have");
            consumer.acknowledge(delivery.tag).await.unwrap();
        }
    }
    assert_eq!(consumer.backlog().await.unwrap(), 0);
}

async fn quarantines_what_is_no_group(settings: &Settings, channel: &Channel) {
    let consumer = queue::open_consumer(settings, None, Route::Entities).await.unwrap();
    send(channel, "entities.stores", b"{}", BasicProperties::default()).await;
    let mut quarantine = queue::open_consumer(settings, None, Route::Quarantine).await.unwrap();
    let stray = next_of_strangers(&mut quarantine).await;
    assert_eq!(stray.group.body, "{}");
    assert_eq!(stray.dead_letter, Some(dead_letter(ENTITIES, "rejected")));
    quarantine.acknowledge(stray.tag).await.unwrap();
    drop(consumer);
}

async fn quarantines_what_kills_its_reader(settings: &Settings, channel: &Channel) {
    let publisher = queue::open_publisher(settings).await.unwrap();
    publisher
        .publish(Route::Entities, group(7, &[Stream::Users]))
        .await
        .unwrap();
    give_back_until_dead(channel, ENTITIES).await;
    let mut quarantine = queue::open_consumer(settings, None, Route::Quarantine).await.unwrap();
    let dead = next_of_strangers(&mut quarantine).await;
    assert_eq!(dead.group, group(7, &[Stream::Users]));
    assert_eq!(dead.dead_letter, Some(dead_letter(ENTITIES, "delivery_limit")));
    quarantine.acknowledge(dead.tag).await.unwrap();
}

async fn one_loader_at_a_time(settings: &Settings) {
    let publisher = queue::open_publisher(settings).await.unwrap();
    let mut first = queue::open_consumer(settings, None, Route::Entities).await.unwrap();
    let mut second = queue::open_consumer(settings, None, Route::Entities).await.unwrap();
    for id in 8..18 {
        publisher
            .publish(Route::Entities, group(id, &[Stream::Stores]))
            .await
            .unwrap();
    }
    for id in 8..18 {
        assert_eq!(next_of_strangers(&mut first).await.group.id.as_u128(), id);
    }
    let nothing = tokio::time::timeout(Duration::from_millis(200), second.next()).await;
    assert!(nothing.is_err(), "{nothing:?}");
    drop(first);
    wait_for("the second's turn", async || {
        let next = tokio::time::timeout(Duration::from_secs(10), second.next()).await;
        let delivery = next.unwrap().unwrap();
        second.acknowledge(delivery.tag).await.unwrap();
        delivery.group.id.as_u128() == 17
    })
    .await;
}
