use std::sync::Arc;
use std::sync::atomic::Ordering;

use event::Timestamp;
use tokio::sync::watch;

use super::Console;
use super::ring::Numbered;

/// Reads arrivals one after the other; what the ring forgot meanwhile is counted.
pub(super) struct Reader {
    console: Arc<Console>,
    ends: watch::Receiver<u64>,
    /// Of the next event.
    number: u64,
    /// Of the first event after the reader came.
    came: u64,
    /// Of the first event that was looked back at.
    behind: u64,
    missed: u64,
    /// Of those the ones that came after it.
    missed_since: u64,
}

impl Reader {
    /// The caller has counted it among the readers; dropping it takes it away.
    pub(super) fn new(console: Arc<Console>, since: Timestamp) -> Self {
        let ends = console.ring.subscribe();
        let came = *ends.borrow();
        Self {
            ends,
            came,
            behind: came,
            number: console.ring.since(since),
            missed: 0,
            missed_since: 0,
            console,
        }
    }

    /// The next arrival that is there already.
    pub(super) fn next(&mut self) -> Option<Numbered> {
        let found = self.console.ring.from(self.number)?;
        self.missed += found.first.saturating_sub(self.number);
        self.missed_since += found.first.saturating_sub(self.number.max(self.came));
        self.number = found.ends();
        Some(found)
    }

    /// The arrival before those that it gave, of what was there when the reader came; the last one first.
    pub(super) fn previous(&mut self) -> Option<Numbered> {
        let found = self.console.ring.before(self.behind)?;
        if found.first < self.number {
            return None;
        }
        self.behind = found.first;
        Some(found)
    }

    /// Leaves what was there when the reader came.
    pub(super) fn skip_to_now(&mut self) {
        self.number = self.number.max(self.came);
    }

    /// The number of the first event that came after this reader: what is before it is what it looked back at.
    pub(super) fn came(&self) -> u64 {
        self.came
    }

    /// Returns when there may be a next one; false when the server stops.
    pub(super) async fn wait(&mut self) -> bool {
        let number = self.number;
        let came = self.ends.wait_for(|ends| *ends > number);
        tokio::select! {
            () = self.console.closing.cancelled() => false,
            came = came => came.is_ok(),
        }
    }

    /// Events that were forgotten before they were read, since the last call.
    pub(super) fn take_missed(&mut self) -> u64 {
        std::mem::take(&mut self.missed)
    }

    /// As [`Self::take_missed`], without what came before the reader did.
    pub(super) fn take_missed_since(&mut self) -> u64 {
        std::mem::take(&mut self.missed_since)
    }

    pub(super) fn overlooked_since(&self, moment: Timestamp) -> bool {
        self.console.overlooked_since(moment)
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.console.readers.fetch_sub(1, Ordering::Relaxed);
    }
}
