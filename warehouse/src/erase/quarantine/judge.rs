use event::entity::{self, Entity};
use event::group;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::{Known, Stored};
use crate::erase::export::with_member;
use crate::erase::{EraseError, Subject};

/// Tells whose a row of the quarantine is.
pub(in crate::erase) struct Reader<'s> {
    pub(in crate::erase) subject: &'s Subject,
    pub(in crate::erase) known: &'s Known,
}

/// Whose a row is.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::erase) enum Verdict {
    /// Other users', or nobody's.
    Other,
    /// The user's alone.
    Whole,
    /// Others' too, as the row is without the user.
    Part { rest: Vec<u8> },
    /// Neither an event nor JSON, and without the user's id.
    Unreadable,
}

/// What an event's JSON says of whose it is; fields of any type, as it was refused.
#[derive(Deserialize)]
struct Sent {
    #[serde(default)]
    site: Value,
    #[serde(default)]
    user_id: Value,
    #[serde(default)]
    session_id: Value,
}

impl Reader<'_> {
    pub(in crate::erase) fn judge(&self, row: &Stored) -> Result<Verdict, EraseError> {
        if let Ok(group) = group::open(&row.bytes) {
            return self.judge_group(&group, row);
        }
        if let Ok(entities) = entity::open(&row.bytes) {
            return self.judge_entities(&entities);
        }
        if let Ok(events) = serde_json::from_slice::<Vec<&RawValue>>(&row.bytes) {
            return Ok(self.judge_array(&events, &row.site));
        }
        if let Ok(event) = serde_json::from_slice::<&RawValue>(&row.bytes) {
            let whole = self.is_ours(event, &row.site) || self.is_named_in(event.get().as_bytes()) && !is_object(event);
            return Ok(if whole { Verdict::Whole } else { Verdict::Other });
        }
        // Nobody can say more of such a message than that the id stands in it.
        Ok(match self.is_named_in(&row.bytes) {
            true => Verdict::Whole,
            false => Verdict::Unreadable,
        })
    }

    fn judge_group(&self, group: &group::Opened, row: &Stored) -> Result<Verdict, EraseError> {
        let (mut rest, mut others, mut ours) = (Vec::new(), 0, 0);
        for event in group.events() {
            let Ok(event) = event else {
                return Ok(match self.is_named_in(&row.bytes) || ours > 0 {
                    true => Verdict::Whole,
                    false => Verdict::Unreadable,
                });
            };
            let sent = &event.event;
            if self.owns(&sent.site, &sent.user_id, &sent.session_id) {
                ours += 1;
            } else {
                others += 1;
                group::append(&event, &mut rest)?;
            }
        }
        Ok(match (ours, others) {
            (0, _) => Verdict::Other,
            (_, 0) => Verdict::Whole,
            _ => Verdict::Part {
                rest: group::seal(&rest),
            },
        })
    }

    fn judge_entities(&self, entities: &entity::Opened) -> Result<Verdict, EraseError> {
        let (mut rest, mut others, mut ours) = (Vec::new(), 0, 0);
        for entity in entities.entities() {
            // Before it can be read and stored, such a message must be mended by hand.
            let Ok(entity) = entity else {
                return Ok(if ours > 0 { Verdict::Whole } else { Verdict::Unreadable });
            };
            if self.owns_entity(&entity) {
                ours += 1;
            } else {
                others += 1;
                entity::append(&entity, &mut rest)?;
            }
        }
        Ok(match (ours, others) {
            (0, _) => Verdict::Other,
            (_, 0) => Verdict::Whole,
            _ => Verdict::Part {
                rest: entity::seal(&rest),
            },
        })
    }

    fn owns_entity(&self, entity: &Entity<'_>) -> bool {
        self.subject.is_of(&entity.site) && self.known.persons.owns(entity, self.subject)
    }

    fn judge_array(&self, events: &[&RawValue], site: &str) -> Verdict {
        let rest: Vec<_> = events
            .iter()
            .filter(|event| !self.is_ours(event, site))
            .map(|event| event.get())
            .collect();
        match rest.len() {
            others if others == events.len() => Verdict::Other,
            0 => Verdict::Whole,
            _ => Verdict::Part {
                rest: format!("[{}]", rest.join(",")).into_bytes(),
            },
        }
    }

    fn is_ours(&self, event: &RawValue, site: &str) -> bool {
        let Ok(sent) = serde_json::from_str::<Sent>(event.get()) else {
            return false;
        };
        let own = text(&sent.site);
        let site = if own.is_empty() { site } else { &own };
        self.owns(site, &text(&sent.user_id), &text(&sent.session_id))
    }

    fn owns(&self, site: &str, user: &str, session: &str) -> bool {
        let here = site.is_empty() || self.subject.is_of(site);
        let anonymous = || user.is_empty() && self.known.sessions.contains(&(site.to_owned(), session.to_owned()));
        here && (user == self.subject.user || anonymous())
    }

    /// The id stands in the bytes, and not as a piece of a longer word.
    fn is_named_in(&self, bytes: &[u8]) -> bool {
        let id = self.subject.user.as_bytes();
        let outside = |byte: Option<&u8>| byte.is_none_or(|byte| !byte.is_ascii_alphanumeric());
        let mut windows = bytes.windows(id.len().max(1)).enumerate();
        windows.any(|(start, window)| {
            let before = start.checked_sub(1).and_then(|before| bytes.get(before));
            window == id && outside(before) && outside(bytes.get(start + id.len()))
        })
    }
}

fn is_object(value: &RawValue) -> bool {
    value.get().starts_with('{')
}

/// As events have ids: a text or a number's digits.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    }
}

/// For the export: of a row with several users' events the user's.
impl Reader<'_> {
    pub(in crate::erase) fn own_events(&self, group: &group::Opened) -> Value {
        let events = group.events().map_while(Result::ok);
        let own = events.filter(|event| self.owns(&event.event.site, &event.event.user_id, &event.event.session_id));
        own.map(|event| serde_json::json!(event)).collect()
    }

    /// As JSON: an array of stream, site, key and payload, digit by digit as it was sent, its personal values sealed.
    pub(in crate::erase) fn own_entities(&self, entities: &entity::Opened) -> String {
        let entities = entities.entities().map_while(Result::ok);
        let own = entities.filter(|entity| self.owns_entity(entity)).map(|entity| {
            let head = serde_json::json!({"stream": entity.stream.as_str(), "site": entity.site, "key": entity.key});
            with_member(&head, "payload", &entity.payload)
        });
        format!("[{}]", own.collect::<Vec<_>>().join(","))
    }

    pub(in crate::erase) fn own_sent(&self, row: &Stored) -> Value {
        let events: Vec<&RawValue> = serde_json::from_slice(&row.bytes).unwrap_or_default();
        let own = events.into_iter().filter(|event| self.is_ours(event, &row.site));
        own.map(|event| Value::from(event.get())).collect()
    }
}
