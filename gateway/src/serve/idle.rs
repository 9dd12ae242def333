//! How long a connection has been waiting for a request's head.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::{Instant, sleep};

/// A request is being worked on: no wait at all.
const BUSY: u64 = u64::MAX;

/// One store a request instead of hyper's timer, which is set and cleared for each head.
pub(super) struct Idle {
    opened: Instant,
    /// Milliseconds after `opened` at which the wait began, or [`BUSY`].
    since_ms: AtomicU64,
}

impl Idle {
    /// The wait for the first head begins.
    pub(super) fn new() -> Self {
        Self {
            opened: Instant::now(),
            since_ms: AtomicU64::new(0),
        }
    }

    pub(super) fn began(&self) {
        let since_ms = u64::try_from(self.opened.elapsed().as_millis()).unwrap_or(BUSY);
        self.since_ms.store(since_ms, Ordering::Relaxed);
    }

    pub(super) fn ended(&self) {
        self.since_ms.store(BUSY, Ordering::Relaxed);
    }

    /// Returns when one wait has lasted for `limit`.
    pub(super) async fn lasts(&self, limit: Duration) {
        loop {
            let left = match self.since_ms.load(Ordering::Relaxed) {
                BUSY => limit,
                since_ms => (Duration::from_millis(since_ms) + limit).saturating_sub(self.opened.elapsed()),
            };
            if left.is_zero() {
                return;
            }
            sleep(left).await;
        }
    }
}
