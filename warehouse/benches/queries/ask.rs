//! One question to the engine, timed.

use std::time::Instant;

use event::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use warehouse::{Metric, MetricError, ReportFormat, Warehouse};

use crate::events::NOW;

/// Up to the moment of the last event.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Period {
    Month,
    Day,
    Hour,
}

impl Period {
    pub(crate) const ALL: [Self; 3] = [Self::Month, Self::Day, Self::Hour];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Month => "30 days",
            Self::Day => "1 day",
            Self::Hour => "1 hour",
        }
    }

    fn from(self) -> Timestamp {
        let hours = match self {
            Self::Month => 30 * 24,
            Self::Day => 24,
            Self::Hour => 1,
        };
        Timestamp(NOW.0 - hours * 3_600_000)
    }
}

pub(crate) struct Answer {
    /// From question to answer.
    pub(crate) ms: f64,
    pub(crate) rows: u64,
    pub(crate) bytes: u64,
    data: Vec<Value>,
}

/// The answer of `FORMAT JSON`.
#[derive(Deserialize)]
struct Body {
    data: Vec<Value>,
    statistics: Statistics,
}

#[derive(Deserialize)]
struct Statistics {
    rows_read: u64,
    bytes_read: u64,
}

/// Of `runs` answers, without the first, the one with the median time.
pub(crate) async fn median(
    warehouse: &Warehouse,
    metric: &Metric,
    period: Period,
    runs: usize,
) -> Result<Answer, MetricError> {
    let mut answers = vec![ask(warehouse, metric, period).await?];
    for _ in 1..runs {
        answers.push(ask(warehouse, metric, period).await?);
    }
    if runs > 1 {
        answers.remove(0);
    }
    answers.sort_by(|one, other| one.ms.total_cmp(&other.ms));
    Ok(answers.swap_remove(answers.len() / 2))
}

/// The question to the table of events, asked three times.
///
/// # Panics
/// When its answer is not the metric's.
pub(crate) async fn reference(
    warehouse: &Warehouse,
    sql: &str,
    metric: &Metric,
    answer: &Answer,
) -> Result<Answer, MetricError> {
    let raw = Metric::parse(&metric.name, sql);
    let reference = median(warehouse, &raw, Period::Month, 3).await?;
    assert!(
        reference.data == answer.data,
        "{}: events say something else",
        metric.name
    );
    Ok(reference)
}

async fn ask(warehouse: &Warehouse, metric: &Metric, period: Period) -> Result<Answer, MetricError> {
    let (from, to) = (moment(period.from()), moment(NOW));
    let common = [
        ("site", "shop"),
        ("from", &*from),
        ("to", &*to),
        ("tz", "Europe/Berlin"),
        ("bots", "0"),
        ("limit", "100"),
    ];
    let has = |name: &str| metric.parameters.iter().any(|parameter| parameter.name == name);
    let given: Vec<_> = common.into_iter().filter(|(name, _)| has(name)).collect();
    let start = Instant::now();
    let answer = warehouse.report(metric, &given, ReportFormat::Json).await?;
    let ms = start.elapsed().as_secs_f64() * 1e3;
    let Body { data, statistics } = serde_json::from_slice(&answer).expect("the engine's JSON");
    Ok(Answer {
        ms,
        rows: statistics.rows_read,
        bytes: statistics.bytes_read,
        data,
    })
}

fn moment(at: Timestamp) -> String {
    at.to_string().trim_end_matches('Z').replace('T', " ")
}

/// The same questions as the metrics ask, to the table of events: of each mart at least one.
pub(crate) fn raw(metric: &str) -> Option<&'static str> {
    Some(match metric {
        "dau" => include_str!("raw/dau.sql"),
        "devices" => include_str!("raw/devices.sql"),
        "element_ctr" => include_str!("raw/element_ctr.sql"),
        "heatmap" => include_str!("raw/heatmap.sql"),
        "latency" => include_str!("raw/latency.sql"),
        "new_users" => include_str!("raw/new_users.sql"),
        "orders" => include_str!("raw/orders.sql"),
        "top_pages" => include_str!("raw/top_pages.sql"),
        _ => return None,
    })
}
