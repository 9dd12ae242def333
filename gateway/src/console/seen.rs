use std::borrow::Cow;

use event::{EnrichedEvent, Refusal, decode, group};
use serde_json::{Map, Value, json};

use super::arrival::{Arrival, CameTo};
use super::ring::Numbered;
use crate::quarantine::Door;

/// Of a text that is shown; an accepted event has no more, a body that could not be read may.
const SHOWN_BYTES: usize = event::limits::EVENT_BYTES;

/// One event of an arrival, and what became of it.
pub(super) struct Seen<'a> {
    pub(super) number: u64,
    pub(super) arrival: &'a Arrival,
    /// As it was sent.
    pub(super) sent: Cow<'a, str>,
    cut: bool,
    pub(super) outcome: Outcome<'a>,
}

pub(super) enum Outcome<'a> {
    Accepted(Box<EnrichedEvent<'a>>),
    Refused(&'a Refusal),
    /// With all that was in the request: code and message.
    Whole(&'a str, &'a str),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Accepted,
    Refused,
    /// Good or not looked at, and not taken: its sender keeps it and sends it again.
    Deferred,
}

impl Verdict {
    pub(super) const ALL: [Self; 3] = [Self::Accepted, Self::Refused, Self::Deferred];

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Refused => "refused",
            Self::Deferred => "deferred",
        }
    }
}

/// What a refused or unread event says of itself, as far as it can be read. Fields of a wrong type say nothing.
#[derive(Default)]
pub(super) struct Said<'s> {
    pub(super) site: Cow<'s, str>,
    pub(super) kind: Cow<'s, str>,
    pub(super) title: Cow<'s, str>,
    pub(super) element: Cow<'s, str>,
    pub(super) session: Cow<'s, str>,
}

/// Shows each event of an arrival, in the body's order.
pub(super) fn each<'a>(numbered: &'a Numbered, mut show: impl FnMut(Seen<'a>)) {
    let arrival = &*numbered.arrival;
    let mut number = numbered.first;
    let mut shown = |sent: Cow<'a, str>, outcome| {
        let (sent, cut) = cut(sent);
        let seen = Seen {
            number,
            arrival,
            sent,
            cut,
            outcome,
        };
        number += 1;
        show(seen);
    };
    match &arrival.came_to {
        CameTo::Nothing { code, message, .. } => {
            shown(String::from_utf8_lossy(&arrival.body), Outcome::Whole(code, message));
        }
        CameTo::Events { encoded, refused, .. } => {
            let mut accepted = group::appended(encoded);
            let mut refused = refused.iter().peekable();
            // It was split when it was judged.
            let Ok(texts) = decode::split(&arrival.body) else {
                let outcome = Outcome::Whole("internal", "its own body cannot be taken apart");
                return shown(String::from_utf8_lossy(&arrival.body), outcome);
            };
            for (index, text) in texts.into_iter().enumerate() {
                let outcome = match refused.next_if(|refusal| refusal.index == index) {
                    Some(refusal) => Outcome::Refused(refusal),
                    None => match accepted.next() {
                        Some(Ok(event)) => Outcome::Accepted(Box::new(event)),
                        _ => Outcome::Whole("internal", "its own encoding cannot be read"),
                    },
                };
                shown(text.into(), outcome);
            }
        }
    }
}

fn cut(text: Cow<'_, str>) -> (Cow<'_, str>, bool) {
    if text.len() <= SHOWN_BYTES {
        return (text, false);
    }
    let end = text.floor_char_boundary(SHOWN_BYTES);
    (Cow::Owned(text[..end].to_owned()), true)
}

