use std::time::Duration;

use event::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::condition::Condition;
use crate::console::error::ConsoleError;
use crate::console::filter::{SINCE, parse_since};

const CONDITIONS: usize = 32;
const WITHIN_MS: u64 = 5_000;
const PATH_BYTES: usize = 256;

/// What is waited for.
pub(super) struct Wanted {
    pub(super) conditions: Vec<(String, Condition)>,
    pub(super) within: Duration,
    pub(super) since: Timestamp,
}

/// One condition that an event does not meet.
pub(super) struct Miss {
    field: String,
    expected: Value,
    /// `None` when the event has no such field.
    got: Option<Value>,
}

#[derive(Deserialize)]
struct Sent {
    #[serde(rename = "match")]
    conditions: Map<String, Value>,
    #[serde(default)]
    within_ms: Option<u64>,
    #[serde(default)]
    since: Option<String>,
}

impl Wanted {
    pub(super) fn read(body: &[u8], now: Timestamp, longest: Duration) -> Result<Self, ConsoleError> {
        let value: Value = serde_json::from_slice(body).map_err(ConsoleError::Json)?;
        check_names(&value)?;
        let sent: Sent = serde_json::from_value(value).map_err(|error| refuse("body", error))?;
        if sent.conditions.is_empty() || sent.conditions.len() > CONDITIONS {
            return Err(refuse("match", format!("must have 1 to {CONDITIONS} fields")));
        }
        let within = Duration::from_millis(sent.within_ms.unwrap_or(WITHIN_MS.min(longest.as_millis() as u64)));
        if within > longest {
            return Err(refuse("within_ms", format!("must be 0 to {}", longest.as_millis())));
        }
        let since = match &sent.since {
            None => now,
            Some(text) => parse_since(text, now).ok_or_else(|| refuse("since", SINCE))?,
        };
        let mut conditions = Vec::with_capacity(sent.conditions.len() + 1);
        if !sent.conditions.contains_key("verdict") {
            conditions.push(("verdict".to_owned(), Condition::Equals("accepted".into())));
        }
        for (path, value) in sent.conditions {
            if path.is_empty() || path.len() > PATH_BYTES {
                return Err(refuse("match", format!("a path must have 1 to {PATH_BYTES} bytes")));
            }
            let condition = Condition::read(value).map_err(|message| refuse(&format!("match.{path}"), message))?;
            conditions.push((path, condition));
        }
        Ok(Self {
            conditions,
            within,
            since,
        })
    }

    /// The conditions that a document does not meet; none when it matches.
    pub(super) fn misses(&self, document: &Value) -> Vec<Miss> {
        let misses = self.conditions.iter().filter_map(|(path, condition)| {
            let found = find(document, path);
            (!condition.holds(found)).then(|| Miss {
                field: path.clone(),
                expected: condition.json(),
                got: found.cloned(),
            })
        });
        misses.collect()
    }
}

/// A name that is not known is a misspelt one, and would wait for the wrong thing.
fn check_names(value: &Value) -> Result<(), ConsoleError> {
    let Value::Object(fields) = value else {
        return Err(refuse("body", "must be an object with match, within_ms and since"));
    };
    if let Some((name, _)) = fields.iter().find(|(_, value)| value.is_null()) {
        return Err(refuse(&name.chars().take(64).collect::<String>(), "must not be null"));
    }
    match fields
        .keys()
        .find(|name| !["match", "within_ms", "since"].contains(&name.as_str()))
    {
        None => Ok(()),
        Some(name) => {
            let name: String = name.chars().take(64).collect();
            Err(refuse(&name, "is not known: match, within_ms and since are"))
        }
    }
}

fn refuse(field: &str, message: impl std::fmt::Display) -> ConsoleError {
    ConsoleError::Field {
        field: field.to_owned(),
        message: message.to_string(),
    }
}

