use serde_json::{Value, json};

use super::wanted::Miss;
use crate::console::seen::Seen;

/// The event that fitted best, and where it did not.
pub(super) struct Nearest {
    matched: usize,
    of: usize,
    misses: Vec<Miss>,
    event: Value,
    refusal: Value,
}

impl Nearest {
    pub(super) fn new(of: usize, misses: Vec<Miss>) -> Self {
        Self {
            matched: of - misses.len(),
            of,
            misses,
            event: Value::Null,
            refusal: Value::Null,
        }
    }

    pub(super) fn is_as_near_as(&self, other: &Self) -> bool {
        self.matched >= other.matched
    }

    pub(super) fn with(self, seen: &Seen<'_>) -> Self {
        Self {
            event: seen.json(),
            refusal: seen.refusal(),
            ..self
        }
    }

    /// `payload.event_title is "click", expected "add_to_cart"; it was refused: wrong_type of payload.x`
    pub(super) fn text(&self) -> String {
        let mut texts: Vec<String> = self.misses.iter().map(Miss::text).collect();
        if let Value::String(reason) = &self.refusal["reason"] {
            let field = self.refusal["field"].as_str().unwrap_or_default();
            let message = self.refusal["message"].as_str().unwrap_or_default();
            texts.push(match field {
                "" => format!("it was not taken ({reason}): {message}"),
                field => format!("it was not taken ({reason}): {field} {message}"),
            });
        }
        texts.join("; ")
    }

    pub(super) fn json(&self) -> Value {
        let differs: Vec<Value> = self.misses.iter().map(Miss::json).collect();
        json!({
            "matched": self.matched,
            "of": self.of,
            "differs": differs,
            "refusal": self.refusal,
            "event": self.event,
        })
    }
}
