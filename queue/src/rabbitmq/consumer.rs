use bytes::Bytes;
use lapin::types::FieldTable;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::address::Address;
use super::parcel::TRACEPARENT;
use super::subscription::{Received, Source, Subscription};
use super::topology::{CONTENT_TYPES, queue_of};
use crate::{ConsumeError, DeadLetter, Delivery, Group, OpenError, Route, Settings, Tag};

/// Groups of one route.
#[derive(Debug)]
pub(crate) struct Consumer {
    subscription: Subscription,
    prefetch: u16,
}

impl Consumer {
    pub(crate) async fn open(url: &str, settings: &Settings, route: Route) -> Result<Self, OpenError> {
        let source = Source {
            address: Address::parse(url)?,
            queue: queue_of(route),
            prefetch: settings.queue_prefetch,
            name: "clickpath consumer",
            takes: match route {
                Route::Events | Route::Entities => |message| own_id(message).is_some(),
                // Nothing dies in quarantine.
                Route::Quarantine => |_| true,
            },
        };
        Ok(Self {
            subscription: Subscription::open(source).await?,
            prefetch: settings.queue_prefetch,
        })
    }

    pub(crate) fn prefetch(&self) -> u16 {
        self.prefetch
    }

    pub(crate) async fn next(&mut self) -> Result<Delivery, ConsumeError> {
        Ok(delivery(self.subscription.next().await?))
    }

    pub(crate) async fn acknowledge(&mut self, tag: Tag) -> Result<(), ConsumeError> {
        self.subscription.acknowledge(tag).await
    }

    pub(crate) async fn backlog(&mut self) -> Result<u64, ConsumeError> {
        self.subscription.backlog().await
    }
}

/// The id of a group that a [`Publisher`](crate::Publisher) published. Strangers' ids need not be of one message only.
fn own_id(message: &lapin::message::Delivery) -> Option<Uuid> {
    let content_type = message.properties.content_type().as_ref()?;
    if !CONTENT_TYPES.contains(&content_type.as_str()) {
        return None;
    }
    Uuid::try_parse(message.properties.message_id().as_ref()?.as_str()).ok()
}

/// A UUIDv8, the same for the same bytes.
fn id_of_bytes(bytes: &[u8]) -> Uuid {
    let digest = Sha256::digest(bytes);
    let mut first = [0; 16];
    first.copy_from_slice(&digest[..16]);
    uuid::Builder::from_custom_bytes(first).into_uuid()
}

fn delivery(received: Received) -> Delivery {
    let Received { tag, epoch, message } = received;
    let id = own_id(&message).unwrap_or_else(|| id_of_bytes(&message.data));
    Delivery {
        tag,
        redelivered: message.redelivered,
        epoch,
        dead_letter: message.properties.headers().as_ref().and_then(dead_letter),
        traceparent: message
            .properties
            .headers()
            .as_ref()
            .and_then(|headers| text(headers, TRACEPARENT)),
        group: Group {
            id,
            body: Bytes::from(message.data),
        },
    }
}

fn dead_letter(headers: &FieldTable) -> Option<DeadLetter> {
    Some(DeadLetter {
        queue: text(headers, "x-first-death-queue")?,
        reason: text(headers, "x-first-death-reason")?,
    })
}

fn text(headers: &FieldTable, name: &str) -> Option<String> {
    let value = headers.inner().get(name)?.as_long_string()?;
    Some(value.to_string())
}
