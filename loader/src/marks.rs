//! The loader's mark in the ledger, `settled`: every group made before that moment is stored, so that what is missing of the minutes
//! before it is a gap and not on its way.

use std::time::Duration;

use queue::Consumer;
use tokio::time::Instant;
use uuid::Uuid;
use warehouse::{LedgerMarkRow, LowCardinality, Milliseconds, Warehouse};

use crate::metrics::{Metrics, now};
use crate::store::chain;

const EVERY: Duration = Duration::from_secs(2);
/// Gateways' clocks differ, and a group waits for its publish. What a gateway spools is kept open by its own mark.
const SLACK_MS: i64 = 30_000;
/// One mark for the queue, whichever loader is active: an earlier moment replaces a later one when old groups come in.
const WRITER: Uuid = Uuid::from_u128(0x636c_6963_6b70_8000_8000_6c6f_6164_6572);

pub(crate) struct Marks {
    due: Instant,
    /// After the last stored batch, not written yet: Unix milliseconds.
    waiting: Option<i64>,
}

impl Marks {
    pub(crate) fn new() -> Self {
        Self {
            // At once: it is also the first contact with queue and database.
            due: Instant::now(),
            waiting: None,
        }
    }

    /// When to call [`Marks::write`] next.
    pub(crate) fn due(&self) -> Instant {
        self.due
    }

    /// A batch is stored whose first group was made then.
    pub(crate) fn stored(&mut self, earliest_ms: Option<u64>) {
        if let Some(earliest_ms) = earliest_ms {
            self.waiting = Some(earliest_ms as i64 - SLACK_MS);
        }
    }

    /// Writes the mark if it is due. `is_idle`: no group is in hand. A failure is left to the next time.
    pub(crate) async fn write(
        &mut self,
        is_idle: bool,
        consumer: &mut Consumer,
        warehouse: &Warehouse,
        metrics: &Metrics,
    ) {
        if Instant::now() < self.due {
            return;
        }
        let idle = if is_idle { idle(consumer, metrics).await } else { None };
        if let Some(until) = idle.or(self.waiting) {
            let mark = LedgerMarkRow {
                writer: WRITER,
                mark: LowCardinality("settled"),
                until: Milliseconds(until),
                at: Milliseconds(now().as_millis() as i64),
            };
            let token = format!("settled-{}-{}", until, mark.at.0);
            match warehouse.insert_ledger_marks(&[mark], &token).await {
                Ok(()) => {
                    self.waiting = None;
                    metrics.contact.database();
                }
                Err(error) => {
                    metrics.mark_failures.inc();
                    tracing::warn!(error = chain(&error), "the ledger's mark waits for the next time");
                }
            }
        }
        self.due = Instant::now() + EVERY;
    }
}

/// Until when all is stored while nothing waits; `None` when something does, or when another loader may have it.
async fn idle(consumer: &mut Consumer, metrics: &Metrics) -> Option<i64> {
    let before = now().as_millis() as i64;
    match consumer.backlog().await {
        Ok(waiting) => {
            metrics.contact.queue();
            (waiting == 0).then_some(before - SLACK_MS)
        }
        Err(error) => {
            tracing::debug!(error = chain(&error), "the queue does not say what waits in it");
            None
        }
    }
}
