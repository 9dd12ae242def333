//! How long and how far a page was read: time counts while the page is in sight, has the focus and the visitor does something.

/// After so long without pointer, key or scrolling nobody is taken to be reading.
const IDLE_MS: f64 = 30_000.0;

pub(crate) struct Attention {
    on: bool,
    counted_to: f64,
    active_until: f64,
    /// So far, on this page.
    pub(crate) engaged_ms: f64,
    /// The lowest share of the page that was in sight, in percent.
    pub(crate) depth: f64,
}

impl Attention {
    pub(crate) const fn new() -> Self {
        Self {
            on: false,
            counted_to: 0.0,
            active_until: 0.0,
            engaged_ms: 0.0,
            depth: 0.0,
        }
    }

    /// Another page begins.
    pub(crate) fn renew(&mut self, now: f64) {
        self.turn(self.on, now);
        self.engaged_ms = 0.0;
        self.depth = 0.0;
    }

    /// The page came into sight and focus, or went out of one of them.
    pub(crate) fn turn(&mut self, on: bool, now: f64) {
        self.act(now);
        self.on = on;
    }

    /// The visitor did something.
    pub(crate) fn act(&mut self, now: f64) {
        self.count(now);
        self.active_until = now + IDLE_MS;
    }

    /// Counts what has passed since the last time.
    pub(crate) fn count(&mut self, now: f64) {
        if self.on {
            self.engaged_ms += (now.min(self.active_until) - self.counted_to).max(0.0);
        }
        self.counted_to = now;
    }

    /// The page, `height` CSS pixels high, is in sight down to `bottom`.
    pub(crate) fn scroll(&mut self, bottom: f64, height: f64) {
        self.depth = (bottom * 100.0 / height).min(100.0).max(self.depth);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_what_is_seen_and_read() {
        let mut attention = Attention::new();
        attention.count(1_000.0);
        attention.turn(true, 1_000.0);
        attention.act(11_000.0);
        attention.count(100_000.0);
        assert_eq!(attention.engaged_ms, 40_000.0);
        attention.turn(false, 100_000.0);
        attention.act(110_000.0);
        attention.count(120_000.0);
        assert_eq!(attention.engaged_ms, 40_000.0);
    }

    #[test]
    fn keeps_the_deepest_place() {
        let mut attention = Attention::new();
        attention.scroll(600.0, 2_400.0);
        attention.scroll(1_200.0, 2_400.0);
        attention.scroll(800.0, 2_400.0);
        assert_eq!(attention.depth, 50.0);
        attention.scroll(9_000.0, 2_400.0);
        assert_eq!(attention.depth, 100.0);
    }
}
