//! Until when each route is stored: every group made before that moment is in its table. Of the events it is the ledger's mark, `settled`,
//! so that what is missing of the minutes before it is a gap and not on its way; an erasure waits for all three.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use queue::{ConsumeError, Consumer, Route};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use warehouse::{LedgerMarkRow, LowCardinality, Milliseconds};

use crate::metrics::{Metrics, now};
use crate::run::until;
use crate::store::{Store, chain};

const EVERY_AT_LEAST: Duration = Duration::from_millis(100);
const EVERY_AT_MOST: Duration = Duration::from_secs(2);
/// One for the queue, whichever loader is active: an earlier moment replaces a later one when old groups come in.
const WRITER: Uuid = Uuid::from_u128(0x636c_6963_6b70_8000_8000_6c6f_6164_6572);
/// In the order of [`place`].
const NAMES: [&str; 3] = ["settled", "settled_quarantine", "settled_entities"];

/// What the routes have come to and is not written yet. All are written together: one small insert instead of three.
#[derive(Debug)]
pub(crate) struct Marks {
    /// Unix milliseconds, by [`place`].
    waiting: Mutex<[Option<i64>; NAMES.len()]>,
    told: Notify,
    every: Duration,
}

/// One route's.
#[derive(Debug)]
pub(crate) struct Mark {
    place: usize,
    due: Instant,
    every: Duration,
    slack_ms: i64,
}

impl Mark {
    pub(crate) fn of(route: Route, slack: Duration) -> Self {
        Self {
            place: place(route),
            // At once: it is also the first contact with the queue.
            due: Instant::now(),
            every: every(slack),
            slack_ms: i64::try_from(slack.as_millis()).unwrap_or(i64::MAX),
        }
    }

    /// When to call [`Mark::look`] next.
    pub(crate) fn due(&self) -> Instant {
        self.due
    }

    /// A batch is stored whose first group was made then.
    pub(crate) fn stored(&self, earliest_ms: Option<u64>, marks: &Marks) {
        if let Some(earliest_ms) = earliest_ms {
            marks.set(self.place, earliest_ms as i64 - self.slack_ms);
        }
    }

    /// Looks, while no group is in hand, whether anything waits.
    pub(crate) async fn look(&mut self, consumer: &mut Consumer, store: &Store) {
        if Instant::now() < self.due {
            return;
        }
        if let Some(before) = idle(consumer, &store.metrics).await {
            store.marks.set(self.place, before - self.slack_ms);
        }
        self.due = Instant::now() + self.every;
    }
}

fn place(route: Route) -> usize {
    match route {
        Route::Events => 0,
        Route::Quarantine => 1,
        Route::Entities => 2,
    }
}

fn every(slack: Duration) -> Duration {
    (slack / 15).clamp(EVERY_AT_LEAST, EVERY_AT_MOST)
}

impl Marks {
    pub(crate) fn new(slack: Duration) -> Self {
        Self {
            waiting: Mutex::default(),
            told: Notify::new(),
            every: every(slack),
        }
    }

    /// Writes what comes together, with a pause after each time, until `shutdown`. By itself: a database that does not answer must not hold
    /// up the routes with a mark.
    pub(crate) async fn run(&self, store: &Store, shutdown: &CancellationToken) {
        let write = async {
            loop {
                self.told.notified().await;
                self.write(store).await;
                sleep(self.every).await;
            }
        };
        until(shutdown.cancelled(), write).await;
    }

    /// A failure is left to the next time.
    async fn write(&self, store: &Store) {
        let waiting = std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
        let at = Milliseconds(now().as_millis() as i64);
        let rows: Vec<_> = NAMES
            .into_iter()
            .zip(waiting)
            .filter_map(|(mark, until)| {
                Some(LedgerMarkRow {
                    writer: WRITER,
                    mark: LowCardinality(mark),
                    until: Milliseconds(until?),
                    at,
                })
            })
            .collect();
        if rows.is_empty() {
            return;
        }
        let token = format!("settled-{waiting:?}-{}", at.0);
        match store.warehouse.insert_ledger_marks(&rows, &token).await {
            Ok(()) => store.metrics.contact.database(),
            Err(error) => {
                store.metrics.mark_failures.inc();
                tracing::warn!(error = chain(&error), "the ledger's marks wait for the next time");
                self.give_back(waiting);
            }
        }
    }

    fn set(&self, place: usize, until: i64) {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)[place] = Some(until);
        self.told.notify_one();
    }

    /// What a route has said since is newer.
    fn give_back(&self, waiting: [Option<i64>; NAMES.len()]) {
        let mut marks = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        for (mark, before) in marks.iter_mut().zip(waiting) {
            *mark = mark.or(before);
        }
        self.told.notify_one();
    }
}

/// Until when all is stored while nothing waits; `None` when something does, or when another loader may have it.
async fn idle(consumer: &mut Consumer, metrics: &Metrics) -> Option<i64> {
    let before = now().as_millis() as i64;
    match consumer.backlog().await {
        Ok(waiting) => {
            metrics.contact.queue();
            (waiting == 0).then_some(before)
        }
        // An answer all the same: a loader that waits for its turn, or for the first group there ever was, is ready.
        Err(error @ ConsumeError::Elsewhere { .. }) => {
            metrics.contact.queue();
            tracing::debug!(error = chain(&error), "another loader may be at work");
            None
        }
        Err(error) => {
            tracing::debug!(error = chain(&error), "the queue does not say what waits in it");
            None
        }
    }
}
