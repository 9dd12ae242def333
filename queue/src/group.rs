use bytes::Bytes;
use uuid::Uuid;

/// No group's body may be larger: the message size RabbitMQ 4 takes by default.
pub const MAX_GROUP_BYTES: usize = 16 * 1024 * 1024;

/// One message: events in the form of [`event::group`].
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
}

/// Position of a delivery; later deliveries of one [`Consumer`](crate::Consumer) have larger tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(pub u64);
