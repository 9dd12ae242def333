//! The corpus and what `decode` says to each of its bodies, as text: compiled into the test and into the WebAssembly example.

use std::fmt::Write as _;

use event::decode::{BodyError, Context, Site, decode};
use event::{Barrier, Event, Refusal, Timestamp, limits};
use include_dir::{Dir, File, include_dir};
use serde_json::{Value, json};
use uuid::Uuid;

static CORPUS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/corpus");

/// 2026-11-22T10:00:05Z.
const RECEIVED_AT: Timestamp = Timestamp(1_795_341_605_000);

pub(crate) struct Case {
    /// `accepted/name` or `refused/name`; a name that begins with `trusted_` comes from a trusted sender, one that begins
    /// with `homeless_` from one without a default site, with `ageless_` from one whose site takes any age.
    pub(crate) name: String,
    pub(crate) body: Vec<u8>,
}

/// Every body of the corpus: the files, and those too big to be files.
pub(crate) fn cases() -> Vec<Case> {
    let files = CORPUS.dirs().flat_map(Dir::files).filter_map(body_file);
    files.chain(big()).collect()
}

fn body_file(file: &File<'_>) -> Option<Case> {
    let name = file.path().to_str()?.strip_suffix(".json")?;
    (!name.ends_with(".expected")).then(|| Case {
        name: name.to_owned(),
        body: file.contents().to_vec(),
    })
}

fn big() -> [Case; 4] {
    let event = |payload: &str| {
        format!(
            r#"{{"id": 9, "type": "view", "created_at": 1795341600000, "session_id": "s", "url": "/", "payload": {payload}}}"#
        )
    };
    let long = event(&format!(r#"{{"note": "{}"}}"#, "x".repeat(limits::EVENT_BYTES)));
    let deep = event(&format!(r#"{{"a": {}{}}}"#, "[".repeat(15), "]".repeat(15)));
    let cases = [
        ("refused/body_too_large", " ".repeat(limits::BODY_BYTES + 1)),
        ("refused/too_many_events", format!("[0{}]", ",0".repeat(limits::EVENTS))),
        ("refused/event_too_long", format!("[{long}, {}]", event("{}"))),
        ("refused/nested_too_deep", deep),
    ];
    cases.map(|(name, body)| Case {
        name: name.to_owned(),
        body: body.into_bytes(),
    })
}

pub(crate) fn decode_case<'a>(name: &str, body: &'a [u8]) -> Result<Vec<Result<Event<'a>, Refusal>>, BodyError> {
    let file = name.rsplit('/').next().unwrap_or(name);
    let mut made = 0;
    let mut new_id = || {
        made += 1;
        Uuid::from_u128(0x0197_a1c0_0000_7000_8000_0000_0000_0000 + made)
    };
    let mut context = Context {
        received_at: RECEIVED_AT,
        default_site: match file.split('_').next() {
            Some("homeless") => None,
            Some("ageless") => Some("blog"),
            _ => Some("shop"),
        },
        site: &|name| site(name),
        trusted: file.starts_with("trusted_"),
        new_id: &mut new_id,
    };
    decode(body, &mut context)
}

fn site(name: &str) -> Option<Site<'static>> {
    let (name, base_url, max_age_ms) = match name {
        // Takes events with its key only, and no case has one.
        "keyed" => {
            return Some(Site {
                name: "keyed",
                base_url: "https://keyed.example/",
                max_age_ms: None,
                barrier: Some(Barrier::Key),
            });
        }
        "shop" => ("shop", "https://shop.example/", Some(30 * 86_400_000)),
        "blog" => ("blog", "https://blog.example/en/posts/?draft=1", None),
        _ => return None,
    };
    Some(Site {
        name,
        base_url,
        max_age_ms,
        barrier: None,
    })
}

/// What the expected file of a case holds.
pub(crate) fn verdict(case: &Case) -> String {
    let verdict = match decode_case(&case.name, &case.body) {
        Ok(events) => events
            .iter()
            .map(|event| event.as_ref().map_or_else(refused, accepted))
            .collect(),
        Err(error) => json!({ "body_error": error.code(), "message": error.to_string() }),
    };
    format!("{verdict:#}\n")
}

fn accepted(event: &Event<'_>) -> Value {
    json!({ "accepted": event })
}

fn refused(refusal: &Refusal) -> Value {
    json!({ "refused": {
        "index": refusal.index,
        "id": refusal.id,
        "field": refusal.field,
        "code": refusal.reason.code(),
        "details": refusal.reason,
        "message": refusal.reason.to_string(),
    }})
}

/// All verdicts in one text.
pub(crate) fn verdicts() -> String {
    let mut text = String::new();
    for case in cases() {
        let written = write!(text, "{}\n{}", case.name, verdict(&case));
        debug_assert!(written.is_ok(), "a string takes any text");
    }
    text
}
