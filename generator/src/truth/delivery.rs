use std::collections::BTreeMap;

use hashbrown::{HashMap, HashSet};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::share::share;
use crate::occurrence::Occurrence;

/// What was sent, bots included.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Delivery {
    /// Copies that were sent, each event's repetition too.
    pub sent: u64,
    /// Copies after the first of an event.
    pub duplicates: u64,
    /// Events that were sent after another that happened more than ten minutes later.
    pub late: u64,
    pub late_share: Option<f64>,
    /// Events whose sender's clock was more than five minutes off.
    pub clock_off: u64,
    pub clock_off_share: Option<f64>,
}

/// Bots of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bot {
    pub reason: String,
    pub events: u64,
    pub sessions: u64,
}

const LATE_MS: i64 = 10 * 60_000;
const CLOCK_OFF_MS: i64 = 5 * 60_000;

#[derive(Debug, Default)]
pub(super) struct Counting {
    observed: u64,
    clock_off: u64,
    bots: HashMap<&'static str, (u64, HashSet<Uuid>)>,
    sent: u64,
    late: u64,
    newest_ms: i64,
}

impl Counting {
    pub(super) fn observe(&mut self, occurrence: &Occurrence) {
        self.observed += 1;
        let skew_ms = occurrence.created_at().0 - occurrence.at.0;
        self.clock_off += u64::from(skew_ms.abs() > CLOCK_OFF_MS);
        if occurrence.visitor.is_bot() {
            let (events, sessions) = self.bots.entry(occurrence.visitor.agent.bot_reason).or_default();
            *events += 1;
            sessions.insert(occurrence.session_id);
        }
    }

    pub(super) fn sent(&mut self, occurrence: &Occurrence) {
        self.sent += 1;
        self.newest_ms = self.newest_ms.max(occurrence.at.0);
        self.late += u64::from(occurrence.at.0 < self.newest_ms - LATE_MS);
    }

    pub(super) fn finish(self) -> (Vec<Bot>, Delivery) {
        let by_reason = self.bots.into_iter().collect::<BTreeMap<_, _>>();
        let bots = by_reason.into_iter().map(|(reason, (events, sessions))| Bot {
            reason: reason.to_owned(),
            events,
            sessions: sessions.len() as u64,
        });
        let delivery = Delivery {
            sent: self.sent,
            duplicates: self.sent - self.observed,
            late: self.late,
            late_share: share(self.late, self.sent),
            clock_off: self.clock_off,
            clock_off_share: share(self.clock_off, self.observed),
        };
        (bots.collect(), delivery)
    }
}
