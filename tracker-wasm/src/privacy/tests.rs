//! The corpus in `corpus/`: what stands between `{{` and `}}` names a person, and harmless lines name nobody.

use super::scrub::{scrub, scrub_json};

const PERSONAL: &str = include_str!("../../corpus/personal.txt");
const HARMLESS: &str = include_str!("../../corpus/harmless.txt");
/// Telephone numbers that look like any other number: too short, or without a sign of what they are.
const BARE: &str = include_str!("../../corpus/bare.txt");

/// The line without its marks, and what must be left of it.
fn read(line: &str) -> (String, String) {
    let (mut text, mut expected) = (String::new(), String::new());
    for part in line.split("{{") {
        let Some((marked, rest)) = part.split_once("}}") else {
            text.push_str(part);
            expected.push_str(part);
            continue;
        };
        text.extend([marked, rest]);
        let at = ["@", "%40", "%2540", "＠"].iter().any(|sign| marked.contains(sign));
        expected.extend([if at { "[email]" } else { "[phone]" }, rest]);
    }
    (text, expected)
}

fn share(corpus: &str, scrub: impl Fn(&str) -> String) -> (usize, usize) {
    let mut missed = 0;
    for line in corpus.lines() {
        let (text, expected) = read(line);
        let found = scrub(&text);
        if found != expected {
            missed += 1;
            println!("{text} became {found}");
        }
    }
    (missed, corpus.lines().count())
}

#[test]
fn recall_of_personal_lines() {
    let (missed, lines) = share(PERSONAL, scrub);
    let recall = 1.0 - missed as f64 / lines as f64;
    println!("recall {recall:.4}: {missed} of {lines} lines missed");
    assert!(recall >= 0.98, "recall {recall}");
}

#[test]
fn false_positives_of_harmless_lines() {
    let (changed, lines) = share(HARMLESS, scrub);
    let rate = changed as f64 / lines as f64;
    println!("false positives {rate:.4}: {changed} of {lines} lines changed");
    assert!(rate <= 0.01, "false positives {rate}");
}

#[test]
fn bare_numbers_need_a_word() {
    let (missed, lines) = share(BARE, scrub);
    println!("bare numbers: {missed} of {lines} stay");
    let (missed, lines) = share(BARE, |text| scrub(&["tel. ", text].concat()).replacen("tel. ", "", 1));
    println!("behind a word: {missed} of {lines} stay");
    let short = |line: &&str| line.bytes().filter(u8::is_ascii_digit).count() < 7;
    assert!(
        missed <= BARE.lines().filter(short).count() + 1,
        "behind a word seven figures are enough"
    );
}

#[test]
fn json_stays_json() {
    let every = PERSONAL.lines().chain(HARMLESS.lines()).map(|line| read(line).0);
    for text in every {
        for text in [text.clone(), ["tab\t", &text, "\n\"\\", &text, "\u{1}", &text].concat()] {
            let json =
                serde_json::json!({ "text": text, "list": [text, 491_701_234_567_u64], "phone": 2_125_550_123_u64 });
            let clean = scrub_json(&json.to_string());
            let read: serde_json::Value =
                serde_json::from_str(&clean).unwrap_or_else(|error| panic!("{clean}: {error}"));
            assert_eq!(read["phone"], 2_125_550_123_u64, "numbers stay");
        }
    }
}

#[track_caller]
fn check_json(json: &str, expect: &str) {
    assert_eq!(scrub_json(json), expect);
}

#[test]
fn own_events_keep_their_numbers() {
    check_json(
        r#"{"order_id":"0301234567","sku":"212-555-0123"}"#,
        r#"{"order_id":"0301234567","sku":"212-555-0123"}"#,
    );
    check_json(
        r#"{"phone":"2125550123","to":"+49 170 1234567"}"#,
        r#"{"phone":"[phone]","to":"[phone]"}"#,
    );
    check_json(
        r#"{"note":"a\nann@mail.example","n":1}"#,
        r#"{"note":"a\n[email]","n":1}"#,
    );
    check_json(
        r#"{"a":1700000000000.5,"b":+4912345678}"#,
        r#"{"a":1700000000000.5,"b":+4912345678}"#,
    );
}

#[test]
fn anything_goes_through() {
    use proptest::prelude::*;
    proptest!(|(text in "[ -~٠-٩%@+(0-9é.\\-]{0,60}")| {
        let clean = scrub(&text);
        prop_assert_eq!(scrub(&clean), clean, "what was cleaned once is clean");
        let json = serde_json::to_string(&text).unwrap();
        let read: Result<String, _> = serde_json::from_str(&scrub_json(&json));
        prop_assert!(read.is_ok(), "{}", json);
    });
}
