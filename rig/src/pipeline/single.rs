//! The reference of group commit: each event a message of its own, published into a quorum queue of the same broker.

use std::time::Duration;

use lapin::options::{BasicPublishOptions, ConfirmSelectOptions, QueueDeclareOptions, QueueDeleteOptions};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, Channel, Confirmation, Connection, ConnectionProperties};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::meter::{Parts, Usage};

const QUEUE: &str = "clickpath.reference";
const PERSISTENT: u8 = 2;
/// Of an event in the queue's form.
const BODY: [u8; 285] = [b'e'; 285];

/// So many publishers at once, each waiting for its confirm. Returns messages and CPU.
pub(super) async fn publish(
    broker: &str,
    publishers: usize,
    time: Duration,
    parts: &Parts,
) -> anyhow::Result<(u64, Usage)> {
    let url = format!("amqp://guest:guest@{broker}/%2f");
    let connection = Connection::connect(&url, ConnectionProperties::default()).await?;
    let channel = connection.create_channel().await?;
    channel.confirm_select(ConfirmSelectOptions::default()).await?;
    let mut arguments = FieldTable::default();
    arguments.insert("x-queue-type".into(), AMQPValue::LongString("quorum".into()));
    let durable = QueueDeclareOptions {
        durable: true,
        ..QueueDeclareOptions::default()
    };
    channel.queue_declare(QUEUE.into(), durable, arguments).await?;
    let before = parts.snapshot()?;
    let end = Instant::now() + time;
    let mut running = JoinSet::new();
    for _ in 0..publishers {
        running.spawn(publish_until(end, channel.clone()));
    }
    let mut messages = 0;
    while let Some(published) = running.join_next().await {
        messages += published??;
    }
    let usage = parts.snapshot()?.since(&before);
    channel
        .queue_delete(QUEUE.into(), QueueDeleteOptions::default())
        .await?;
    connection.close(0, "done".into()).await?;
    Ok((messages, usage))
}

async fn publish_until(end: Instant, channel: Channel) -> anyhow::Result<u64> {
    let mut messages = 0;
    while Instant::now() < end {
        let properties = BasicProperties::default().with_delivery_mode(PERSISTENT);
        let options = BasicPublishOptions::default();
        let sent = channel.basic_publish("".into(), QUEUE.into(), options, &BODY, properties);
        let confirmed = sent.await?.await?;
        anyhow::ensure!(matches!(confirmed, Confirmation::Ack(_)), "{confirmed:?}");
        messages += 1;
    }
    Ok(messages)
}
