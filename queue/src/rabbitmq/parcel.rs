use bytes::Bytes;
use lapin::BasicProperties;
use lapin::types::{AMQPValue, FieldTable};
use uuid::Uuid;

use super::topology::{IN_KEY, content_type, routing_key, schema_version};
use crate::{Group, Outgoing, Route};

const PERSISTENT: u8 = 2;
/// <https://www.w3.org/TR/trace-context-amqp/>
pub(super) const TRACEPARENT: &str = "traceparent";

/// A message as the broker gets it.
#[derive(Debug)]
pub(super) struct Parcel {
    /// The message id, by which a returned message is known.
    pub(super) id: Uuid,
    pub(super) routing_key: &'static str,
    pub(super) body: Bytes,
    pub(super) properties: BasicProperties,
}

impl Parcel {
    pub(super) fn of_group(route: Route, group: Group, traceparent: Option<&str>) -> Self {
        let mut headers = FieldTable::default();
        let version = AMQPValue::ShortShortUInt(schema_version(route));
        headers.insert("schema_version".into(), version);
        if let Some(traceparent) = traceparent {
            headers.insert(TRACEPARENT.into(), AMQPValue::LongString(traceparent.into()));
        }
        Self {
            id: group.id,
            routing_key: routing_key(route, &group),
            properties: properties(group.id, content_type(route), headers),
            body: group.body,
        }
    }

    /// For `clickpath.in`, as docs/events.md asks other programs to send.
    pub(super) fn of_events(events: Outgoing<'_>) -> Self {
        let mut headers = FieldTable::default();
        headers.insert("site".into(), AMQPValue::LongString(events.site.into()));
        if let Some(sent_at) = events.sent_at {
            headers.insert("sent_at".into(), AMQPValue::LongLongInt(sent_at.0));
        }
        Self {
            id: events.id,
            routing_key: IN_KEY,
            properties: properties(events.id, "application/json", headers),
            body: events.body,
        }
    }
}

fn properties(id: Uuid, content_type: &'static str, headers: FieldTable) -> BasicProperties {
    BasicProperties::default()
        .with_content_type(content_type.into())
        .with_delivery_mode(PERSISTENT)
        .with_message_id(id.to_string().into())
        .with_headers(headers)
}
