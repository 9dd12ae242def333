//! One event's text to its normal form.

use std::borrow::Cow;

use uuid::Uuid;

use super::body::Split;
use super::fields::{Fields, known_fields};
use super::link;
use super::payload::payload;
use super::places::Place;
use super::sent::{Sent, Wrong, excerpt, is_number, kind, unpaired_name};
use super::{Context, Site};
use crate::{Event, EventType, Reason, Refusal, Timestamp, id, limits};

known_fields!(EventFields, "", {
    id: "id",
    event_type: "type",
    site: "site",
    created_at: "created_at",
    session_id: "session_id",
    user_id: "user_id",
    url: "url",
    referrer: "referrer",
    user_agent: "user_agent",
    ip: "ip",
    schema_version: "schema_version",
    payload: "payload",
    // Names of seed 001 for what only the server can say: taken, and not read.
    received_at: "received_at",
    device_type: "device_type",
});

/// The one version of the wire form so far.
const SCHEMA_VERSION: i64 = 1;

pub(super) fn event<'a>(body: &Split<'a>, index: usize, context: &mut Context<'_>) -> Result<Event<'a>, Refusal> {
    let mut id = None;
    read(body, index, context, &mut id).map_err(|Wrong { field, reason }| Refusal {
        index,
        id: id.map(|id| id.to_string()),
        field,
        reason,
    })
}

/// `id` receives the event's own id as soon as it is known, for the refusal.
fn read<'a>(
    body: &Split<'a>,
    index: usize,
    context: &mut Context<'_>,
    id: &mut Option<Uuid>,
) -> Result<Event<'a>, Wrong> {
    let text = body.events[index].text;
    let (sent, in_payload, wrong) = split(body, index)?;
    *id = identity(&sent.id)?;
    if let Some(wrong) = wrong {
        return Err(wrong);
    }
    if text.len() > limits::EVENT_BYTES {
        return Err(whole(Reason::TooLong {
            limit_bytes: limits::EVENT_BYTES,
            found_bytes: text.len(),
        }));
    }
    sent.schema_version.rounded(SCHEMA_VERSION, SCHEMA_VERSION)?;
    let (site_name, site) = site(&sent.site, context)?;
    Ok(Event {
        event_type: event_type(&sent.event_type)?,
        created_at: created_at(&sent.created_at, &site, context.received_at)?,
        session_id: sent
            .session_id
            .required(sent.session_id.label(limits::SESSION_ID_BYTES)?)?,
        user_id: sent.user_id.label(limits::USER_ID_BYTES)?,
        url: sent.url.required(link::absolute(&sent.url, site.base_url)?)?,
        referrer: link::absolute(&sent.referrer, site.base_url)?,
        user_agent: match context.trusted {
            true => sent.user_agent.text(limits::USER_AGENT_BYTES)?,
            false => Cow::Borrowed(""),
        },
        ip: match context.trusted {
            true => sent.ip.address()?,
            false => None,
        },
        payload: payload(&sent.payload, body.body, in_payload)?,
        site: site_name,
        id: id.unwrap_or_else(&mut context.new_id),
    })
}

fn whole(reason: Reason) -> Wrong {
    Wrong { field: "", reason }
}

/// The fields that have a rule, the places of those in `payload`, and the first field that has no rule or came twice.
fn split<'a, 's>(body: &'s Split<'a>, index: usize) -> Result<(EventFields<'a>, &'s [Place], Option<Wrong>), Wrong> {
    let event = &body.events[index];
    if !event.text.starts_with('{') {
        return Err(whole(Reason::WrongType {
            expected: "object",
            found: kind(event.text),
        }));
    }
    let mut known = EventFields::new();
    let mut in_payload: &[Place] = &[];
    let mut wrong = None;
    for field in Fields::of(body.body, body.places.get(event.places.clone())) {
        let kept = match field {
            Err(_) => Err(whole(unpaired_name())),
            Ok(field) => match known.get_mut(&field.name) {
                Some(slot) => {
                    if field.name == "payload" {
                        in_payload = field.inner;
                    }
                    slot.set(field.value)
                }
                None => Err(whole(Reason::UnknownField {
                    found: excerpt(&field.name),
                })),
            },
        };
        wrong = wrong.or(kept.err());
    }
    Ok((known, in_payload, wrong))
}

/// A UUID with or without hyphens, or a UInt64 as number or text.
fn identity(sent: &Sent<'_>) -> Result<Option<Uuid>, Wrong> {
    let expected = "UUID, or UInt64 as number or text";
    let Some(value) = sent.value() else { return Ok(None) };
    let text = match value {
        string if string.starts_with('"') => sent.text(limits::LABEL_BYTES)?,
        number if is_number(number) => Cow::Borrowed(number),
        other => return Err(sent.wrong_type(expected, other)),
    };
    let identity = match text.len() {
        32 | 36 if text.is_ascii() => Uuid::try_parse_ascii(text.as_bytes()).ok().filter(|id| !id.is_nil()),
        1..=20 if text.bytes().all(|byte| byte.is_ascii_digit()) => text.parse().ok().map(id::from_u64),
        _ => None,
    };
    match identity {
        Some(identity) => Ok(Some(identity)),
        None => Err(sent.malformed(expected, &text)),
    }
}

fn site<'a, 'c>(sent: &Sent<'a>, context: &Context<'c>) -> Result<(Cow<'a, str>, Site<'c>), Wrong> {
    let mut name = sent.text(limits::SITE_BYTES)?;
    if name.is_empty() {
        let default = context.default_site.ok_or_else(|| sent.wrong(Reason::Missing))?;
        name = Cow::Owned(default.to_owned());
    }
    match (context.site)(&name) {
        Some(Site {
            barrier: Some(wants), ..
        }) => Err(sent.wrong(Reason::SiteNotAllowed {
            found: excerpt(&name),
            wants,
        })),
        Some(site) => Ok((name, site)),
        None => Err(sent.wrong(Reason::UnknownSite { found: excerpt(&name) })),
    }
}

fn event_type(sent: &Sent<'_>) -> Result<EventType, Wrong> {
    let text = sent.required(sent.text(limits::LABEL_BYTES)?)?;
    match &*text {
        "view" => Ok(EventType::View),
        "click" => Ok(EventType::Click),
        "server" => Ok(EventType::Server),
        other => Err(sent.malformed("view, click or server", other)),
    }
}

fn created_at(sent: &Sent<'_>, site: &Site<'_>, received_at: Timestamp) -> Result<Timestamp, Wrong> {
    let moment = sent.moment()?;
    let age_ms = received_at.0.saturating_sub(moment.0);
    if age_ms < -limits::AHEAD_MS {
        return Err(sent.wrong(Reason::Future {
            found: moment.to_string(),
        }));
    }
    if site.max_age_ms.is_some_and(|max_age_ms| age_ms > max_age_ms) {
        return Err(sent.wrong(Reason::TooOld {
            found: moment.to_string(),
        }));
    }
    Ok(moment)
}
