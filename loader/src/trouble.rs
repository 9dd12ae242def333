use std::fmt;
use std::time::Duration;

use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder};
use tokio::time::{Instant, sleep};
use warehouse::WarehouseError;

use crate::metrics::Metrics;
use crate::retry::Backoff;
use crate::store::chain;

/// An error that lasts is told as one so often.
const TELL_EVERY: Duration = Duration::from_mins(1);

/// What is repeated until it succeeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Work {
    Manifest,
    Insert,
    Quarantine,
    Ledger,
    Question,
    Entities,
    Queue,
}

impl Work {
    /// What the database must do.
    pub(crate) const OF_DATABASE: [Self; 5] = [
        Self::Insert,
        Self::Quarantine,
        Self::Ledger,
        Self::Question,
        Self::Entities,
    ];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Manifest => "manifest",
            Self::Insert => "insert",
            Self::Quarantine => "quarantine",
            Self::Ledger => "ledger",
            Self::Question => "question",
            Self::Entities => "entities",
            Self::Queue => "queue",
        }
    }
}

impl EncodeLabelValue for Work {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> Result<(), fmt::Error> {
        self.as_str().encode(encoder)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct Blocked {
    pub(crate) work: Work,
}

/// Failures of one work in a row; nothing is acknowledged meanwhile. It is over when this is dropped.
pub(crate) struct Trouble<'a> {
    work: Work,
    metrics: &'a Metrics,
    backoff: Backoff,
    failures: u32,
    since: Option<Instant>,
    told: Option<Instant>,
}

impl<'a> Trouble<'a> {
    pub(crate) fn new(work: Work, metrics: &'a Metrics, backoff: Backoff) -> Self {
        Self {
            work,
            metrics,
            backoff,
            failures: 0,
            since: None,
            told: None,
        }
    }

    /// Tells of one more failure, and waits before the next try.
    pub(crate) async fn pause(&mut self, error: &(dyn std::error::Error + Send + Sync + 'static), what: &str) {
        let now = Instant::now();
        let lasts = now - *self.since.get_or_insert(now);
        self.metrics.blocked(self.work, lasts);
        self.failures = self.failures.saturating_add(1);
        let wait = self.backoff.wait(self.failures);
        let (failures, wait_ms) = (self.failures, wait.as_millis());
        let code = error.downcast_ref::<WarehouseError>().and_then(WarehouseError::code);
        let error = chain(error);
        if now - *self.told.get_or_insert(now) >= TELL_EVERY {
            self.told = Some(now);
            let blocked_seconds = lasts.as_secs();
            tracing::error!(
                error,
                code,
                failures,
                blocked_seconds,
                "{what}: nothing is acknowledged until it succeeds"
            );
        } else {
            tracing::warn!(error, code, failures, wait_ms, "{what}, will be repeated");
        }
        sleep(wait).await;
    }
}

impl Drop for Trouble<'_> {
    fn drop(&mut self) {
        if self.since.is_some() {
            self.metrics.blocked(self.work, Duration::ZERO);
        }
    }
}
