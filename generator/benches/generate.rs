//! What an event costs, from the model to its row, and what counting it costs: `cargo bench -p generator`.
//!
//! CPU time of one thread, the best of several rounds, because other programs take their share of the cores. The reference is the
//! `csv` crate, which writes the same rows to the same file in the same rounds: its fields lie ready in memory, so that
//! neither model nor formatting of numbers is in its figure.
#![expect(clippy::print_stdout, reason = "a bench prints its table")]

use std::fs::File;
use std::hint::black_box;
use std::io::{Seek, Write};

use event::Timestamp;
use generator::truth::Calendar;
use generator::write::{csv, json, parquet};
use generator::{Definition, Occurrence, Pace, Scenario, Sending, Traffic, Truth};
use rustix::time::{ClockId, clock_gettime};

const TO: Timestamp = Timestamp(1_795_341_600_000);
const WEEK_MS: i64 = 7 * 86_400_000;
const EVENTS: u64 = 200_000;
const ROUNDS: usize = 15;
const CHUNK_BYTES: usize = 256 * 1_024;
/// Rows that the reference holds ready; it writes them as often as it takes.
const READY_ROWS: usize = 20_000;

fn main() {
    let mut file = tempfile::tempfile().expect("there is room for temporary files");
    let ready = records();
    let mut best = [f64::MAX; 6];
    for _ in 0..ROUNDS {
        let seconds = [
            seconds(|| sending().for_each(|occurrence| _ = black_box(occurrence.id))),
            seconds(|| {
                let mut csv = csv::Writer::default();
                lines(&mut file, |occurrence, text| csv.row(occurrence, text));
            }),
            seconds(|| reference(&mut file, &ready)),
            seconds(|| {
                let mut json = json::Writer::default();
                lines(&mut file, |occurrence, text| json.line(occurrence, text));
            }),
            seconds(|| columns(&mut file)),
            seconds(count),
        ];
        for (best, seconds) in best.iter_mut().zip(seconds) {
            *best = best.min(seconds);
        }
    }
    let [model, csv, reference, jsonl, parquet, truth] = best.map(|seconds| EVENTS as f64 / seconds);
    println!("events per second of CPU time on one core, load {}", load());
    for (what, rate) in [
        ("model alone", model),
        ("csv", csv),
        ("csv crate, same rows, fields ready", reference),
        ("jsonl", jsonl),
        ("parquet", parquet),
        ("truth", truth),
    ] {
        println!("{what:>36} {rate:>12.0}");
    }
    let ratio = csv / reference;
    println!(
        r#"{{"bench": "generate", "figures": {{"csv_events_per_s_per_core": {csv:.0}, "csv_crate_rows_per_s_per_core": {reference:.0}, "csv_to_csv_crate_ratio": {ratio:.2}, "jsonl_events_per_s_per_core": {jsonl:.0}, "parquet_events_per_s_per_core": {parquet:.0}, "truth_events_per_s_per_core": {truth:.0}, "model_events_per_s_per_core": {model:.0}}}}}"#
    );
}

fn sending() -> Sending {
    let from = Timestamp(TO.0 - WEEK_MS);
    let pace = Pace::Span {
        from,
        to: TO,
        count: EVENTS,
    };
    Sending::new(
        Traffic::new(42, pace, Scenario::Normal),
        Scenario::Normal,
        Some(EVENTS),
        42,
    )
}

/// Into a file that is overwritten each time.
fn lines(file: &mut File, mut write: impl FnMut(&Occurrence, &mut String)) {
    file.rewind().expect("a temporary file can be rewound");
    let mut text = String::with_capacity(CHUNK_BYTES + 4_096);
    for occurrence in sending() {
        write(&occurrence, &mut text);
        if text.len() >= CHUNK_BYTES {
            file.write_all(text.as_bytes()).expect("the disk has room");
            text.clear();
        }
    }
    file.write_all(text.as_bytes()).expect("the disk has room");
}

fn columns(file: &mut File) {
    file.rewind().expect("a temporary file can be rewound");
    let mut writer =
        parquet::Writer::new(file.try_clone().expect("a file can be opened twice")).expect("an empty file");
    for occurrence in sending() {
        writer.row(&occurrence).expect("the disk has room");
    }
    writer.finish().expect("the disk has room");
}

fn count() {
    let calendar = Calendar::new("Europe/Berlin").expect("the zones are in the program");
    let mut truth = Truth::new(Definition::usual(calendar));
    sending().for_each(|occurrence| truth.observe(&occurrence));
    black_box(truth.finish());
}

/// The first rows as their fields.
fn records() -> Vec<::csv::StringRecord> {
    let (mut writer, mut text) = (csv::Writer::default(), String::new());
    for occurrence in sending().take(READY_ROWS) {
        writer.row(&occurrence, &mut text);
    }
    let rows = ::csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(text.as_bytes())
        .into_records();
    rows.map(|row| row.expect("the rows are well formed")).collect()
}

fn reference(file: &mut File, ready: &[::csv::StringRecord]) {
    file.rewind().expect("a temporary file can be rewound");
    let mut writer = ::csv::WriterBuilder::new()
        .has_headers(false)
        .buffer_capacity(CHUNK_BYTES)
        .from_writer(file);
    for record in ready.iter().cycle().take(EVENTS as usize) {
        writer.write_record(record).expect("the disk has room");
    }
    writer.flush().expect("the disk has room");
}

/// CPU time of this thread, the system's share included.
fn seconds(round: impl FnOnce()) -> f64 {
    let now = || {
        let now = clock_gettime(ClockId::ThreadCPUTime);
        now.tv_sec as f64 + now.tv_nsec as f64 / 1e9
    };
    let began = now();
    round();
    now() - began
}

/// Programs that want a core, on average of the last minute.
fn load() -> String {
    let load = std::fs::read_to_string("/proc/loadavg").expect("the bench runs on Linux");
    load.split(' ').next().unwrap_or("?").to_owned()
}
