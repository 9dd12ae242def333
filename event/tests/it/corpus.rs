//! Every body of `event/corpus` gets the verdict written beside it.
//! After a change on purpose: `UPDATE_CORPUS=1 cargo nextest run -p event corpus`, then read the diff.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::verdict::{Case, cases, decode_case, verdict};

#[test]
fn every_body_gets_its_verdict() {
    for case in cases() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("corpus/{}.expected.json", case.name));
        let verdict = verdict(&case);
        if update() {
            fs::write(&path, &verdict).unwrap();
        }
        let expected = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert_eq!(verdict, expected, "{}", case.name);
    }
}

#[expect(clippy::disallowed_methods, reason = "a switch for people, not a setting")]
fn update() -> bool {
    std::env::var("UPDATE_CORPUS").is_ok()
}

#[test]
fn folders_say_what_happens() {
    for Case { name, body } in cases() {
        let all_accepted = decode_case(&name, &body).is_ok_and(|events| events.iter().all(Result::is_ok));
        assert_eq!(all_accepted, name.starts_with("accepted/"), "{name}");
    }
}

#[test]
fn every_reason_is_covered() {
    let mut found = BTreeSet::new();
    for Case { name, body } in cases() {
        match decode_case(&name, &body) {
            Err(error) => _ = found.insert(error.code()),
            Ok(events) => found.extend(
                events
                    .iter()
                    .filter_map(|event| Some(event.as_ref().err()?.reason.code())),
            ),
        }
    }
    let all = codes(include_str!("../../src/refusal.rs")).chain(codes(include_str!("../../src/decode.rs")));
    assert_eq!(found, all.collect());
}

/// The codes in the source of a `code` method, whose match knows every variant.
pub(crate) fn codes(source: &str) -> impl Iterator<Item = &str> {
    let arms = source.lines().filter_map(|line| line.trim().strip_prefix("Self::"));
    arms.filter_map(|arm| arm.split_once("=> \"")?.1.strip_suffix("\","))
}
