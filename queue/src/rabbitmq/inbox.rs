use bytes::Bytes;
use lapin::BasicProperties;

use super::address::Address;
use super::subscription::{Received, Source, Subscription};
use super::topology::IN;
use crate::{ConsumeError, Message, OpenError, Settings, Tag};

/// The raw events of other programs.
#[derive(Debug)]
pub(crate) struct Inbox(Subscription);

impl Inbox {
    pub(crate) fn open(url: &str, settings: &Settings) -> Result<Self, OpenError> {
        Ok(Self(Subscription::open_later(Source {
            address: Address::parse(url)?,
            queue: IN,
            prefetch: settings.queue_inbox_prefetch,
            name: "clickpath inbox",
            takes: |_| true,
        })))
    }

    pub(crate) async fn next(&mut self) -> Result<Message, ConsumeError> {
        Ok(message(self.0.next().await?))
    }

    pub(crate) async fn acknowledge(&mut self, tag: Tag) -> Result<(), ConsumeError> {
        self.0.acknowledge(tag).await
    }
}

fn message(received: Received) -> Message {
    let Received { tag, message, .. } = received;
    let properties = &message.properties;
    Message {
        tag,
        content_type: properties.content_type().as_ref().map(ToString::to_string),
        content_encoding: properties.content_encoding().as_ref().map(ToString::to_string),
        message_id: properties.message_id().as_ref().map(ToString::to_string),
        site: header(properties, "site"),
        sent_at: header(properties, "sent_at"),
        redelivered: message.redelivered,
        body: Bytes::from(message.data),
    }
}

/// Text as it is, whole numbers as digits.
fn header(properties: &BasicProperties, name: &str) -> Option<String> {
    use lapin::types::AMQPValue::{LongInt, LongLongInt, LongString, LongUInt, ShortString, Timestamp};

    match properties.headers().as_ref()?.inner().get(name)? {
        LongString(text) => Some(text.to_string()),
        ShortString(text) => Some(text.to_string()),
        LongInt(number) => Some(number.to_string()),
        LongUInt(number) => Some(number.to_string()),
        LongLongInt(number) => Some(number.to_string()),
        // AMQP's own timestamps are whole seconds.
        Timestamp(seconds) => Some(seconds.saturating_mul(1_000).to_string()),
        _ => None,
    }
}
