use bytes::Bytes;

use crate::{ConsumeError, OpenError, Settings, Tag, rabbitmq};

/// The queue `clickpath.in`: raw JSON events that other programs publish to the exchange `clickpath` with the routing
/// key `in`, as `docs/events.md` describes.
#[derive(Debug)]
pub struct Inbox(rabbitmq::Inbox);

/// Bytes of a stranger, to be read as a request's body is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    pub tag: Tag,
    pub body: Bytes,
    pub content_type: Option<String>,
    pub content_encoding: Option<String>,
    pub message_id: Option<String>,
    /// The header `site`.
    pub site: Option<String>,
    /// The header `sent_at`: RFC 3339, or milliseconds since 1970.
    pub sent_at: Option<String>,
    /// It may have been delivered before and was not acknowledged.
    pub redelivered: bool,
}

/// Connects in the background: a broker that is away is no error. Any number of processes may share the inbox.
pub async fn open_inbox(settings: &Settings) -> Result<Inbox, OpenError> {
    let url = settings.amqp_url.as_ref().ok_or(OpenError::NoInbox)?;
    Ok(Inbox(rabbitmq::Inbox::open(url, settings)?))
}

impl Inbox {
    /// The next message. Cancel-safe. Waits through a lost connection.
    pub async fn next(&mut self) -> Result<Message, ConsumeError> {
        self.0.next().await
    }

    /// Acknowledges this message and every earlier one. What was not acknowledged comes again; after a hundred
    /// deliveries the broker moves it to quarantine.
    pub async fn acknowledge(&mut self, tag: Tag) -> Result<(), ConsumeError> {
        self.0.acknowledge(tag).await
    }
}
