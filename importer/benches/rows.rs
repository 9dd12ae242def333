//! What a row costs before it is sent, from the file's bytes to the event's JSON: `cargo bench -p importer`.
//!
//! The best of several rounds of one thread, beside taking the same rows apart and nothing else.
#![expect(clippy::print_stdout, reason = "a bench prints its table")]

use std::fmt::Write as _;
use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

use event::Timestamp;
use generator::write::{csv, json};
use generator::{Pace, Scenario, Traffic};
use importer::{Form, Format, Mapping, Rows};

const ROWS: u64 = 200_000;
const ROUNDS: usize = 7;
const BODY_BYTES: usize = 1024 * 1024;

fn main() {
    let folder = tempfile::tempdir().expect("there is room for temporary files");
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("there is room for temporary files");
        path
    };
    let events = events();
    let with_ids = write("events.csv", &events);
    let without_ids = write("without.csv", &without_ids(&events));
    let lines = write("events.jsonl", &lines());
    let clothing = write("clothing.csv", &clothing());
    let mapping = Mapping::read(Path::new("uci-clothing")).expect("it comes with the program");

    let native = rate(&with_ids, &form(Format::Csv, None));
    let hashed = rate(&without_ids, &form(Format::Csv, None));
    let jsonl = rate(&lines, &form(Format::Jsonl, None));
    let mapped = rate(&clothing, &form(Format::Csv, Some(mapping)));
    let bare = best(|| split(events.as_bytes()));
    for (what, us) in [
        ("29 columns", native),
        ("28 columns, ids made", hashed),
        ("JSON lines", jsonl),
        ("uci-clothing", mapped),
        ("29 columns, split only", bare),
    ] {
        println!("{what:>24} {us:>8.3} us a row");
    }
    println!(
        r#"{{"bench": "rows", "figures": {{"csv_us_per_row": {native:.3}, "csv_without_ids_us_per_row": {hashed:.3}, "jsonl_us_per_row": {jsonl:.3}, "mapped_us_per_row": {mapped:.3}, "split_only_us_per_row": {bare:.3}}}}}"#
    );
}

fn form(format: Format, mapping: Option<Mapping>) -> Form {
    Form {
        format,
        mapping,
        mapping_name: String::new(),
        delimiter: None,
        encoding: None,
        strict: false,
        site: "shop".to_owned(),
    }
}

fn traffic() -> Traffic {
    let to = Timestamp(1_795_341_600_000);
    let from = Timestamp(to.0 - 7 * 86_400_000);
    let pace = Pace::Span { from, to, count: ROWS };
    Traffic::new(42, pace, Scenario::Normal)
}

fn events() -> String {
    let (mut text, mut writer) = (format!("{}\n", csv::HEADER), csv::Writer::default());
    traffic().for_each(|occurrence| writer.row(&occurrence, &mut text));
    text
}

fn lines() -> String {
    let (mut text, mut writer) = (String::new(), json::Writer::default());
    traffic().for_each(|occurrence| {
        writer.event(&occurrence, &mut text);
        text.push('\n');
    });
    text
}

/// The id is the first column, and never in quotes.
fn without_ids(events: &str) -> String {
    let rows = events
        .lines()
        .map(|row| row.split_once(',').map_or(row, |(_, rest)| rest));
    rows.fold(String::new(), |text, row| text + row + "\n")
}

fn clothing() -> String {
    let mut text =
        "year;month;day;order;country;session ID;page 1 (main category);page 2 (clothing model);colour;location;\
                    model photography;price;price 2;page\n"
            .to_owned();
    for row in 0..ROWS {
        let (session, order) = (row / 7 + 1, row % 7 + 1);
        let (month, day) = (4 + row * 5 / ROWS, 1 + row / 300 % 30);
        let (model, colour) = (row % 43 + 1, row % 14 + 1);
        writeln!(
            text,
            "2008;{month};{day};{order};{};{session};{};A{model};{colour};3;1;{};2;1",
            row % 47 + 1,
            row % 4 + 1,
            18 + row % 60
        )
        .expect("a text takes all");
    }
    text
}

fn rate(path: &Path, form: &Form) -> f64 {
    let mut json = String::with_capacity(2 * BODY_BYTES);
    best(|| {
        let mut rows = Rows::open(path, form).expect("the file is there");
        let mut read = 0;
        while let Some(row) = rows.read(&mut json).expect("the file is whole") {
            assert_eq!(row.written, Ok(true));
            read += 1;
            if json.len() > BODY_BYTES {
                json.clear();
            }
        }
        assert_eq!(read, ROWS);
        black_box(&json);
    })
}

fn split(text: &[u8]) {
    let mut reader = csv_core::Reader::new();
    let (mut output, mut ends) = (vec![0; 64 * 1_024], vec![0; 64]);
    let mut rest = text;
    loop {
        let (result, read, ..) = reader.read_record(rest, &mut output, &mut ends);
        rest = &rest[read..];
        black_box(&output);
        if result != csv_core::ReadRecordResult::Record {
            break;
        }
    }
}

/// Microseconds a row of the fastest round.
fn best(mut round: impl FnMut()) -> f64 {
    let seconds = (0..ROUNDS).map(|_| {
        let began = Instant::now();
        round();
        began.elapsed().as_secs_f64()
    });
    seconds.fold(f64::MAX, f64::min) * 1e6 / ROWS as f64
}
