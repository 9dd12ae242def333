use std::borrow::Cow;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Money, Timestamp};

/// One validated event in normal form. Texts borrow from the body they were decoded from.
///
/// An empty text means "not given": every text field of the wire form is optional except `session_id` and `url`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event<'a> {
    /// The idempotency key, made by the client (UUIDv7), or mapped from a UInt64 by [`crate::id`].
    pub id: Uuid,
    #[serde(borrow)]
    pub site: Cow<'a, str>,
    pub event_type: EventType,
    /// When it happened, by the client's clock. Never altered: it is part of the sorting key.
    pub created_at: Timestamp,
    #[serde(borrow)]
    pub session_id: Cow<'a, str>,
    #[serde(borrow)]
    pub user_id: Cow<'a, str>,
    /// Absolute: a relative one was resolved against the site's base URL.
    #[serde(borrow)]
    pub url: Cow<'a, str>,
    #[serde(borrow)]
    pub referrer: Cow<'a, str>,
    /// From the body; only trusted senders may set it, others' is dropped in favour of the request header.
    #[serde(borrow)]
    pub user_agent: Cow<'a, str>,
    /// From the body; only trusted senders may set it.
    pub ip: Option<IpAddr>,
    #[serde(borrow)]
    pub payload: Payload<'a>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum EventType {
    /// An element was seen (half of it for a second), or the page itself (`event_title` is `page_view`).
    View,
    Click,
    /// A back end's event: payment result, delivery.
    Server,
}

impl EventType {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::View => "view",
            Self::Click => "click",
            Self::Server => "server",
        }
    }
}

/// The fields of `payload` that have a column; everything else stays in `rest` as it was sent.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Payload<'a> {
    #[serde(borrow)]
    pub event_title: Cow<'a, str>,
    /// Element id with its `#`, or a stable CSS selector.
    #[serde(borrow)]
    pub element_id: Cow<'a, str>,
    /// Pointer position in the page, CSS pixels from its left edge. Absent for keyboard clicks.
    pub x: Option<i32>,
    /// Pointer position in the page, CSS pixels from its top edge.
    pub y: Option<i32>,
    /// Pointer position inside the element, CSS pixels from its left edge.
    pub element_x: Option<i32>,
    /// Pointer position inside the element, CSS pixels from its top edge.
    pub element_y: Option<i32>,
    /// CSS pixels.
    pub viewport_w: Option<u32>,
    pub viewport_h: Option<u32>,
    pub page_w: Option<u32>,
    pub page_h: Option<u32>,
    #[serde(borrow)]
    pub product_id: Cow<'a, str>,
    #[serde(borrow)]
    pub category: Cow<'a, str>,
    pub price: Option<Money>,
    /// ISO 4217, upper case.
    #[serde(borrow)]
    pub currency: Cow<'a, str>,
    pub quantity: Option<u32>,
    #[serde(borrow)]
    pub order_id: Cow<'a, str>,
    #[serde(borrow)]
    pub status: Cow<'a, str>,
    #[serde(borrow)]
    pub error_code: Cow<'a, str>,
    pub latency_ms: Option<u32>,
    /// The other fields as one JSON object in the order sent, or empty when there is none.
    #[serde(borrow)]
    pub rest: Cow<'a, str>,
}