/// `payload.items.0.price`: names and positions. A name that has dots itself is found first.
fn find<'d>(document: &'d Value, path: &str) -> Option<&'d Value> {
    if let Some(found) = step(document, path) {
        return Some(found);
    }
    let dots = path.match_indices('.').map(|(at, _)| at);
    dots.filter_map(|at| find(step(document, &path[..at])?, &path[at + 1..]))
        .next()
}

fn step<'d>(value: &'d Value, name: &str) -> Option<&'d Value> {
    match value {
        Value::Object(fields) => fields.get(name),
        Value::Array(items) => items.get(name.parse::<usize>().ok()?),
        _ => None,
    }
}

impl Miss {
    pub(super) fn text(&self) -> String {
        let got = self.got.as_ref().map_or("missing".to_owned(), short);
        format!("{} is {got}, expected {}", self.field, short(&self.expected))
    }

    pub(super) fn json(&self) -> Value {
        let mut miss = json!({"field": self.field, "expected": self.expected});
        // Without the field there is no `got`: null is a value.
        if let Some(got) = &self.got {
            miss["got"] = got.clone();
        }
        miss
    }
}

fn short(value: &Value) -> String {
    const CHARACTERS: usize = 120;
    let text = value.to_string();
    match text.chars().count() > CHARACTERS {
        true => text.chars().take(CHARACTERS).chain(['…']).collect(),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_795_341_600_000);

    fn read(body: &Value) -> Result<Wanted, String> {
        let body = body.to_string();
        let wanted = Wanted::read(body.as_bytes(), NOW, Duration::from_secs(30));
        wanted.map_err(|error| error.to_string())
    }

    #[test]
    fn names_what_differs() {
        let wanted = read(&json!({"match": {"type": "click", "payload.a.1": 7, "payload.b.c": null}})).unwrap();
        let document = |b: Value| json!({"verdict": "accepted", "type": "click", "payload": {"a": [1, 7], "b.c": b}});
        assert!(wanted.misses(&document(Value::Null)).is_empty());
        let texts: Vec<_> = wanted.misses(&document("x".into())).iter().map(Miss::text).collect();
        assert_eq!(texts, [r#"payload.b.c is "x", expected null"#]);
        let misses = wanted.misses(&json!({"verdict": "refused", "type": "view", "payload": {"a": [1]}}));
        let texts: Vec<_> = misses.iter().map(Miss::text).collect();
        assert_eq!(
            texts,
            [
                r#"verdict is "refused", expected "accepted""#,
                r#"payload.a.1 is missing, expected 7"#,
                r#"payload.b.c is missing, expected null"#,
                r#"type is "view", expected "click""#,
            ]
        );
        assert!(misses[1].json().get("got").is_none());
    }

    #[test]
    fn refused_ones_may_be_wanted() {
        let wanted = read(&json!({"match": {"verdict": "refused", "refusal.reason": "too_long"}})).unwrap();
        let document = json!({"verdict": "refused", "refusal": {"reason": "too_long"}});
        assert!(wanted.misses(&document).is_empty());
    }

    #[test]
    fn refuses_what_it_does_not_understand() {
        for (body, message) in [
            (json!([]), "body: must be an object"),
            (json!({}), "body: missing field `match`"),
            (json!({"match": {}}), "match: must have 1 to 32"),
            (json!({"match": {"": 1}}), "match: a path must"),
            (json!({"match": {"type": "x"}, "within": 1}), "within: is not known"),
            (
                json!({"match": {"type": "x"}, "within_ms": 30_001}),
                "within_ms: must be 0 to 30000",
            ),
            (json!({"match": {"type": "x"}, "within_ms": -1}), "body: invalid value"),
            (
                json!({"match": {"type": "x"}, "since": "yesterday"}),
                "since: must be a time ago",
            ),
            (json!({"match": {"type": {"regex": "("}}}), "match.type: "),
        ] {
            let error = read(&body).map(drop).unwrap_err();
            assert!(error.starts_with(message), "{body}: {error}");
        }
    }
}
