use std::collections::BTreeMap;
use std::fmt;

use crate::server::{self, BARE, FSYNC_ALWAYS, UNPUBLISHED};

/// What issue 3 says of Vector doing the same job before its broker, µs of CPU of a one-event request...
const VECTOR_REQUEST_US: f64 = 72.0;
/// ...and of an event in batches of 20...
const VECTOR_EVENT_US: f64 = 25.0;
/// ...on a machine whose bare handler took 9 to 11 µs a request.
const VECTOR_BARE_US: f64 = 10.0;

#[derive(Debug, Clone, Copy)]
pub(crate) struct Round {
    pub(crate) us_per_request: f64,
    pub(crate) requests_per_second: f64,
}

/// Rounds by server and batch; the first server is the bare one. Displayed as a table, with one JSON object as last line.
pub(crate) struct Report {
    servers: Vec<String>,
    batches: Vec<usize>,
    rounds: Vec<Vec<Vec<Round>>>,
}

impl Report {
    pub(crate) fn new(servers: Vec<String>, batches: Vec<usize>) -> Self {
        Self {
            rounds: vec![vec![Vec::new(); batches.len()]; servers.len()],
            servers,
            batches,
        }
    }

    pub(crate) fn add(&mut self, server: usize, batch: usize, round: Round) {
        self.rounds[server][batch].push(round);
    }

    fn us_per_request(&self, server: usize, batch: usize) -> f64 {
        median(self.rounds[server][batch].iter().map(|round| round.us_per_request))
    }

    fn us_per_event(&self, server: usize, batch: usize) -> f64 {
        self.us_per_request(server, batch) / self.batches[batch] as f64
    }

    /// Each round against the bare handler's in the same minute.
    fn ratio(&self, server: usize, batch: usize) -> f64 {
        let rounds = self.rounds[server][batch].iter().zip(&self.rounds[0][batch]);
        median(rounds.map(|(round, bare)| round.us_per_request / bare.us_per_request))
    }

    /// How many times Vector's cost, brought to this machine by its bare handler, is ours.
    fn vector_ratio(&self, server: usize, batch: usize) -> Option<f64> {
        let bare = self.us_per_request(0, self.column(1)?);
        let here = bare / VECTOR_BARE_US;
        match self.batches[batch] {
            1 => Some(VECTOR_REQUEST_US * here / self.us_per_request(server, batch)),
            20 => Some(VECTOR_EVENT_US * here / self.us_per_event(server, batch)),
            _ => None,
        }
    }

    fn column(&self, events: usize) -> Option<usize> {
        self.batches.iter().position(|&batch| batch == events)
    }

    /// Those whose server and batch were measured.
    fn figures(&self) -> BTreeMap<String, f64> {
        let mut figures = BTreeMap::new();
        for (server, suffix, event) in [
            (UNPUBLISHED, "", "us_per_event_batch_20_without_queue"),
            (FSYNC_ALWAYS, "_embedded_queue", "us_per_event_batch_20"),
        ] {
            let Some(row) = self.servers.iter().position(|name| name == server) else {
                continue;
            };
            if let Some(column) = self.column(1) {
                figures.insert(format!("cpu_ratio_1_event{suffix}"), self.ratio(row, column));
                let ratio = self.vector_ratio(row, column);
                figures.extend(ratio.map(|ratio| (format!("vector_ratio_1_event{suffix}"), ratio)));
            }
            if let Some(column) = self.column(20) {
                figures.insert(event.to_owned(), self.us_per_event(row, column));
                let ratio = self.vector_ratio(row, column);
                figures.extend(ratio.map(|ratio| (format!("vector_ratio_batch_20{suffix}"), ratio)));
            }
        }
        figures
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            formatter,
            "| server | events a request | requests/s | CPU µs a request | to bare | CPU µs an event | Vector to it |"
        )?;
        writeln!(formatter, "|---|--:|--:|--:|--:|--:|--:|")?;
        for (column, batch) in self.batches.iter().enumerate() {
            for (row, name) in self.servers.iter().enumerate() {
                let rounds = &self.rounds[row][column];
                let vector = self.vector_ratio(row, column).filter(|_| name != BARE);
                writeln!(
                    formatter,
                    "| {} | {batch} | {:.0} | {:.1} | {:.2} | {:.2} | {} |",
                    server::describe(name),
                    median(rounds.iter().map(|round| round.requests_per_second)),
                    self.us_per_request(row, column),
                    self.ratio(row, column),
                    self.us_per_event(row, column),
                    vector.map_or_else(String::new, |ratio| format!("{ratio:.1}")),
                )?;
            }
        }
        writeln!(
            formatter,
            "\nVector to it: how many times as much CPU Vector's took for the same job before its broker: {VECTOR_REQUEST_US} µs a \
             request of one event,\n{VECTOR_EVENT_US} µs an event in batches of 20, where the bare handler took \
             {VECTOR_BARE_US} µs; here scaled by this run's bare handler.\n"
        )?;
        let figures = self.figures();
        let figures = figures.iter().map(|(name, figure)| format!("\"{name}\":{figure:.3}"));
        let figures = figures.collect::<Vec<_>>().join(",");
        write!(formatter, "{{\"bench\":\"gateway\",\"figures\":{{{figures}}}}}")
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
