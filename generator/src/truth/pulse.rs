use std::collections::BTreeMap;

use event::EventType;
use hashbrown::HashSet;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::share::quantile;
use crate::occurrence::{Deed, Occurrence};

/// What tells that something is wrong, by the hour (UTC). Sessions, payments and latency without bots, whether they are counted elsewhere or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pulse {
    /// Milliseconds since 1970.
    pub hour_ms: i64,
    /// That began.
    pub sessions: u64,
    /// Bots' too.
    pub events: u64,
    pub bot_events: u64,
    pub payment_attempts: u64,
    pub payment_errors: u64,
    /// With a `latency_ms`.
    pub responses: u64,
    pub p95_ms: Option<u64>,
}

const HOUR_MS: i64 = 3_600_000;

#[derive(Debug, Default)]
pub(super) struct Counting {
    sessions: HashSet<Uuid>,
    hours: BTreeMap<i64, Hour>,
}

#[derive(Debug, Default)]
struct Hour {
    sessions: u64,
    events: u64,
    bot_events: u64,
    attempts: u64,
    errors: u64,
    latencies: Vec<u64>,
}

impl Counting {
    pub(super) fn observe(&mut self, occurrence: &Occurrence) {
        let hour_ms = occurrence.at.0.div_euclid(HOUR_MS) * HOUR_MS;
        let hour = self.hours.entry(hour_ms).or_default();
        hour.events += 1;
        if occurrence.visitor.is_bot() {
            hour.bot_events += 1;
            return;
        }
        let is_visit = occurrence.deed.event_type() != EventType::Server;
        hour.sessions += u64::from(is_visit && self.sessions.insert(occurrence.session_id));
        match occurrence.deed {
            Deed::PageView { latency_ms } => hour.latencies.push(latency_ms.into()),
            Deed::PaymentAttempt { latency_ms, error, .. } => {
                hour.latencies.push(latency_ms.into());
                hour.attempts += 1;
                hour.errors += u64::from(error.is_some());
            }
            _ => {}
        }
    }

    pub(super) fn finish(self) -> Vec<Pulse> {
        let rows = self.hours.into_iter().map(|(hour_ms, mut hour)| {
            hour.latencies.sort_unstable();
            Pulse {
                hour_ms,
                sessions: hour.sessions,
                events: hour.events,
                bot_events: hour.bot_events,
                payment_attempts: hour.attempts,
                payment_errors: hour.errors,
                responses: hour.latencies.len() as u64,
                p95_ms: quantile(&hour.latencies, 950),
            }
        });
        rows.collect()
    }
}
