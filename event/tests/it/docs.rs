//! `docs/events.md` says what the code does.

use event::limits;

use crate::corpus::codes;
use crate::verdict::decode_case;

const DOCS: &str = include_str!("../../../docs/events.md");

/// The first two cells of each row of the table under a heading, without their backticks.
fn table(heading: &str) -> Vec<(&'static str, &'static str)> {
    let start = DOCS
        .find(heading)
        .unwrap_or_else(|| panic!("docs/events.md has no {heading:?}"));
    let lines = DOCS[start..].lines().skip_while(|line| !line.starts_with("|--"));
    let rows = lines.skip(1).take_while(|line| line.starts_with('|'));
    let cells = rows.map(|row| row.split('|').map(|cell| cell.trim().trim_matches('`')));
    cells
        .map(|mut cells| (cells.nth(1).unwrap_or(""), cells.next().unwrap_or("")))
        .collect()
}

fn with_commas(number: i64) -> String {
    let digits = number.to_string();
    let groups = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy);
    groups.collect::<Vec<_>>().join(",")
}

macro_rules! limits {
    ($($name:ident),* $(,)?) => { [$((stringify!($name), with_commas(limits::$name as i64)),)*] };
}

#[test]
fn limits_are_the_printed_ones() {
    let limits = limits![
        BODY_BYTES,
        EVENT_BYTES,
        EVENTS,
        DEPTH,
        SITE_BYTES,
        SESSION_ID_BYTES,
        USER_ID_BYTES,
        URL_BYTES,
        USER_AGENT_BYTES,
        EVENT_TITLE_BYTES,
        ELEMENT_ID_BYTES,
        LABEL_BYTES,
        CURRENCY_BYTES,
        PIXELS,
        QUANTITY,
        LATENCY_MS,
        AHEAD_MS,
    ];
    let source = include_str!("../../src/limits.rs").lines();
    let constants = source.filter_map(|line| line.strip_prefix("pub const ")?.split(':').next());
    assert!(
        constants.eq(limits.iter().map(|(name, _)| *name)),
        "this list has every constant"
    );
    let printed = table("## Limits");
    assert_eq!(
        printed,
        limits
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect::<Vec<_>>()
    );
}

#[test]
fn reasons_are_the_printed_ones() {
    check_codes("## Reasons", include_str!("../../src/refusal.rs"));
    check_codes("## Bodies that are no events", include_str!("../../src/decode.rs"));
}

#[track_caller]
fn check_codes(heading: &str, source: &'static str) {
    let printed = table(heading).into_iter().map(|(code, _)| code).collect::<Vec<_>>();
    assert_eq!(printed, codes(source).collect::<Vec<_>>(), "{heading}");
}

#[test]
fn samples_are_accepted() {
    let mut samples = 0;
    for block in DOCS.split("```json\n").skip(1) {
        let body = block.split("```").next().unwrap_or("");
        let verdicts = decode_case("accepted/ageless_docs", body.as_bytes()).unwrap();
        assert!(verdicts.iter().all(Result::is_ok), "{verdicts:?}");
        samples += 1;
    }
    assert!(samples >= 2, "the page has samples");
    let corrected = include_str!("../../corpus/accepted/ageless_seed_001_corrected.json");
    assert!(
        DOCS.contains(corrected),
        "the page has seed 001's sample as the corpus has it"
    );
}
