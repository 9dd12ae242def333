//! Single events: those of some sessions in their order, and those that arrived last.

use std::collections::BTreeMap;

use hashbrown::HashMap;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::occurrence::{Deed, Line, Occurrence, Title};

/// As many sessions are followed event by event: the first that come.
const FOLLOWED: usize = 20;
/// As many of the last arrivals are listed.
const LISTED: usize = 100;

/// The events of one session, a back end's too, in their order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Journey {
    pub session_id: String,
    pub events: Vec<Moment>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    pub id: String,
    /// Milliseconds since 1970.
    pub at_ms: i64,
    /// Since the event before it in the session.
    pub after_ms: Option<u64>,
    #[serde(rename = "type")]
    pub event_type: String,
    pub event_title: Title,
    pub element_id: String,
    pub path: String,
    pub product_id: String,
    pub category: String,
    pub status: String,
    pub error_code: String,
    pub latency_ms: Option<u32>,
}

/// An event and its last arrival; each arrives as soon as it is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arrived {
    pub id: String,
    /// Milliseconds since 1970.
    pub received_ms: i64,
    pub at_ms: i64,
    #[serde(rename = "type")]
    pub event_type: String,
    pub event_title: Title,
    pub element_id: String,
    pub path: String,
    pub session_id: String,
    pub x: Option<u32>,
    pub y: Option<u32>,
    pub device_type: String,
    pub browser: String,
    pub country: String,
    pub is_bot: bool,
}

#[derive(Debug, Default)]
pub(super) struct Counting {
    followed: Vec<(Uuid, Vec<Occurrence>)>,
    /// Of all that was sent so far.
    newest_ms: i64,
    arrived: BTreeMap<(i64, Uuid), Occurrence>,
    received: HashMap<Uuid, i64>,
}

impl Counting {
    pub(super) fn observe(&mut self, occurrence: &Occurrence) {
        let session_id = occurrence.session_id;
        let has_room = self.followed.len() < FOLLOWED;
        match self.followed.iter_mut().find(|(id, _)| *id == session_id) {
            Some((_, events)) => events.push(*occurrence),
            None if has_room => self.followed.push((session_id, vec![*occurrence])),
            None => {}
        }
    }

    /// What does not count moves the clock all the same.
    pub(super) fn sent(&mut self, occurrence: &Occurrence, counts: bool) {
        self.newest_ms = self.newest_ms.max(occurrence.at.0);
        if !counts {
            return;
        }
        if let Some(before) = self.received.insert(occurrence.id, self.newest_ms) {
            self.arrived.remove(&(before, occurrence.id));
        }
        self.arrived.insert((self.newest_ms, occurrence.id), *occurrence);
        if self.arrived.len() > LISTED
            && let Some(((_, id), _)) = self.arrived.pop_first()
        {
            self.received.remove(&id);
        }
    }

    pub(super) fn finish(self) -> (Vec<Journey>, Vec<Arrived>) {
        let journeys = self.followed.into_iter().map(|(id, events)| journey(id, events));
        let arrived = self.arrived.into_iter().rev();
        let arrived = arrived.map(|((received_ms, _), occurrence)| arrival(&occurrence, received_ms));
        (journeys.collect(), arrived.collect())
    }
}

fn journey(session_id: Uuid, mut events: Vec<Occurrence>) -> Journey {
    events.sort_unstable_by_key(|event| (event.at.0, event.id));
    let mut before = None;
    let events = events.iter().map(|event| {
        let at_ms = event.at.0;
        let after_ms = before.replace(at_ms).map(|before: i64| (at_ms - before).unsigned_abs());
        moment(event, after_ms)
    });
    Journey {
        session_id: session_id.to_string(),
        events: events.collect(),
    }
}

fn moment(occurrence: &Occurrence, after_ms: Option<u64>) -> Moment {
    let deed = &occurrence.deed;
    let product = line(deed).map(|line| line.product);
    let (status, error_code) = result(deed);
    Moment {
        id: occurrence.id.to_string(),
        at_ms: occurrence.at.0,
        after_ms,
        event_type: deed.event_type().as_str().to_owned(),
        event_title: deed.title(),
        element_id: element(deed).to_owned(),
        path: occurrence.address.page.path().to_owned(),
        product_id: product.map_or("", |product| product.id).to_owned(),
        category: product.map_or("", |product| product.category).to_owned(),
        status: status.to_owned(),
        error_code: error_code.to_owned(),
        latency_ms: match *deed {
            Deed::PageView { latency_ms } | Deed::PaymentAttempt { latency_ms, .. } => Some(latency_ms),
            _ => None,
        },
    }
}

fn arrival(occurrence: &Occurrence, received_ms: i64) -> Arrived {
    let (deed, visitor) = (&occurrence.deed, &occurrence.visitor);
    let point = match *deed {
        Deed::Click { point, .. } => point,
        _ => None,
    };
    Arrived {
        id: occurrence.id.to_string(),
        received_ms,
        at_ms: occurrence.at.0,
        event_type: deed.event_type().as_str().to_owned(),
        event_title: deed.title(),
        element_id: element(deed).to_owned(),
        path: occurrence.address.page.path().to_owned(),
        session_id: occurrence.session_id.to_string(),
        x: point.map(|point| point.x),
        y: point.map(|point| point.y),
        device_type: visitor.agent.device_type.as_str().to_owned(),
        browser: visitor.agent.browser.to_owned(),
        country: visitor.place.country.to_owned(),
        is_bot: visitor.is_bot(),
    }
}

fn element(deed: &Deed) -> &'static str {
    match *deed {
        Deed::ElementView { element, .. } | Deed::Click { element, .. } => element,
        _ => "",
    }
}

fn line(deed: &Deed) -> Option<&Line> {
    match deed {
        Deed::ProductView(line) | Deed::AddToCart(line) | Deed::RemoveFromCart(line) => Some(line),
        Deed::OrderCreated { line, .. }
        | Deed::OrderPaid { line, .. }
        | Deed::OrderDelivered { line, .. }
        | Deed::OrderCancelled { line, .. } => Some(line),
        _ => None,
    }
}

/// Status and code.
fn result(deed: &Deed) -> (&'static str, &'static str) {
    match *deed {
        Deed::PaymentAttempt { error: Some(code), .. } => ("error", code),
        Deed::PaymentAttempt { error: None, .. } | Deed::OrderPaid { .. } | Deed::OrderDelivered { .. } => ("ok", ""),
        Deed::OrderCancelled { reason, .. } => ("", reason),
        _ => ("", ""),
    }
}
