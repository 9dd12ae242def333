//! Until when nothing received here waits in the spool, as the warehouse is told it. No I/O, no clock.

/// What was last written of the spool, and what it has become since.
#[derive(Debug, Default)]
pub(super) struct Mark {
    written: Option<Oldest>,
    /// What is to be written, and since when (Unix milliseconds) the spool has been so.
    next: Option<(Oldest, i64)>,
}

/// No group in the spool is older (Unix milliseconds); `None` when it is empty.
pub(super) type Oldest = Option<i64>;

impl Mark {
    /// What may be said of the spool, that is `oldest` now. What has just left it is in nobody's table yet, while a loader with nothing to do has
    /// said that all is stored: the ledger would call it missing. So a mark moves on only when a loader has come to the moment
    /// at which the spool had moved on; `stored_until` is how far it says it is.
    pub(super) fn told(&mut self, oldest: Oldest, now: i64, stored_until: Option<i64>) -> Oldest {
        let Some(written) = self.written else { return oldest };
        if later(written, oldest) {
            self.next = None;
            return oldest;
        }
        if oldest == written {
            return written;
        }
        let (next, since) = *self.next.get_or_insert((oldest, now));
        // Nothing was ever loaded: nothing can be missing.
        let is_loaded = stored_until.is_none_or(|until| until >= since);
        if is_loaded { next } else { written }
    }

    pub(super) fn is_written(&mut self, oldest: Oldest) {
        if self.next.is_some_and(|(next, _)| next == oldest) {
            self.next = None;
        }
        self.written = Some(oldest);
    }

    /// Whether the next mark depends on how far a loader is.
    pub(super) fn waits(&self, oldest: Oldest) -> bool {
        self.written
            .is_some_and(|written| written != oldest && !later(written, oldest))
    }
}

/// Whether `one` holds less back than `other`.
fn later(one: Oldest, other: Oldest) -> bool {
    match (one, other) {
        (None, other) => other.is_some(),
        (Some(one), Some(other)) => one > other,
        (Some(_), None) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tell(mark: &mut Mark, oldest: Oldest, now: i64, stored_until: i64) -> Oldest {
        let told = mark.told(oldest, now, Some(stored_until));
        mark.is_written(told);
        told
    }

    #[test]
    fn holds_on_until_a_loader_has_come_so_far() {
        let mut mark = Mark::default();
        assert_eq!(tell(&mut mark, None, 0, 0), None);
        assert_eq!(tell(&mut mark, Some(100), 110, 90), Some(100), "at once");
        assert_eq!(
            tell(&mut mark, None, 500, 470),
            Some(100),
            "what left it is not stored yet"
        );
        assert_eq!(tell(&mut mark, None, 510, 60), Some(100), "the loader has met it");
        assert_eq!(tell(&mut mark, None, 530, 500), None, "and what came after it");
        assert_eq!(tell(&mut mark, None, 540, 510), None);
    }

    #[test]
    fn moves_on_while_the_spool_drains() {
        let mut mark = Mark::default();
        assert_eq!(tell(&mut mark, Some(100), 110, 90), Some(100));
        assert_eq!(tell(&mut mark, Some(300), 500, 470), Some(100));
        assert_eq!(tell(&mut mark, Some(400), 530, 500), Some(300), "as it was at 500");
        assert_eq!(tell(&mut mark, Some(450), 540, 510), Some(300));
        assert_eq!(tell(&mut mark, Some(200), 550, 520), Some(200), "back at once");
    }

    #[test]
    fn says_all_when_it_begins() {
        assert_eq!(Mark::default().told(None, 1, Some(0)), None);
        let mut mark = Mark::default();
        mark.is_written(Some(7));
        assert_eq!(mark.told(None, 10, None), None, "there is no loader");
        assert!(mark.waits(None) && !mark.waits(Some(7)) && !mark.waits(Some(6)));
    }
}
