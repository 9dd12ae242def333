//! The Web Vitals of a page load (<https://web.dev/articles/vitals>), from the entries of the browser's performance observers.

use event::json::Object;

use crate::payload::rounded;
use crate::text::push_integer;

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

    /// Of `interactions` in all. Nothing when there is nothing to tell, or it was told.
    pub(crate) fn tell(&mut self, payload: &mut Object<'_>, interactions: f64) -> bool {
        if self.told || self.first_byte == 0.0 {
            return false;
        }
        self.told = true;
        payload.text("event_title", "web_vitals");
        let place = ((interactions / OUTLIERS) as usize).min(SLOWEST - 1);
        for (name, value) in [
            ("lcp_ms", self.largest_paint),
            ("fcp_ms", self.first_paint),
            ("ttfb_ms", self.first_byte),
            ("inp_ms", self.slowest[place].1),
        ] {
            if value > 0.0 {
                rounded(payload, name, value);
            }
        }
        let mut score = String::new();
        push_thousandths(&mut score, self.layout_shift);
        payload.raw("cls", &score);
        true
    }
}

fn push_thousandths(text: &mut String, number: f64) {
    let thousandths = (number * 1_000.0 + 0.5) as u64;
    push_integer(text, thousandths / 1_000);
    text.push('.');
    for place in [100, 10, 1] {
        push_integer(text, thousandths / place % 10);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(vitals: &mut Vitals, interactions: f64) -> String {
        let mut text = String::new();
        let mut payload = Object::new(&mut text);
        vitals.tell(&mut payload, interactions);
        drop(payload);
        text
    }

    #[test]
    fn worst_session_of_shifts_counts() {
        let mut vitals = Vitals::new();
        vitals.note(4, 12.0, 0.0);
        for (value, at) in [(0.1, 100.0), (0.1, 900.0), (0.05, 2_500.0)] {
            vitals.note(1, value, at);
        }
        assert_eq!(
            told(&mut vitals, 0.0),
            r#"{"event_title":"web_vitals","ttfb_ms":12,"cls":0.200}"#
        );
        assert_eq!(told(&mut vitals, 0.0), "{}");
    }

    #[test]
    fn one_of_fifty_interactions_may_be_slow() {
        let mut vitals = Vitals::new();
        vitals.note(4, 12.0, 0.0);
        for (number, took) in [(1.0, 80.0), (2.0, 400.0), (2.0, 380.0), (3.0, 120.0)] {
            vitals.note(2, took, number);
        }
        assert_eq!(vitals.slowest.map(|slow| slow.1), [400.0, 120.0, 80.0, 0.0]);
        assert!(told(&mut vitals, 60.0).contains(r#""inp_ms":120"#));
    }
}
