use bytes::Bytes;
use uuid::Uuid;

/// No group's body may be larger: the message size RabbitMQ 4 takes by default.
pub const MAX_GROUP_BYTES: usize = 16 * 1024 * 1024;

/// Where a group goes: a queue on the broker, a log on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Route {
    /// `clickpath.events`: accepted events in the form of [`event::group`].
    Events,
    /// `clickpath.quarantine`: refused events in the form of [`event::quarantine`].
    Quarantine,
    /// `clickpath.entities`: things of one stream in the form of [`event::entity`], with the routing key `entities.<stream>`.
    Entities,
}

/// One message: events, quarantine records or entities in the form of their [`Route`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Made by the publisher, UUIDv7; the message id on the broker.
    pub id: Uuid,
    pub body: Bytes,
}

/// A group to be stored and then acknowledged.
#[derive(Debug, Clone)]
pub struct Delivery {
    pub tag: Tag,
    pub group: Group,
    /// It may have been delivered before and was not acknowledged. Never `false` for a second delivery; the embedded queue
    /// says `true` for all that was waiting when it was opened.
    pub redelivered: bool,
    /// Grows when another consumer may have had deliveries in between; always 0 from the embedded queue.
    pub epoch: u64,
    /// How the broker came to put it into quarantine; `None` for what was published there.
    pub dead_letter: Option<DeadLetter>,
    /// The header `traceparent` of RabbitMQ's message, as its publisher gave it; the embedded queue and the spool keep none.
    pub traceparent: Option<String>,
}

/// Why a message left its queue without being acknowledged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// The queue it died in first, for example `clickpath.in`.
    pub queue: String,
    /// The broker's word for it: `delivery_limit`, `rejected`, `expired` or `maxlen`.
    pub reason: String,
}

/// Position of a delivery; later deliveries of one [`Consumer`](crate::Consumer) have larger tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(pub u64);
