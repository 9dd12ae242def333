//! The counts of one process, by minute and site. No I/O, no clock.

use std::collections::VecDeque;

use uuid::Uuid;

use crate::sites::SiteIndex;

/// Minutes kept while they cannot be written: a week. Older ones are dropped, and counted as dropped.
const MINUTES: usize = 7 * 24 * 60;
/// Minutes kept after they were written, because late events still count there: a request's events are confirmed or
/// given up within twice the time a group may take.
const KEPT_WRITTEN: i64 = 5;
const MINUTE_MS: i64 = 60_000;

/// A minute of `received_at`, counted from 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Minute(i64);

/// What happened to the events of one site in one minute.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Read and judged: every one of them is accepted, rejected or deferred, or still waits for its receipt.
    pub(crate) received: u64,
    /// Durable in the queue.
    pub(crate) accepted: u64,
    pub(crate) rejected: u64,
    /// In order, but answered 503: the sender keeps them.
    pub(crate) deferred: u64,
}

/// One page per minute; its last line is for events of sites that are not configured here.
pub(super) struct Books {
    lines: usize,
    pages: VecDeque<Page>,
    dropped: u64,
}

struct Page {
    minute: Minute,
    /// Rows hold absolute counts by writer, and the highest stands. A minute that was written and let go and then comes
    /// again must not begin below its own row: each page is a writer of its own.
    writer: Uuid,
    lines: Vec<Counts>,
    /// Grows with each change; compared with what it was when the page was copied for writing.
    changes: u64,
    written: u64,
}

/// A page's counts at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Copied {
    pub(super) minute: Minute,
    pub(super) writer: Uuid,
    pub(super) lines: Vec<Counts>,
    changes: u64,
}

impl Minute {
    pub(crate) fn of(moment: event::Timestamp) -> Self {
        Self(moment.0.div_euclid(MINUTE_MS))
    }

    /// Milliseconds since 1970 at which it begins.
    pub(super) fn begins_ms(self) -> i64 {
        self.0 * MINUTE_MS
    }

    /// At which the next one begins.
    pub(super) fn ends_ms(self) -> i64 {
        self.begins_ms() + MINUTE_MS
    }

    pub(super) fn seconds(self) -> i64 {
        self.0 * 60
    }
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.received += other.received;
        self.accepted += other.accepted;
        self.rejected += other.rejected;
        self.deferred += other.deferred;
    }
}

impl Books {
    pub(super) fn new(sites: usize) -> Self {
        Self {
            lines: sites + 1,
            pages: VecDeque::new(),
            dropped: 0,
        }
    }

    /// `None` is the site of events whose site is not configured here.
    pub(super) fn add(&mut self, minute: Minute, site: Option<SiteIndex>, counts: Counts) {
        let line = site.unwrap_or(self.lines - 1);
        let page = self.page(minute);
        page.lines[line] += counts;
        page.changes += 1;
    }

    /// The pages that changed since they were written.
    pub(super) fn changed(&self) -> Vec<Copied> {
        let changed = self.pages.iter().filter(|page| page.changes != page.written);
        changed
            .map(|page| Copied {
                minute: page.minute,
                writer: page.writer,
                lines: page.lines.clone(),
                changes: page.changes,
            })
            .collect()
    }

    /// These copies are in the warehouse. Pages that nothing more can come to are let go.
    pub(super) fn written(&mut self, copies: &[Copied], now: Minute) {
        for page in &mut self.pages {
            if let Some(copy) = copies.iter().find(|copy| copy.writer == page.writer) {
                page.written = copy.changes;
            }
        }
        let oldest_kept = now.0 - KEPT_WRITTEN;
        self.pages
            .retain(|page| page.minute.0 >= oldest_kept || page.changes != page.written);
    }

    /// How many pages were lost because they could not be written, since the last call.
    pub(super) fn take_dropped(&mut self) -> u64 {
        std::mem::take(&mut self.dropped)
    }

    /// Almost always the last one.
    fn page(&mut self, minute: Minute) -> &mut Page {
        let after = self.pages.iter().rposition(|page| page.minute <= minute);
        let at = match after {
            Some(at) if self.pages[at].minute == minute => at,
            _ => self.insert(after.map_or(0, |at| at + 1), minute),
        };
        &mut self.pages[at]
    }

    fn insert(&mut self, mut at: usize, minute: Minute) -> usize {
        if self.pages.len() == MINUTES {
            self.pages.pop_front();
            self.dropped += 1;
            at = at.saturating_sub(1);
        }
        let page = Page {
            minute,
            writer: Uuid::from_u128(rand::random()),
            lines: vec![Counts::default(); self.lines],
            changes: 0,
            written: 0,
        };
        self.pages.insert(at, page);
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECEIVED: Counts = Counts {
        received: 1,
        accepted: 0,
        rejected: 0,
        deferred: 0,
    };

    fn received(copy: &Copied) -> (i64, Vec<u64>) {
        (copy.minute.0, copy.lines.iter().map(|counts| counts.received).collect())
    }

    #[test]
    fn keeps_minutes_and_sites_apart() {
        let mut books = Books::new(2);
        for (minute, site) in [(7, Some(0)), (9, Some(1)), (8, Some(1)), (7, None), (9, Some(1))] {
            books.add(Minute(minute), site, RECEIVED);
        }
        let copies = books.changed();
        let lines: Vec<_> = copies.iter().map(received).collect();
        assert_eq!(lines, [(7, vec![1, 0, 1]), (8, vec![0, 1, 0]), (9, vec![0, 2, 0])]);
    }

    #[test]
    fn writes_a_page_again_after_it_changed() {
        let mut books = Books::new(1);
        books.add(Minute(7), Some(0), RECEIVED);
        let first = books.changed();
        // Comes while the copy is on its way.
        books.add(Minute(7), Some(0), RECEIVED);
        books.written(&first, Minute(7));
        let second = books.changed();
        assert_eq!(received(&second[0]), (7, vec![2, 0]));
        assert_eq!(second[0].writer, first[0].writer, "the higher count replaces the lower");
        books.written(&second, Minute(7));
        assert_eq!(books.changed(), []);
    }

    #[test]
    fn late_counts_of_a_minute_let_go_have_another_writer() {
        let mut books = Books::new(1);
        books.add(Minute(7), Some(0), RECEIVED);
        let first = books.changed();
        books.written(&first, Minute(7 + KEPT_WRITTEN + 1));
        books.add(Minute(7), Some(0), RECEIVED);
        let late = books.changed();
        assert_eq!(received(&late[0]), (7, vec![1, 0]));
        assert_ne!(late[0].writer, first[0].writer);
    }

    #[test]
    fn drops_the_oldest_minute_beyond_the_bound() {
        let mut books = Books::new(1);
        for minute in 0..=MINUTES as i64 {
            books.add(Minute(minute), Some(0), RECEIVED);
        }
        let copies = books.changed();
        assert_eq!((copies.len(), copies[0].minute), (MINUTES, Minute(1)));
        assert_eq!((books.take_dropped(), books.take_dropped()), (1, 0));
        // What is older than everything kept takes the oldest one's place.
        books.add(Minute(0), Some(0), RECEIVED);
        assert_eq!(books.changed()[0].minute, Minute(0));
    }
}
