use bytes::Bytes;
use event::Timestamp;
use uuid::Uuid;

use crate::{OpenError, PublishError, Settings, rabbitmq};

/// The way into the queue `clickpath.in` for programs that send raw JSON events by AMQP. Cheap to clone; clones share a connection.
#[derive(Debug, Clone)]
pub struct Outbox(rabbitmq::Publisher);

/// Raw events on their way in, as docs/events.md describes the message.
#[derive(Debug, Clone)]
pub struct Outgoing<'a> {
    /// The message id: no two messages on their way have the same.
    pub id: Uuid,
    /// JSON: one event or an array of them.
    pub body: Bytes,
    /// The site of events that name none.
    pub site: &'a str,
    /// The sender's clock.
    pub sent_at: Option<Timestamp>,
}

/// Connects, and declares the exchange and its queues; a broker that is away is an error. A lost connection is made again.
pub async fn open_outbox(settings: &Settings) -> Result<Outbox, OpenError> {
    let url = settings.amqp_url.as_ref().ok_or(OpenError::NoInbox)?;
    Ok(Outbox(rabbitmq::Publisher::open(url, settings, false).await?))
}

impl Outbox {
    /// Returns when RabbitMQ has confirmed the message: it is persistent, and was put into the queue (`mandatory`). Publishes
    /// that run at the same time share the wait for their confirms, and are stored in the order in which they were begun.
    /// After an error the message may be stored all the same.
    pub async fn publish(&self, events: Outgoing<'_>) -> Result<(), PublishError> {
        self.0.publish_events(events).await
    }
}
