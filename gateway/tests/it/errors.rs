//! Every error answer of the gateway: one shape, a code from the source, and nothing of the inside.

mod queue;
mod readers;
mod senders;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::{Answer, TestGateway, click};

/// What an answer that tells of the inside would hold: paths, source, SQL, debug output, addresses.
const INSIDE: [&str; 20] = [
    "/tmp",
    "/root",
    "/home",
    "/var/",
    "/work",
    ".rs",
    "::",
    "SELECT",
    "FROM ",
    "DB::",
    "Code: ",
    "Some(",
    "None",
    "Err(",
    "Error {",
    "os error",
    "panicked",
    "secret",
    "127.0.0.1",
    "\\u001b",
];

#[derive(Default)]
struct Walk {
    codes: BTreeSet<String>,
}

impl Walk {
    #[track_caller]
    fn check(&mut self, answer: &Answer, status: u16, code: &str) {
        answer.assert_error(status, code);
        assert_clean(&answer.text());
        let error = &answer.json()["error"];
        let known = ["code", "message", "line", "column", "parameter", "limit"];
        let fields = error.as_object().unwrap().keys();
        assert!(
            fields.into_iter().all(|field| known.contains(&field.as_str())),
            "{error}"
        );
        let waits = matches!(status, 429 | 503);
        let seconds = answer.header("retry-after").parse::<u64>();
        assert_eq!(
            seconds.is_ok_and(|seconds| seconds >= 1),
            waits,
            "{code}: {:?}",
            answer.headers
        );
        self.codes.insert(code.to_owned());
    }
}

#[track_caller]
fn assert_clean(text: &str) {
    for inside in INSIDE {
        assert!(!text.contains(inside), "{inside:?} is in {text}");
    }
}

#[tokio::test]
async fn every_error_has_one_shape_and_hides_the_inside() {
    let mut walk = Walk::default();
    senders::requests(&mut walk).await;
    senders::heads(&mut walk).await;
    senders::bodies(&mut walk).await;
    queue::troubles(&mut walk).await;
    queue::shutdown(&mut walk).await;
    readers::reports_and_replay(&mut walk).await;
    senders::entities(&mut walk).await;
    readers::console(&mut walk).await;
    readers::traffic(&mut walk).await;
    queue::panics(&mut walk).await;
    let sources = [
        include_str!("../../src/error.rs"),
        include_str!("../../src/reads.rs"),
        include_str!("../../src/console/error.rs"),
        include_str!("../../src/console/expect.rs"),
        include_str!("../../src/entities/error.rs"),
        include_str!("../../src/events/error.rs"),
        include_str!("../../src/home/traffic.rs"),
        include_str!("../../src/reports/error.rs"),
        include_str!("../../src/replay/error.rs"),
        include_str!("../../src/resources/create.rs"),
        include_str!("../../src/roles/error.rs"),
        include_str!("../../../event/src/decode.rs"),
    ];
    let written: BTreeSet<_> = sources.into_iter().flat_map(codes).collect();
    assert!(written.len() > 30, "the codes are no longer found: {written:?}");
    assert_eq!(walk.codes, written, "left: walked; right: written in the source");
}

/// `(StatusCode::X, "code")`, `code: "code"` and `Self::X => "code"`.
fn codes(source: &str) -> impl Iterator<Item = String> {
    let lines = source.lines().map(str::trim);
    lines.filter_map(|line| {
        let after = line.strip_prefix("code: \"").or_else(|| {
            let (_, after) = line.split_once("(StatusCode::").or_else(|| line.split_once("Self::"))?;
            after
                .split_once(", \"")
                .or_else(|| after.split_once("=> \""))
                .map(|(_, code)| code)
        })?;
        let code = after.split('"').next()?;
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
        (!code.is_empty() && code.bytes().all(plain)).then(|| code.to_owned())
    })
}

/// The shape of refusals inside a receipt, which say what was found: the sender's own words, and cut.
#[tokio::test]
async fn refusals_tell_the_senders_words_only() {
    let gateway = TestGateway::start().await;
    let mut event = click(1);
    event["type"] = json!("x".repeat(10_000));
    let answer = gateway
        .post("/events", &json!([event, {"id": {}}, 7, [[]], {"site": "nowhere"}]))
        .await;
    answer.assert_error(422, "all_refused");
    assert!(answer.body.len() < 4_000, "{}", answer.body.len());
    assert_clean(&answer.text());
    let Value::Array(rejected) = &answer.json()["rejected"] else {
        panic!("{}", answer.text())
    };
    assert_eq!(rejected.len(), 5);
    for refused in rejected {
        for field in ["index", "field", "reason", "message"] {
            assert!(!refused[field].is_null(), "{field} is not in {refused}");
        }
    }
}
