//! Clicks that tell of trouble: again and again on one place, or with nothing happening.

/// A third click within so long of the first is rage.
const RAGE_MS: f64 = 1_000.0;
/// In both directions, CSS pixels.
const RAGE_PIXELS: f64 = 30.0;
/// For so long a click may go without an answer of the page.
const DEAD_MS: f64 = 1_000.0;

#[derive(Clone, Copy)]
struct Click {
    at: f64,
    x: f64,
    y: f64,
}

pub(crate) struct Gestures {
    /// The last two clicks, the older one first.
    last: [Click; 2],
    raging: bool,
    /// When the click that waits for an answer is dead.
    pub(crate) due: f64,
}

impl Gestures {
    pub(crate) const fn new() -> Self {
        const NEVER: Click = Click {
            at: f64::NEG_INFINITY,
            x: f64::NAN,
            y: f64::NAN,
        };
        Self {
            last: [NEVER; 2],
            raging: false,
            due: f64::INFINITY,
        }
    }

    /// A click by pointer. Tells whether it makes a burst of three; a burst is told once.
    pub(crate) fn rages(&mut self, now: f64, x: f64, y: f64) -> bool {
        let near = |click: &Click| {
            now - click.at <= RAGE_MS && (x - click.x).abs() <= RAGE_PIXELS && (y - click.y).abs() <= RAGE_PIXELS
        };
        let [older, newer] = self.last;
        let before = self.raging;
        self.raging = near(&newer) && (before || near(&older));
        self.last = [newer, Click { at: now, x, y }];
        self.raging && !before
    }

    /// The click may be one without an answer.
    pub(crate) fn wait(&mut self, now: f64) {
        self.due = now + DEAD_MS;
    }

    /// The page did something.
    pub(crate) fn answer(&mut self) {
        self.due = f64::INFINITY;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn third_click_on_a_place_is_rage_once() {
        let mut gestures = Gestures::new();
        let told: Vec<bool> = [0.0, 300.0, 600.0, 900.0, 1_200.0]
            .map(|now| gestures.rages(now, 100.0 + now / 50.0, 100.0))
            .into();
        assert_eq!(told, [false, false, true, false, false]);
        assert!(!gestures.rages(5_000.0, 100.0, 100.0));
        assert!(!gestures.rages(5_100.0, 100.0, 100.0));
        assert!(gestures.rages(5_200.0, 100.0, 100.0));
    }

    #[test]
    fn far_or_slow_clicks_are_none() {
        let mut gestures = Gestures::new();
        assert!(
            ![0.0, 600.0, 1_200.0]
                .into_iter()
                .any(|now| gestures.rages(now, 1.0, 1.0))
        );
        let mut gestures = Gestures::new();
        assert!(![0.0, 40.0, 80.0].into_iter().any(|x| gestures.rages(x, x, 1.0)));
        let mut gestures = Gestures::new();
        assert!(
            ![0.0, 1.0, 2.0]
                .into_iter()
                .any(|now| gestures.rages(now, f64::NAN, f64::NAN))
        );
    }
}
