//! What every metric costs over thirty days of ten million events, and the usual ones over the last day and hour too:
//! `cargo xtask bench queries [--rows 10000000] [--runs 7] [metric…]`.
//!
//! The engine is asked as the gateway asks it, over HTTP and within the same bound of memory; a figure is the median of the time
//! from question to answer, rows and bytes are what the engine says it read. Beside each mart stands the same question to the table
//! of events, which must have the same answer.
#![expect(clippy::print_stdout, reason = "a bench prints its table")]

#[path = "queries/ask.rs"]
mod ask;
#[path = "storage/events.rs"]
mod events;
#[path = "queries/load.rs"]
mod load;

use clap::Parser;
use embedded_clickhouse::testing;
use warehouse::{Settings, Warehouse, metrics};

use crate::ask::{Answer, Period, raw};

/// What a dashboard shows first, and asks again every minute.
const USUAL: [&str; 5] = ["dau", "top_pages", "element_ctr", "devices", "heatmap"];
/// A line of minutes is of an hour.
const LINE: &str = "events_per_minute";

#[derive(Parser)]
struct Arguments {
    /// Events of thirty days.
    #[arg(long, default_value_t = 10_000_000)]
    rows: u64,
    /// Times that each question is asked; the first does not count.
    #[arg(long, default_value_t = 7)]
    runs: usize,
    /// A database at CLICKHOUSE_URL. Is there one of this name, its rows are asked; else it is filled, and stays.
    #[arg(long)]
    database: Option<String>,
    /// Fills the database and asks nothing: for benches of what stands before it.
    #[arg(long, requires = "database")]
    fill: bool,
    /// Only these metrics.
    only: Vec<String>,
    /// What `cargo bench` says to every benchmark.
    #[arg(long, hide = true)]
    bench: bool,
}

struct Line {
    metric: &'static str,
    period: Period,
    answer: Answer,
    /// The same question to `events`.
    raw: Option<Answer>,
}

impl Line {
    fn is_usual(&self) -> bool {
        USUAL.contains(&self.metric) || self.metric == LINE && self.period == Period::Hour
    }
}

fn main() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(measure(Arguments::parse()));
}

async fn measure(arguments: Arguments) {
    let engine = testing::engine().await;
    let database = arguments.database.unwrap_or_else(|| engine.database());
    let settings = Settings {
        clickhouse_timeout_ms: 600_000,
        // A question that takes long is to be seen, not stopped.
        clickhouse_read_timeout_ms: 120_000,
        ..Settings::new(engine.url(), &database)
    };
    let warehouse = Warehouse::new(&settings);
    // What the marts are there to spare.
    let unbound = Warehouse::new(&Settings {
        clickhouse_read_memory_bytes: 0,
        ..settings
    });
    let rows = load::fill(&warehouse, arguments.rows).await;
    if arguments.fill {
        return;
    }
    println!(
        "{:>24} {:>7} {:>9} {:>12} {:>9} {:>11} {:>9}",
        "", "period", "ms", "rows read", "MB read", "from raw ms", "ratio"
    );
    let (mut lines, mut failed) = (Vec::new(), 0);
    let chosen = |name: &String| arguments.only.is_empty() || arguments.only.contains(name);
    for metric in metrics().iter().filter(|metric| chosen(&metric.name)) {
        let often = USUAL.contains(&&*metric.name) || metric.name == LINE;
        let periods = Period::ALL
            .into_iter()
            .filter(|period| often || *period == Period::Month);
        for period in periods {
            let answer = match ask::median(&warehouse, metric, period, arguments.runs).await {
                Ok(answer) => answer,
                Err(error) => {
                    failed += 1;
                    println!("{:>24} {:>7} no answer: {error}", metric.name, period.name());
                    continue;
                }
            };
            let reference = raw(&metric.name).filter(|_| period == Period::Month);
            let raw = match reference {
                Some(sql) => Some(ask::reference(&unbound, sql, metric, &answer).await),
                None => None,
            };
            let line = Line {
                metric: &metric.name,
                period,
                answer,
                raw: raw.transpose().expect("an answer from the table of events"),
            };
            show(&line);
            lines.push(line);
        }
    }
    let slowest = |of: &dyn Fn(&Line) -> bool| {
        let chosen = lines.iter().filter(|line| of(line));
        chosen.map(|line| line.answer.ms).fold(0.0, f64::max)
    };
    println!(
        r#"{{"bench": "queries", "figures": {{"slowest_ms": {:.1}, "usual_slowest_ms": {:.1}, "rows": {rows}, "without_answer": {failed}}}}}"#,
        slowest(&|_| true),
        slowest(&Line::is_usual)
    );
}

fn show(line: &Line) {
    let Answer { ms, rows, bytes, .. } = &line.answer;
    let beside = match &line.raw {
        Some(raw) => format!("{:>11.1} {:>9.1}", raw.ms, raw.ms / ms),
        None => String::new(),
    };
    println!(
        "{:>24} {:>7} {ms:>9.1} {rows:>12} {:>9.1} {beside}",
        line.metric,
        line.period.name(),
        *bytes as f64 / 1e6
    );
}
