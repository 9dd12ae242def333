//! Whatever the bytes, `decode` answers, counts every event, and reads JSON as serde_json does.

use event::{Event, Refusal, limits};
use serde_json::{Map, Value};

use crate::verdict::{cases, decode_case};

/// SplitMix64: the same bytes each run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }
}

/// Pieces of JSON and of what breaks it.
const PIECES: [&str; 24] = [
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
    "null",
    "1e999",
    "-0",
    "0.5",
    "\u{7f}",
    "é",
    "🦀",
    "\n",
    "{\"x\":1}",
    "[[[[[[[[[[[[[[[[[[",
    "\"id\":1,",
    "\"payload\":{},",
    "//",
    "\0",
];

fn mutate(body: &mut Vec<u8>, random: &mut Random) {
    for _ in 0..=random.below(3) {
        let at = random.below(body.len() + 1);
        match random.below(4) {
            0 if at < body.len() => body[at] = random.below(256) as u8,
            1 if at < body.len() => _ = body.drain(at..(at + 1 + random.below(8)).min(body.len())),
            2 => body.truncate(at.max(1)),
            _ => _ = body.splice(at..at, PIECES[random.below(PIECES.len())].bytes()),
        }
    }
}

#[test]
fn mutated_bodies_are_accounted_for() {
    let mut random = Random(42);
    let small = cases()
        .into_iter()
        .filter(|case| case.body.len() < 4_096)
        .collect::<Vec<_>>();
    for round in 0..40_000 {
        let case = &small[random.below(small.len())];
        let mut body = case.body.clone();
        mutate(&mut body, &mut random);
        check(&case.name, &body, round);
    }
}

#[test]
fn random_bytes_are_answered() {
    let mut random = Random(7);
    for round in 0..20_000 {
        let length = random.below(64);
        let body = (0..length).map(|_| random.below(256) as u8).collect::<Vec<_>>();
        check("refused/random", &body, round);
    }
}

/// Compares with serde_json's own reading of the body.
fn check(name: &str, body: &[u8], round: usize) {
    let story = || format!("round {round}, {name}: {}", String::from_utf8_lossy(body));
    let verdicts = decode_case(name, body);
    // A `Value` cannot hold what the grammar allows: huge numbers, unpaired surrogates, deep nesting.
    let Ok(value) = serde_json::from_slice::<Value>(body) else {
        return;
    };
    let sent = match value {
        Value::Array(events) => events,
        event @ Value::Object(_) => vec![event],
        _ => Vec::new(),
    };
    match verdicts {
        Err(_) => assert!(sent.is_empty() || sent.len() > limits::EVENTS, "{}", story()),
        Ok(verdicts) => {
            assert_eq!(verdicts.len(), sent.len(), "{}", story());
            for (verdict, sent) in verdicts.iter().zip(&sent) {
                compare(verdict, sent, &story);
            }
        }
    }
}

fn compare(verdict: &Result<Event<'_>, Refusal>, sent: &Value, story: &dyn Fn() -> String) {
    let Ok(event) = verdict else { return };
    let session_id = &sent["session_id"];
    let text = session_id
        .as_str()
        .map_or_else(|| session_id.to_string(), str::to_owned);
    assert_eq!(event.session_id, text, "{}", story());
    let rest = match &*event.payload.rest {
        "" => Map::new(),
        rest => serde_json::from_str(rest).unwrap_or_else(|error| panic!("{error}: {}", story())),
    };
    let known = serde_json::to_value(&event.payload).expect("a payload is JSON");
    let mut others = sent["payload"].as_object().cloned().unwrap_or_default();
    others.retain(|name, _| name == "rest" || known.get(name).is_none());
    assert_eq!(rest, others, "{}", story());
}
