//! A real node takes seconds to start: stories about one subject share one, and each leaves the queues empty.

mod consumer;
mod entities;
mod half_open;
mod inbox;
mod publisher;

use std::time::Duration;

use lapin::options::{BasicCancelOptions, BasicConsumeOptions, BasicNackOptions, BasicPublishOptions};
use lapin::types::FieldTable;
use lapin::{BasicProperties, Channel, Connection, ConnectionProperties};
use queue::testing::RabbitMq;
use queue::{Consumer, DeadLetter, Delivery};

const EVENTS: &str = "clickpath.events";
const ENTITIES: &str = "clickpath.entities";
const IN: &str = "clickpath.in";
const QUARANTINE: &str = "clickpath.quarantine";

const STORY_LIMIT: Duration = Duration::from_secs(120);

pub(crate) async fn start_node() -> RabbitMq {
    // Shown when the test fails.
    tracing_subscriber::fmt().with_test_writer().init();
    RabbitMq::start().await.unwrap()
}

/// The log of a failed test tells which story it was in, and none waits for ever.
async fn story(name: &'static str, steps: impl Future<Output = ()>) {
    tracing::info!(name, "story");
    let over = tokio::time::timeout(STORY_LIMIT, steps).await;
    over.unwrap_or_else(|_| panic!("{name}: not over after {STORY_LIMIT:?}"));
}

async fn admin(node: &RabbitMq) -> (Connection, Channel) {
    let connection = Connection::connect(&node.url(), ConnectionProperties::default())
        .await
        .unwrap();
    let channel = connection.create_channel().await.unwrap();
    (connection, channel)
}

/// Its bytes are not those of `group`.
async fn next_of_strangers(consumer: &mut Consumer) -> Delivery {
    let next = tokio::time::timeout(Duration::from_secs(30), consumer.next()).await;
    next.expect("a delivery within the limit").unwrap()
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
