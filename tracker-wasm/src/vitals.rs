//! The Web Vitals of a page load (<https://web.dev/articles/vitals>), from the entries of the browser's performance observers.

/// Shifts closer to each other than this, in a session of at most [`SESSION_MS`], add up.
const GAP_MS: f64 = 1_000.0;
const SESSION_MS: f64 = 5_000.0;
/// One of so many interactions may be slower than what is told.
const OUTLIERS: f64 = 50.0;
const SLOWEST: usize = 4;

pub(crate) struct Vitals {
    /// Milliseconds since the navigation began; 0 for not known.
    largest_paint: f64,
    first_paint: f64,
    first_byte: f64,
    layout_shift: f64,
    session: f64,
    session_from: f64,
    session_to: f64,
    /// The slowest interactions' number and milliseconds, slowest first.
    slowest: [(f64, f64); SLOWEST],
    told: bool,
}

impl Vitals {
    pub(crate) const fn new() -> Self {
        Self {
            largest_paint: 0.0,
            first_paint: 0.0,
            first_byte: 0.0,
            layout_shift: 0.0,
            session: 0.0,
            session_from: 0.0,
            session_to: 0.0,
            slowest: [(0.0, 0.0); SLOWEST],
            told: false,
        }
    }

    /// One entry. `kind` 0: largest contentful paint at `value`; 1: layout shift by `value` at `at`; 2: interaction number `at` took `value`;
    /// 3: first contentful paint; 4: first byte.
    pub(crate) fn note(&mut self, kind: u32, value: f64, at: f64) {
        match kind {
            0 => self.largest_paint = value,
            1 => self.shift(value, at),
            2 => self.interact(value, at),
            3 => self.first_paint = value,
            _ => self.first_byte = value,
        }
    }

    fn shift(&mut self, value: f64, at: f64) {
        if at - self.session_to >= GAP_MS || at - self.session_from >= SESSION_MS {
            self.session = 0.0;
            self.session_from = at;
        }
        self.session_to = at;
        self.session += value;
        self.layout_shift = self.layout_shift.max(self.session);
    }

    fn interact(&mut self, mut took: f64, mut number: f64) {
        for known in &mut self.slowest {
            if known.0 == number {
                known.1 = known.1.max(took);
                return;
            }
            if known.1 < took {
                (*known, (number, took)) = ((number, took), *known);
            }
        }
    }

    /// Of `interactions` in all: largest and first contentful paint, first byte, the slow interaction, layout shift; 0 for not known. Nothing
    /// when there is nothing to tell, or it was told.
    pub(crate) fn tell(&mut self, interactions: f64) -> Option<[f64; 5]> {
        if self.told || self.first_byte == 0.0 {
            return None;
        }
        self.told = true;
        let place = ((interactions / OUTLIERS) as usize).min(SLOWEST - 1);
        Some([
            self.largest_paint,
            self.first_paint,
            self.first_byte,
            self.slowest[place].1,
            self.layout_shift,
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn worst_session_of_shifts_counts() {
        let mut vitals = Vitals::new();
        assert_eq!(vitals.tell(0.0), None, "nothing is known");
        vitals.note(4, 12.0, 0.0);
        for (value, at) in [(0.125, 100.0), (0.125, 900.0), (0.05, 2_500.0)] {
            vitals.note(1, value, at);
        }
        assert_eq!(vitals.tell(0.0), Some([0.0, 0.0, 12.0, 0.0, 0.25]));
        assert_eq!(vitals.tell(0.0), None, "once");
    }

    #[test]
    fn one_of_fifty_interactions_may_be_slow() {
        let mut vitals = Vitals::new();
        vitals.note(4, 12.0, 0.0);
        for (number, took) in [(1.0, 80.0), (2.0, 400.0), (2.0, 380.0), (3.0, 120.0)] {
            vitals.note(2, took, number);
        }
        assert_eq!(vitals.slowest.map(|slow| slow.1), [400.0, 120.0, 80.0, 0.0]);
        assert_eq!(vitals.tell(60.0).map(|told| told[3]), Some(120.0));
    }

    #[test]
    fn uncounted_interactions_tell_the_slowest() {
        let mut vitals = Vitals::new();
        vitals.note(4, 12.0, 0.0);
        vitals.note(2, 400.0, 1.0);
        assert_eq!(vitals.tell(f64::NAN).map(|told| told[3]), Some(400.0));
    }
}
