//! Which elements are seen: at least half of one, or half of the viewport filled by one taller than it, for a second.

const SEEN_AFTER_MS: f64 = 1_000.0;
/// Elements that are watched at a time; `host/watch.js` gives out no other number.
const ROOM: usize = 16_384;

/// The watched elements, by the number that the host gives to each.
pub(crate) struct Views {
    watched: [Watched; ROOM],
    /// No number was higher.
    count: usize,
    /// Whether the page is in sight.
    shown: bool,
    /// When the next element's second is over.
    pub(crate) due: f64,
}

#[derive(Clone, Copy)]
struct Watched {
    /// Since when it has been in sight; 0 while it is not.
    since: f64,
    half: bool,
    middle: bool,
    reported: bool,
}

const UNSEEN: Watched = Watched {
    since: 0.0,
    half: false,
    middle: false,
    reported: false,
};

impl Views {
    /// Out of sight until told otherwise.
    pub(crate) const fn new() -> Self {
        Self {
            watched: [UNSEEN; ROOM],
            count: 0,
            shown: false,
            due: f64::INFINITY,
        }
    }

    /// A number that is new, or free again.
    pub(crate) fn watch(&mut self, index: usize) {
        if let Some(watched) = self.watched.get_mut(index) {
            *watched = UNSEEN;
            self.count = self.count.max(index + 1);
        }
    }

    /// What an observer tells of an element: the visible share of its area, below zero for none or an element without area; or its height in
    /// heights of the viewport where it lies across the viewport's middle line, else 0: taller than 1 it then fills half of the viewport.
    /// What is not told is NaN. [`Self::time`] follows.
    pub(crate) fn crossed(&mut self, index: usize, share: f64, across: f64) {
        if let Some(watched) = self.watched.get_mut(index) {
            watched.half = share >= 0.5 || watched.half && share.is_nan();
            watched.middle = across > 1.0 || watched.middle && across.is_nan();
        }
    }

    /// The page came into sight or went out of it.
    pub(crate) fn show(&mut self, shown: bool, now: f64) {
        self.shown = shown;
        self.time(now);
    }

    /// Starts and ends the seconds.
    pub(crate) fn time(&mut self, now: f64) {
        self.due = f64::INFINITY;
        for watched in self.watched.iter_mut().take(self.count) {
            if !(self.shown && (watched.half || watched.middle)) {
                watched.since = 0.0;
                continue;
            }
            if watched.since == 0.0 {
                watched.since = now;
            }
            if !watched.reported {
                self.due = self.due.min(watched.since + SEEN_AFTER_MS);
            }
        }
    }

    /// The next element in sight for its second, each told once until the page changes.
    pub(crate) fn next_seen(&mut self, now: f64) -> Option<usize> {
        if self.due > now {
            return None;
        }
        let due = |watched: &Watched| !watched.reported && watched.since > 0.0 && now >= watched.since + SEEN_AFTER_MS;
        let index = self.watched.iter().take(self.count).position(due);
        match index {
            Some(index) => self.watched[index].reported = true,
            None => self.time(now),
        }
        index
    }

    /// A new page by the address: its elements are seen anew, those in sight from now on.
    pub(crate) fn renew(&mut self, now: f64) {
        for watched in self.watched.iter_mut().take(self.count) {
            watched.reported = false;
            watched.since = 0.0;
        }
        self.time(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_for_a_second_is_seen_once() {
        let mut views = Views::new();
        views.show(true, 1.0);
        views.watch(0);
        views.watch(1);
        views.crossed(0, 0.5, f64::NAN);
        views.crossed(1, 0.49, f64::NAN);
        views.time(100.0);
        assert_eq!(views.due, 1_100.0);
        assert_eq!(views.next_seen(1_099.0), None);
        assert_eq!(views.next_seen(1_100.0), Some(0));
        assert_eq!(views.next_seen(9_000.0), None);
        views.renew(9_000.0);
        assert_eq!(views.next_seen(10_000.0), Some(0));
    }

    #[test]
    fn tall_element_counts_across_the_middle() {
        let mut views = Views::new();
        views.show(true, 1.0);
        views.watch(0);
        views.crossed(0, f64::NAN, 1.1);
        views.crossed(0, 0.2, f64::NAN);
        views.time(1.0);
        assert_eq!(views.next_seen(1_001.0), Some(0));
    }

    #[test]
    fn hidden_page_shows_nothing() {
        let mut views = Views::new();
        views.watch(0);
        views.crossed(0, 1.0, f64::NAN);
        views.time(1.0);
        assert_eq!(views.next_seen(5_000.0), None);
        views.show(true, 5_000.0);
        assert_eq!(views.next_seen(5_999.0), None);
        assert_eq!(views.next_seen(6_000.0), Some(0));
    }
}
