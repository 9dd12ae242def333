//! The body to the text of each event and the places of its fields, with the position of what is no JSON.

use std::fmt;
use std::ops::Range;

use serde::Deserializer as _;
use serde::de::{Error as _, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::places::Places;
use super::sent::kind;
use super::{BodyError, grammar};
use crate::limits;

/// A body taken apart.
pub(super) struct Split<'a> {
    pub(super) body: &'a str,
    /// In the order sent.
    pub(super) events: Vec<EventText<'a>>,
    pub(super) places: Places,
}

/// The JSON text of an event, and which places are of its fields.
pub(super) struct EventText<'a> {
    pub(super) text: &'a str,
    pub(super) places: Range<usize>,
}

/// Bytes of a body for each field, mostly more.
const BYTES_PER_FIELD: usize = 20;

pub(super) fn split(body: &[u8]) -> Result<Split<'_>, BodyError> {
    let text = str::from_utf8(body).map_err(|error| {
        let valid = String::from_utf8_lossy(&body[..error.valid_up_to()]);
        syntax_at(&valid, "text is not UTF-8".to_owned())
    })?;
    let mut places = Places::with_capacity(text.len() / BYTES_PER_FIELD);
    let events = match grammar::events(text, &mut places) {
        Some(events) => events,
        None => {
            places.clear();
            let events = judged(text)?.into_iter();
            events.map(|event| place(event, text, &mut places)).collect()
        }
    };
    Ok(Split {
        body: text,
        events,
        places,
    })
}

fn place<'a>(event: &'a str, body: &str, places: &mut Places) -> EventText<'a> {
    let first = places.len();
    let start = event.as_ptr().addr() - body.as_ptr().addr();
    places.read(body, start..start + event.len());
    EventText {
        text: event,
        places: first..places.len(),
    }
}

/// The JSON text of each event, in the order sent, as serde_json sees it.
fn judged(text: &str) -> Result<Vec<&str>, BodyError> {
    let start = text.trim_start_matches([' ', '\t', '\r', '\n']);
    if start.is_empty() {
        return Err(BodyError::Empty);
    }
    if !start.starts_with('[') {
        return one(text).map(|event| vec![event]);
    }
    let mut too_many = false;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let events = deserializer
        .deserialize_seq(Events {
            too_many: &mut too_many,
        })
        .and_then(|events| deserializer.end().map(|()| events));
    match events {
        Err(_) if too_many => Err(BodyError::TooManyEvents { limit: limits::EVENTS }),
        Err(error) => Err(syntax(text, &error)),
        Ok(events) if events.is_empty() => Err(BodyError::Empty),
        Ok(events) => Ok(events),
    }
}

fn one(text: &str) -> Result<&str, BodyError> {
    let event: &RawValue = serde_json::from_str(text).map_err(|error| syntax(text, &error))?;
    match kind(event.get()) {
        "object" => Ok(event.get()),
        found => Err(BodyError::NotEvents { found }),
    }
}

/// serde_json counts the column in bytes, up to and including the byte that is wrong; a line break it stumbles over is
/// column 0 of the next line.
fn syntax(text: &str, error: &serde_json::Error) -> BodyError {
    let line_start = text
        .split_inclusive('\n')
        .take(error.line().saturating_sub(1))
        .map(str::len)
        .sum::<usize>();
    let before = match error.is_eof() {
        true => text.len(),
        false => text.floor_char_boundary((line_start + error.column()).saturating_sub(1)),
    };
    let message = error.to_string();
    let end = message.rfind(" at line ").unwrap_or(message.len());
    syntax_at(&text[..before], message[..end].to_owned())
}

/// The error at the first character after `before`.
fn syntax_at(before: &str, message: String) -> BodyError {
    let line_start = before.rfind('\n').map_or(0, |line_break| line_break + 1);
    BodyError::Syntax {
        line: before.bytes().filter(|&byte| byte == b'\n').count() + 1,
        column: before[line_start..].chars().count() + 1,
        message,
    }
}

struct Events<'f> {
    too_many: &'f mut bool,
}

impl<'de> Visitor<'de> for Events<'_> {
    type Value = Vec<&'de str>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an array of events")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Self::Value, A::Error> {
        let mut events = Vec::new();
        while let Some(event) = array.next_element::<&'de RawValue>()? {
            if events.len() == limits::EVENTS {
                *self.too_many = true;
                return Err(A::Error::custom("too many events"));
            }
            events.push(event.get());
        }
        Ok(events)
    }
}
