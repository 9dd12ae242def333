//! A request body to events and refusals.
//!
//! The JSON grammar is serde_json's, with a quick yes before it, which notes where the fields lie; each value is taken as the
//! text that was sent and read by its field's rule, so that a wrong type spoils one event and not the body.

mod body;
mod fields;
mod grammar;
mod link;
mod payload;
mod places;
mod scan;
mod sent;
mod validate;

use hashbrown::HashMap;
use uuid::Uuid;

use body::Split;

use crate::{Barrier, Event, Reason, Refusal, Timestamp, limits};

/// What the caller knows about the request.
pub struct Context<'c> {
    pub received_at: Timestamp,
    /// The site of events that name none.
    pub default_site: Option<&'c str>,
    /// Looks a site up by name.
    pub site: &'c dyn Fn(&str) -> Option<Site<'c>>,
    /// Whether the sender may set `user_agent` and `ip` in the body; another's are dropped.
    pub trusted: bool,
    /// Makes the id of an event that brings none.
    pub new_id: &'c mut dyn FnMut() -> Uuid,
}

/// The rules of one site.
#[derive(Debug, Clone, Copy)]
pub struct Site<'c> {
    pub name: &'c str,
    /// Absolute; relative URLs are resolved against it.
    pub base_url: &'c str,
    /// Events created earlier than this before `received_at` are refused; `None` takes any age.
    pub max_age_ms: Option<i64>,
    /// Why the request may not send for this site; `None` when it may.
    pub barrier: Option<Barrier>,
}

/// The body as a whole cannot be read as events.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// Line and column count from 1, the column in characters.
    #[error("body is not JSON: {message} at line {line}, column {column}")]
    Syntax {
        line: usize,
        column: usize,
        message: String,
    },
    #[error("expected an event or an array of events, found {found}")]
    NotEvents { found: &'static str },
    #[error("body holds no event")]
    Empty,
    #[error("body holds more than {limit} events")]
    TooManyEvents { limit: usize },
    #[error("body exceeds {limit_bytes} bytes")]
    TooLarge { limit_bytes: usize },
}

impl BodyError {
    /// The stable name that receipts, metrics and docs use.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Syntax { .. } => "broken_json",
            Self::NotEvents { .. } => "not_events",
            Self::Empty => "no_events",
            Self::TooManyEvents { .. } => "too_many_events",
            Self::TooLarge { .. } => "body_too_large",
        }
    }
}

/// Reads one event or an array of them. Each event is accepted or refused by itself, in the order sent.
pub fn decode<'a>(body: &'a [u8], context: &mut Context<'_>) -> Result<Vec<Result<Event<'a>, Refusal>>, BodyError> {
    let sent = split_within_limit(body)?;
    let several = sent.events.len() > 1;
    let mut accepted = HashMap::with_capacity(if several { sent.events.len() } else { 0 });
    let verdicts = (0..sent.events.len()).map(|index| {
        let event = validate::event(&sent, index, context)?;
        if several && let Some(first_index) = accepted.insert(event.id, index) {
            accepted.insert(event.id, first_index);
            return Err(Refusal {
                index,
                id: Some(event.id.to_string()),
                field: "id",
                reason: Reason::DuplicateId { first_index },
            });
        }
        Ok(event)
    });
    Ok(verdicts.collect())
}

/// The JSON text of each event that [`decode`] gives a verdict on, in the same order.
pub fn split(body: &[u8]) -> Result<Vec<&str>, BodyError> {
    let split = split_within_limit(body)?;
    Ok(split.events.into_iter().map(|event| event.text).collect())
}

fn split_within_limit(body: &[u8]) -> Result<Split<'_>, BodyError> {
    if body.len() > limits::BODY_BYTES {
        return Err(BodyError::TooLarge {
            limit_bytes: limits::BODY_BYTES,
        });
    }
    body::split(body)
}
