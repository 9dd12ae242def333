//! Whatever the bytes, `decode` answers, counts every event once and in order, and reads JSON as serde_json does.

use std::sync::LazyLock;

use event::decode::{BodyError, split};
use event::{Event, Reason, Refusal, limits};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde::de::IgnoredAny;
use serde_json::{Map, Value};

use crate::verdict::{Case, cases, decode_case};

/// Pieces of JSON and of what breaks it.
const PIECES: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\\",
    "\\u0000",
    "\\ud800",
    "\\ud83e\\udd80",
    "null",
    "nul",
    "true",
    "1e999",
    "-0",
    "01",
    "1.",
    ".5",
    "0.5",
    "1E+2",
    "\u{7f}",
    "é",
    "🦀",
    "\n",
    "\u{feff}",
    "{\"x\":1}",
    "[[[[[[[[[[[[[[[[[[",
    "\"id\":1,",
    "\"payload\":{},",
    "//",
    "\0",
];

const NAMES: &[&str] = &[
    "id",
    "type",
    "site",
    "created_at",
    "session_id",
    "user_id",
    "url",
    "referrer",
    "user_agent",
    "ip",
    "payload",
    "sessionid",
    "event_title",
    "x",
    "page_w",
    "price",
    "currency",
    "quantity",
    "latency_ms",
    "typ\\u0065",
    "\\ud800",
    "é",
];

const VALUES: &[&str] = &[
    "null",
    "\"\"",
    "\"click\"",
    "\"shop\"",
    "\"EUR\"",
    "\"/a?b=c\"",
    "\"https://shop.example/\"",
    "\"2026-11-22T10:00:00Z\"",
    "1795341600000",
    "0",
    "-0.0",
    "-17",
    "1e3",
    "99999999999999999999999999",
    "12.5",
    "true",
    "\"\\u0000\"",
    "\"\\ud800\"",
    "\"\\ud83e\\udd80 \\n\"",
    "\"0197a1c0-5d2e-7a44-9c11-3f6052be0001\"",
];

static SMALL: LazyLock<Vec<Case>> =
    LazyLock::new(|| cases().into_iter().filter(|case| case.body.len() < 4_096).collect());

/// A body of the corpus with a few bytes changed, cut out, cut off or put in.
fn mutated() -> impl Strategy<Value = (String, Vec<u8>)> {
    let change = (any::<Index>(), any::<u8>(), 0..4_u8, 0..8_usize, select(PIECES));
    (any::<Index>(), vec(change, 1..4)).prop_map(|(case, changes)| {
        let case = case.get(&SMALL);
        let mut body = case.body.clone();
        for (at, byte, kind, length, piece) in changes {
            let at = at.index(body.len() + 1);
            match kind {
                0 if at < body.len() => body[at] = byte,
                1 if at < body.len() => _ = body.drain(at..(at + 1 + length).min(body.len())),
                2 => body.truncate(at.max(1)),
                _ => _ = body.splice(at..at, piece.bytes()),
            }
        }
        (case.name.clone(), body)
    })
}

fn spaced(text: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    (select(&["", "", " ", "\n", "\t\r "][..]), text).prop_map(|(space, text)| format!("{space}{text}{space}"))
}

/// JSON text of any shape, some of it not quite JSON.
fn value() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        4 => select(VALUES).prop_map(str::to_owned),
        1 => any::<f64>().prop_map(|number| number.to_string()),
        1 => any::<i64>().prop_map(|number| number.to_string()),
        2 => any::<String>().prop_map(|text| serde_json::to_string(&text).expect("a text is JSON")),
        1 => select(PIECES).prop_map(str::to_owned),
    ];
    spaced(leaf).prop_recursive(4, 32, 6, |inner| {
        let array = vec(inner.clone(), 0..4).prop_map(|values| format!("[{}]", values.join(",")));
        spaced(prop_oneof![array, object(NAMES, inner)])
    })
}

fn object(names: &'static [&'static str], value: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    let field = (select(names), value).prop_map(|(name, value)| format!("\"{name}\":{value}"));
    vec(field, 0..8).prop_map(|fields| format!("{{{}}}", fields.join(",")))
}

