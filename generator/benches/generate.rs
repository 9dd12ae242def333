//! What an event costs, from the model to its line, and what counting it costs: `cargo bench -p generator`.
//!
//! The best of several rounds of one thread each, because other programs take their share of the others.
#![expect(clippy::print_stdout, reason = "a bench prints its table")]

use std::hint::black_box;
use std::io::{Seek, Write};
use std::time::Instant;

use event::Timestamp;
use generator::truth::Calendar;
use generator::write::{csv, json};
use generator::{Definition, Occurrence, Pace, Scenario, Sending, Traffic, Truth};

const TO: Timestamp = Timestamp(1_795_341_600_000);
const WEEK_MS: i64 = 7 * 86_400_000;
const EVENTS: u64 = 200_000;
const ROUNDS: usize = 20;
const CHUNK_BYTES: usize = 256 * 1_024;

fn main() {
    let mut file = tempfile::tempfile().expect("there is room for temporary files");
    let model = best(|| sending().for_each(|occurrence| _ = black_box(occurrence.id)));
    let mut csv = csv::Writer::default();
    let csv = best(|| lines(&mut file, |occurrence, text| csv.row(occurrence, text)));
    let mut json = json::Writer::default();
    let jsonl = best(|| {
        lines(&mut file, |occurrence, text| {
            json.event(occurrence, text);
            text.push('\n');
        });
    });
    let truth = best(|| {
        let calendar = Calendar::new("Europe/Berlin").expect("the zones are in the program");
        let mut truth = Truth::new(Definition::usual(calendar));
        sending().for_each(|occurrence| truth.observe(&occurrence));
        black_box(truth.finish());
    });
    for (what, rate) in [("model", model), ("csv", csv), ("jsonl", jsonl), ("truth", truth)] {
        println!("{what:>8} {rate:>12.0} events/s");
    }
    println!(
        r#"{{"bench": "generate", "figures": {{"csv_events_per_s_per_core": {csv:.0}, "jsonl_events_per_s_per_core": {jsonl:.0}, "truth_events_per_s_per_core": {truth:.0}, "model_events_per_s_per_core": {model:.0}}}}}"#
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
fn lines(file: &mut std::fs::File, mut write: impl FnMut(&Occurrence, &mut String)) {
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

/// Events per second of the fastest round.
fn best(mut round: impl FnMut()) -> f64 {
    let seconds = (0..ROUNDS).map(|_| {
        let began = Instant::now();
        round();
        began.elapsed().as_secs_f64()
    });
    EVENTS as f64 / seconds.fold(f64::MAX, f64::min)
}
