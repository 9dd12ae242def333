use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::share::quantile;
use crate::occurrence::{Deed, Title};

/// Milliseconds that the shop took to answer. Quantiles are values that occurred: the one at position floor(q × n), counted from 0.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Latency {
    /// `None`: of all titles.
    pub title: Option<Title>,
    /// Events with a `latency_ms`.
    pub events: u64,
    pub p50_ms: Option<u64>,
    pub p95_ms: Option<u64>,
    pub p99_ms: Option<u64>,
}

/// All responses of an hour; hours without any are left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HourLatency {
    /// Milliseconds since 1970.
    pub hour_ms: i64,
    #[serde(flatten)]
    pub latency: Latency,
}

const HOUR_MS: i64 = 3_600_000;

#[derive(Debug, Default)]
pub(super) struct Counting {
    by_title: BTreeMap<Title, Vec<u64>>,
    by_hour: BTreeMap<i64, Vec<u64>>,
}

impl Counting {
    pub(super) fn observe(&mut self, deed: &Deed, ms: i64) {
        if let Deed::PageView { latency_ms } | Deed::PaymentAttempt { latency_ms, .. } = *deed {
            self.by_title.entry(deed.title()).or_default().push(latency_ms.into());
            let hour_ms = ms.div_euclid(HOUR_MS) * HOUR_MS;
            self.by_hour.entry(hour_ms).or_default().push(latency_ms.into());
        }
    }

    pub(super) fn finish(self) -> (Vec<Latency>, Vec<HourLatency>) {
        let all = self.by_title.values().flatten().copied().collect();
        let mut rows = vec![row(None, all)];
        rows.extend(
            self.by_title
                .into_iter()
                .map(|(title, values)| row(Some(title), values)),
        );
        let hours = self.by_hour.into_iter().map(|(hour_ms, values)| HourLatency {
            hour_ms,
            latency: row(None, values),
        });
        (rows, hours.collect())
    }
}

fn row(title: Option<Title>, mut values: Vec<u64>) -> Latency {
    values.sort_unstable();
    Latency {
        title,
        events: values.len() as u64,
        p50_ms: quantile(&values, 500),
        p95_ms: quantile(&values, 950),
        p99_ms: quantile(&values, 990),
    }
}