/// An event that is complete but for the fields put behind its own.
fn event() -> impl Strategy<Value = String> {
    let required = r#""type":"view","created_at":1795341600000,"session_id":7,"url":"/""#;
    (object(NAMES, value()), object(&NAMES[10..], value())).prop_map(move |(more, payload)| match more.as_str() {
        "{}" => format!("{{{required},\"payload\":{payload}}}"),
        more => format!("{{{required},{}", &more[1..]),
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_answered(body in vec(any::<u8>(), 0..64)) {
        check("refused/random", &body);
    }

    #[test]
    fn mutated_bodies_are_accounted_for((name, body) in mutated()) {
        check(&name, &body);
    }

}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn made_up_json_is_accounted_for(body in value()) {
        check("refused/made_up", body.as_bytes());
    }

    #[test]
    fn made_up_events_are_accounted_for(events in vec(event(), 1..4)) {
        check("refused/made_up", format!("[{}]", events.join(",")).as_bytes());
    }
}

/// Compares with serde_json's own reading of the body.
fn check(name: &str, body: &[u8]) {
    let verdicts = decode_case(name, body);
    assert_eq!(verdicts, decode_case(name, body), "the same bytes get the same verdict");
    let grammar = str::from_utf8(body).is_ok_and(|text| serde_json::from_str::<IgnoredAny>(text).is_ok());
    match &verdicts {
        Err(BodyError::Syntax { .. }) => assert!(!grammar, "JSON is not taken for JSON"),
        // Found before the body's end.
        Err(BodyError::Empty | BodyError::TooManyEvents { .. }) => {}
        _ => assert!(grammar, "no JSON is taken for JSON"),
    }
    let Ok(verdicts) = verdicts else { return };
    every_text_has_its_verdict(name, body, &verdicts);
    // A `Value` cannot hold what the grammar allows: huge numbers, unpaired surrogates, deep nesting.
    let Ok(value) = serde_json::from_slice::<Value>(body) else {
        return;
    };
    let sent = match value {
        Value::Array(events) => events,
        event => vec![event],
    };
    assert_eq!(verdicts.len(), sent.len());
    for (verdict, sent) in verdicts.iter().zip(&sent) {
        compare(verdict, sent);
    }
}

/// [`split`]'s texts stand in the order of the verdicts, and each gets its verdict again when it comes alone.
fn every_text_has_its_verdict(name: &str, body: &[u8], verdicts: &[Result<Event<'_>, Refusal>]) {
    let texts = split(body).expect("the body was decoded");
    assert!(!texts.is_empty() && texts.len() <= limits::EVENTS);
    assert_eq!(verdicts.len(), texts.len());
    for (position, (verdict, text)) in verdicts.iter().zip(texts).enumerate() {
        let index = verdict.as_ref().err().map_or(position, |refusal| refusal.index);
        assert_eq!(index, position);
        let alone = format!("[{text}]");
        let mut alone = decode_case(name, alone.as_bytes()).expect("one event");
        match (verdict, alone.remove(0)) {
            (Ok(event), Ok(alone)) => assert_eq!((&event.site, &event.payload), (&alone.site, &alone.payload)),
            (Err(refusal), Err(alone)) => assert_eq!((&refusal.field, &refusal.reason), (&alone.field, &alone.reason)),
            (Err(refusal), Ok(_)) => assert!(matches!(refusal.reason, Reason::DuplicateId { .. }), "{refusal:?}"),
            (Ok(_), Err(alone)) => panic!("refused alone: {alone:?}"),
        }
    }
}

fn compare(verdict: &Result<Event<'_>, Refusal>, sent: &Value) {
    let Ok(event) = verdict else { return };
    let session_id = &sent["session_id"];
    let text = session_id
        .as_str()
        .map_or_else(|| session_id.to_string(), str::to_owned);
    assert_eq!(event.session_id, text);
    let rest = match &*event.payload.rest {
        "" => Map::new(),
        rest => serde_json::from_str(rest).expect("the rest is JSON"),
    };
    let known = serde_json::to_value(&event.payload).expect("a payload is JSON");
    let mut others = sent["payload"].as_object().cloned().unwrap_or_default();
    others.retain(|name, _| name == "rest" || known.get(name).is_none());
    assert_eq!(rest, others);
}
