//! Lines for people as they come, one JSON object at the end.

use serde_json::{Map, json};

use super::freshness::Freshness;
use super::meter::{Parts, Usage};
use super::scene::{Account, Phase};

/// What issue and design ask for, and the figure of the same run that it stands beside.
const TARGETS: [Target; 9] = [
    Target::at_least("events_per_s", 150_000.0, "bare_us_per_event"),
    Target::at_most(
        "broker_us_per_request_1000_connections",
        3.0,
        "broker_us_per_message_of_one_event",
    ),
    Target::at_most("freshness_p99_ms", 2_000.0, "freshness_look_p99_ms"),
    Target::at_most("loader_cpu_ratio_direct_insert", 1.3, "direct_insert_us_per_event"),
    Target::at_most("gateway_peak_mb", 150.0, ""),
    Target::at_most("loader_peak_mb", 150.0, ""),
    Target::at_most("freshness_p99_ms_embedded", 1_000.0, "freshness_look_p99_ms_embedded"),
    Target::none("receipt_p99_ms", "bare_answer_p99_ms"),
    Target::none(
        "gateway_us_per_request_1000_connections",
        "bare_us_per_request_1000_connections",
    ),
];

struct Target {
    figure: &'static str,
    bound: Bound,
    reference: &'static str,
}

enum Bound {
    AtLeast(f64),
    AtMost(f64),
    None,
}

impl Target {
    const fn at_least(figure: &'static str, bound: f64, reference: &'static str) -> Self {
        let bound = Bound::AtLeast(bound);
        Self {
            figure,
            bound,
            reference,
        }
    }

    const fn at_most(figure: &'static str, bound: f64, reference: &'static str) -> Self {
        let bound = Bound::AtMost(bound);
        Self {
            figure,
            bound,
            reference,
        }
    }

    const fn none(figure: &'static str, reference: &'static str) -> Self {
        let bound = Bound::None;
        Self {
            figure,
            bound,
            reference,
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct Report {
    figures: Map<String, serde_json::Value>,
    wrong: Vec<String>,
}

impl Report {
    #[expect(clippy::print_stdout, reason = "the table is what a bench is for")]
    pub(super) fn say(&self, line: &str) {
        println!("{line}");
    }

    /// A table of the phases of one topology.
    pub(super) fn begin(&self, topology: &str, parts: &Parts) {
        self.say(&format!("\n{topology}; CPU in µs an event, others in processors\n"));
        let parts: Vec<&str> = parts.names().collect();
        self.say(&format!(
            "| phase | events/s | rows/s | p50 ms | p99 ms | {} | others |",
            parts.join(" | ")
        ));
        self.say(&format!("|---|--:|--:|--:|--:|{}--:|", "--:|".repeat(parts.len())));
    }

    pub(super) fn phase(&mut self, name: &str, phase: &Phase) {
        let Phase { sent, usage, rows } = phase;
        let wall = usage.wall.as_secs_f64();
        let [p50, p99] = [0.5, 0.99].map(|share| sent.latencies.quantile_ms(share));
        let (events_per_s, rows_per_s) = (sent.events as f64 / wall, *rows as f64 / wall);
        let cpu = cpu(usage, sent.events);
        self.say(&format!(
            "| {name} | {events_per_s:.0} | {rows_per_s:.0} | {p50:.1} | {p99:.1} | {cpu} |"
        ));
        for (status, events) in &sent.refused {
            self.wrong
                .push(format!("{name}: {events} events were answered {status}"));
        }
    }

    /// Rows that came without load.
    pub(super) fn rows(&self, name: &str, rows: u64, usage: &Usage) {
        let per_s = rows as f64 / usage.wall.as_secs_f64();
        self.say(&format!("| {name} | | {per_s:.0} | | | {} |", cpu(usage, rows)));
    }

    pub(super) fn paced(&mut self, suffix: &str, phase: &Phase, freshness: &Freshness) {
        let Freshness { latencies, looks } = freshness;
        for (name, of) in [
            ("receipt", &phase.sent.latencies),
            ("freshness", latencies),
            ("freshness_look", looks),
        ] {
            for (quantile, share) in [("p50", 0.5), ("p99", 0.99)] {
                self.figure(&format!("{name}_{quantile}_ms{suffix}"), of.quantile_ms(share));
            }
        }
        self.figure(&format!("freshness_events{suffix}"), latencies.len() as f64);
    }

    pub(super) fn figure(&mut self, name: &str, value: f64) {
        let digits = if value >= 1_000.0 { 1.0 } else { 1_000.0 };
        self.figures
            .insert(name.to_owned(), json!((value * digits).round() / digits));
    }

    pub(super) fn account(&mut self, suffix: &str, account: &Account) {
        let Account {
            accepted,
            stored,
            rows,
            refused,
            ..
        } = account;
        self.say(&format!(
            "\nby id: {accepted} accepted, {stored} stored in {rows} rows, {refused} without receipt"
        ));
        self.figure(&format!("lost{suffix}"), account.lost() as f64);
        self.figure(&format!("duplicated{suffix}"), account.duplicated() as f64);
        if !account.is_even() {
            self.wrong.push(format!("receipts and rows differ: {account:?}"));
        }
    }

    /// The targets, then the line for programs.
    pub(super) fn end(&self) {
        self.say("\n| figure | measured | target | reference of this run |\n|---|--:|--:|---|");
        for Target {
            figure,
            bound,
            reference,
        } in &TARGETS
        {
            let Some(value) = self.figures.get(*figure).and_then(serde_json::Value::as_f64) else {
                continue;
            };
            let (target, is_met) = match bound {
                Bound::AtLeast(bound) => (format!("≥ {bound}"), value >= *bound),
                Bound::AtMost(bound) => (format!("≤ {bound}"), value <= *bound),
                Bound::None => (String::new(), true),
            };
            let missed = if is_met { "" } else { " (missed)" };
            let reference = match self.figures.get(*reference) {
                Some(value) => format!("{reference} {value}"),
                None => String::new(),
            };
            self.say(&format!("| {figure} | {value}{missed} | {target} | {reference} |"));
        }
        self.say(&format!("\n{}", json!({"bench": "pipeline", "figures": self.figures})));
    }

    /// What must not happen in a run.
    pub(super) fn wrong(&self) -> &[String] {
        &self.wrong
    }
}

fn cpu(usage: &Usage, events: u64) -> String {
    let parts = usage
        .parts()
        .map(|(name, _)| format!("{:.2}", usage.us_per(name, events)));
    let others = usage.others.as_secs_f64() / usage.wall.as_secs_f64();
    parts.chain([format!("{others:.2}")]).collect::<Vec<_>>().join(" | ")
}
