//! Which elements are seen: at least half of one, or half of the viewport filled by one taller than it, for a second.

const SEEN_AFTER_MS: f64 = 1_000.0;

/// The watched elements, by the number that the host gives to each.
pub(crate) struct Views {
    watched: Vec<Watched>,
    /// Whether the page is in sight.
    shown: bool,
}

#[derive(Default, Clone)]
struct Watched {
    half: bool,
    middle: bool,
    /// Since when it has been in sight.
    since: Option<f64>,
    reported: bool,
}

impl Views {
    /// Out of sight until told otherwise.
    pub(crate) const fn new() -> Self {
        Self {
            watched: Vec::new(),
            shown: false,
        }
    }

    /// A number that is new, or free again.
    pub(crate) fn watch(&mut self, index: usize) {
        if index >= self.watched.len() {
            self.watched.resize(index + 1, Watched::default());
        }
        self.watched[index] = Watched::default();
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
        for watched in &mut self.watched {
            let in_sight = self.shown && (watched.half || watched.middle);
            watched.since = in_sight.then(|| watched.since.unwrap_or(now));
        }
    }

    /// The next element in sight for its second, each told once until the page changes.
    pub(crate) fn next_seen(&mut self, now: f64) -> Option<usize> {
        let due =
            |watched: &Watched| !watched.reported && watched.since.is_some_and(|since| now - since >= SEEN_AFTER_MS);
        let index = self.watched.iter().position(due)?;
        self.watched[index].reported = true;
        Some(index)
    }

    /// A new page by the address: its elements are seen anew, those in sight from now on.
    pub(crate) fn renew(&mut self, now: f64) {
        for watched in &mut self.watched {
            watched.reported = false;
            watched.since = watched.since.map(|_| now);
        }
    }

    /// When the next element's second is over.
    pub(crate) fn due(&self) -> f64 {
        let open = self.watched.iter().filter(|watched| !watched.reported);
        open.filter_map(|watched| watched.since).fold(f64::INFINITY, f64::min) + SEEN_AFTER_MS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_for_a_second_is_seen_once() {
        let mut views = Views::new();
        views.show(true, 0.0);
        views.watch(0);
        views.watch(1);
        views.crossed(0, 0.5, f64::NAN);
        views.crossed(1, 0.49, f64::NAN);
        views.time(100.0);
        assert_eq!(views.due(), 1_100.0);
        assert_eq!(views.next_seen(1_099.0), None);
        assert_eq!(views.next_seen(1_100.0), Some(0));
        assert_eq!(views.next_seen(9_000.0), None);
        views.renew(9_000.0);
        assert_eq!(views.next_seen(10_000.0), Some(0));
    }

    #[test]
    fn tall_element_counts_across_the_middle() {
        let mut views = Views::new();
        views.show(true, 0.0);
        views.watch(0);
        views.crossed(0, f64::NAN, 1.1);
        views.crossed(0, 0.2, f64::NAN);
        views.time(0.0);
        assert_eq!(views.next_seen(1_000.0), Some(0));
    }

    #[test]
    fn hidden_page_shows_nothing() {
        let mut views = Views::new();
        views.watch(0);
        views.crossed(0, 1.0, f64::NAN);
        views.time(0.0);
        assert_eq!(views.next_seen(5_000.0), None);
        views.show(true, 5_000.0);
        assert_eq!(views.next_seen(5_999.0), None);
        assert_eq!(views.next_seen(6_000.0), Some(0));
    }
}
