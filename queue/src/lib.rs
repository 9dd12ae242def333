//! The way from the gateway to the loader: RabbitMQ, or a log on disk, behind one interface.
//!
//! [`open`] gives a [`Publisher`] and a [`Consumer`]. A publish that returned is durable; a delivery that was
//! not acknowledged comes again.

use bytes::Bytes;
use uuid::Uuid;

/// One message: events in the form of [`event::group`].
#[derive(Debug, Clone)]
pub struct Group {
    /// Made by the publisher, UUIDv7; the message id on the broker.
    pub id: Uuid,
    pub body: Bytes,
}

/// A group to be stored and then acknowledged.
#[derive(Debug)]
pub struct Delivery {
    pub tag: Tag,
    pub group: Group,
    /// It was delivered before and not acknowledged.
    pub redelivered: bool,
}

/// Position of a delivery; later deliveries have larger tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(pub u64);

#[derive(Debug, Clone, clap::Args)]
pub struct Settings {
    /// AMQP address of RabbitMQ, for example amqp://clickpath:secret@rabbitmq:5672/%2f. Without it the embedded queue is used.
    #[arg(long, env = "CLICKPATH_AMQP_URL", hide_env_values = true)]
    pub amqp_url: Option<String>,
    /// Folder of the embedded queue.
    #[arg(long, env = "CLICKPATH_QUEUE_DIR", default_value = "data/queue")]
    pub queue_dir: std::path::PathBuf,
}

#[derive(Debug, thiserror::Error)]
pub enum OpenError {}

/// The group is not durable; the caller may send it again.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {}

#[derive(Debug, thiserror::Error)]
pub enum ConsumeError {}

#[derive(Debug, Clone)]
pub struct Publisher {}

#[derive(Debug)]
pub struct Consumer {}

/// Connects to the broker, or opens the folder, and declares what is needed.
pub async fn open_publisher(settings: &Settings) -> Result<Publisher, OpenError> {
    let _ = settings;
    todo!("helper")
}

impl Publisher {
    /// Returns when the group is durable: confirmed by the broker, or fsynced.
    pub async fn publish(&self, group: Group) -> Result<(), PublishError> {
        let _ = group;
        todo!("helper")
    }

    /// Whether a publish would be taken right now, for readiness.
    pub fn is_ready(&self) -> bool {
        todo!("helper")
    }
}

/// The embedded queue has one consumer, in the process of its publisher; RabbitMQ any number, one of them active.
pub async fn open_consumer(settings: &Settings, publisher: Option<&Publisher>) -> Result<Consumer, OpenError> {
    let _ = (settings, publisher);
    todo!("helper")
}

impl Consumer {
    /// The next delivery. Cancel-safe.
    pub async fn next(&mut self) -> Result<Delivery, ConsumeError> {
        todo!("helper")
    }

    /// Acknowledges this delivery and every earlier one.
    pub async fn acknowledge(&mut self, tag: Tag) -> Result<(), ConsumeError> {
        let _ = tag;
        todo!("helper")
    }

    /// Puts the group's bytes aside durably with the reason; the caller acknowledges it afterwards like a stored one.
    pub async fn quarantine(&mut self, group: &Group, reason: &str) -> Result<(), ConsumeError> {
        let _ = (group, reason);
        todo!("helper")
    }
}