impl Seen<'_> {
    pub(super) fn verdict(&self) -> Verdict {
        match (&self.outcome, &self.arrival.came_to) {
            (Outcome::Accepted(_), CameTo::Events { published: false, .. })
            | (Outcome::Whole(..), CameTo::Nothing { again: true, .. }) => Verdict::Deferred,
            (Outcome::Accepted(_), _) => Verdict::Accepted,
            _ => Verdict::Refused,
        }
    }

    /// What it says of itself, judged or not.
    pub(super) fn said(&self) -> Said<'_> {
        match &self.outcome {
            Outcome::Accepted(enriched) => Said {
                site: enriched.event.site.as_ref().into(),
                kind: enriched.event.event_type.as_str().into(),
                title: enriched.event.payload.event_title.as_ref().into(),
                element: enriched.event.payload.element_id.as_ref().into(),
                session: enriched.event.session_id.as_ref().into(),
            },
            Outcome::Refused(_) | Outcome::Whole(..) => {
                let mut said =
                    serde_json::from_str(&self.sent).map_or_else(|_| Said::default(), |sent| Said::of(&sent));
                if said.site.is_empty() {
                    said.site = self.arrival.site.as_deref().unwrap_or("").into();
                }
                said
            }
        }
    }

    /// What people and programs are shown of it.
    pub(super) fn json(&self) -> Value {
        let said = self.said();
        json!({
            "number": self.number,
            "received_at": self.arrival.received_at.to_string(),
            "verdict": self.verdict().as_str(),
            "door": match self.arrival.door { Door::Http => "http", Door::Inbox => "amqp" },
            "source": self.arrival.source.map(event::Source::as_str),
            "site": said.site,
            "type": said.kind,
            "event_title": said.title,
            "element_id": said.element,
            "session_id": said.session,
            "sent": self.sent,
            "sent_is_cut": self.cut,
            "enriched": self.enriched(),
            "refusal": self.refusal(),
        })
    }

    /// The event as it was sent, with `site`, `verdict`, `door`, `source`, `enriched` and `refusal` beside its own fields: what an
    /// expectation's paths look into.
    pub(super) fn document(&self) -> Value {
        let mut document = match serde_json::from_str(&self.sent) {
            Ok(Value::Object(fields)) => fields,
            _ => Map::new(),
        };
        let shown = self.json();
        for field in ["site", "verdict", "door", "source", "enriched", "refusal"] {
            document.insert(field.to_owned(), shown[field].clone());
        }
        Value::Object(document)
    }

    /// What the server made of it and knows besides; `null` when it was not accepted.
    fn enriched(&self) -> Value {
        let Outcome::Accepted(enriched) = &self.outcome else {
            return Value::Null;
        };
        let EnrichedEvent {
            event,
            clock_skew_ms,
            client,
            location,
            channel,
            utm,
            ip,
            ..
        } = &**enriched;
        json!({
            "id": event.id.to_string(),
            "created_at": event.created_at.to_string(),
            "user_id": event.user_id,
            "url": event.url,
            "referrer": event.referrer,
            "clock_skew_ms": clock_skew_ms,
            "browser": client.browser,
            "browser_version": client.browser_version,
            "os": client.os,
            "os_version": client.os_version,
            "device_type": client.device_type.as_str(),
            "platform": client.platform.as_str(),
            "is_bot": client.is_bot(),
            "bot_reason": client.bot_reason,
            "country": location.country,
            "region": location.region,
            "city": location.city,
            "channel": channel.as_str(),
            "channel_group": channel.group().as_str(),
            "utm_source": utm.source,
            "utm_medium": utm.medium,
            "utm_campaign": utm.campaign,
            "utm_term": utm.term,
            "utm_content": utm.content,
            "user_agent": client.user_agent,
            "ip": ip,
        })
    }

    /// Why it was refused, or put off as a whole; `null` when it was not.
    pub(super) fn refusal(&self) -> Value {
        match &self.outcome {
            Outcome::Accepted(_) => Value::Null,
            Outcome::Refused(refusal) => json!({
                "reason": refusal.reason.code(),
                "field": refusal.field,
                "message": refusal.reason.to_string(),
            }),
            Outcome::Whole(code, message) => json!({"reason": code, "field": "", "message": message}),
        }
    }
}

impl Said<'static> {
    fn of(sent: &Value) -> Self {
        let text = |value: &Value| Cow::Owned(value.as_str().unwrap_or_default().to_owned());
        Self {
            site: text(&sent["site"]),
            kind: text(&sent["type"]),
            title: text(&sent["payload"]["event_title"]),
            element: text(&sent["payload"]["element_id"]),
            session: text(&sent["session_id"]),
        }
    }
}
