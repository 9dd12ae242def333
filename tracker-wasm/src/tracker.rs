//! The one owner of the tracker's state.

use std::sync::Mutex;

use crate::attention::Attention;
use crate::gestures::Gestures;
use crate::host::{self, Browser};
use crate::outbox::Outbox;
use crate::signals::{DEAD, DROPPED, ELEMENT, FOLLOW, LEAVE, PAGE, VITALS};
use crate::views::Views;
use crate::vitals::Vitals;

/// A page out of sight for so long is left: its session is over too.
const LEFT_AFTER_MS: f64 = 30.0 * 60.0 * 1_000.0;

/// Not a `thread_local`, whose way in is a function pointer: with none of these left, what panics format is not downloaded. And made
/// here, not at the start: code that moves it into place would be.
static TRACKER: Mutex<Tracker> = Mutex::new(Tracker {
    framed: false,
    unrecorded: false,
    views: Views::new(),
    attention: Attention::new(),
    gestures: Gestures::new(),
    vitals: Vitals::new(),
    outbox: Outbox::new(Browser),
    leaves_at: f64::INFINITY,
    left: false,
    wakes_at: f64::INFINITY,
});

pub(crate) struct Tracker {
    /// In a frame of a page that has a tracker: that one tells of the page.
    framed: bool,
    /// The page's view is still to be told: its title is often set after its address.
    unrecorded: bool,
    pub(crate) views: Views,
    pub(crate) attention: Attention,
    pub(crate) gestures: Gestures,
    pub(crate) vitals: Vitals,
    pub(crate) outbox: Outbox<Browser>,
    /// When the page out of sight is left; infinite when it is in sight, or was told to be left.
    leaves_at: f64,
    left: bool,
    /// For when the timer is set.
    wakes_at: f64,
}

/// Runs `action` on the tracker and sets the timer to what is due next: not where another signal `rests`. The host never enters while
/// another call is under way.
pub(crate) fn with(rests: bool, now: f64, action: impl FnOnce(&mut Tracker) -> bool) -> bool {
    let Ok(mut tracker) = TRACKER.try_lock() else {
        return false;
    };
    let result = action(&mut tracker);
    if rests {
        tracker.rest(now);
    }
    result
}

impl Tracker {
    pub(crate) fn start(&mut self, framed: bool, now: f64) {
        self.framed = framed;
        self.unrecorded = true;
        self.outbox.gather(now);
    }

    pub(crate) fn navigated(&mut self, same: bool, now: f64) {
        self.gestures.answer();
        self.record_page(now);
        if !same {
            self.leave(now);
        }
        host::record(FOLLOW as i32, 0.0, 0.0, 0.0, 0.0, 0.0);
        if !same {
            self.unrecorded = true;
            self.open(now);
        }
    }

    /// Tells whether the click is one of rage.
    pub(crate) fn clicked(&mut self, (x, y): (f64, f64), answers: bool, now: f64) -> bool {
        if !answers {
            self.gestures.wait(now);
        }
        self.gestures.rages(now, x, y)
    }

    /// The visitor agrees to be measured, or no longer: then nothing of before is kept.
    pub(crate) fn consented(&mut self, agrees: bool) {
        // A timer of the time between told nobody.
        self.wakes_at = f64::INFINITY;
        if !agrees {
            self.outbox.clear();
            self.gestures.answer();
            self.unrecorded = false;
            self.left = true;
        }
    }

    pub(crate) fn woken(&mut self, now: f64) {
        self.wakes_at = f64::INFINITY;
        // A timer may come a moment early by the other clock.
        let now = now + 1.0;
        while let Some(index) = self.views.next_seen(now) {
            self.tell(ELEMENT, [index as f64, 0.0, 0.0, 0.0, 0.0], now);
        }
        if self.gestures.due <= now {
            self.gestures.answer();
            self.tell(DEAD, [0.0; 5], now);
        }
        if self.leaves_at <= now {
            self.leave(now);
        }
        if self.outbox.due <= now {
            self.record_page(now);
            self.outbox.due(now);
        }
    }

    pub(crate) fn show(&mut self, shown: bool, interactions: f64, now: f64) {
        self.views.show(shown, now);
        self.leaves_at = if shown || self.left {
            f64::INFINITY
        } else {
            now + LEFT_AFTER_MS
        };
        if !shown {
            self.hide(false, interactions, now);
        }
    }

    /// The page goes out of sight, or ends.
    pub(crate) fn hide(&mut self, ends: bool, interactions: f64, now: f64) {
        self.gestures.answer();
        self.record_page(now);
        if let Some(values) = self.vitals.tell(interactions) {
            self.tell(VITALS, values, now);
        }
        if ends {
            self.leave(now);
        }
        self.report(ends, now);
        if ends {
            self.outbox.ends(now);
        } else {
            self.outbox.hidden(now);
        }
    }

    /// The visitor came back to a page that the browser had kept: the same page, viewed once more.
    pub(crate) fn restored(&mut self, now: f64) {
        self.outbox.restored(now);
        self.unrecorded = true;
        self.open(now);
    }

    /// There is an event.
    pub(crate) fn fired(&mut self, event: u32, now: f64) {
        self.outbox.fired(event, now);
        self.report(false, now);
    }

    fn tell(&mut self, what: u32, [a, b, c, d, e]: [f64; 5], now: f64) {
        let event = host::record(what as i32, a, b, c, d, e);
        if event > 0 {
            self.fired(event as u32, now);
        }
    }

    fn report(&mut self, ends: bool, now: f64) {
        if let Some(lost) = self.outbox.report(ends) {
            let [a, b, c, d] = lost.map(f64::from);
            let event = host::record(DROPPED as i32, a, b, c, d, 0.0);
            self.outbox.fired(event as u32, now);
        }
    }

    fn open(&mut self, now: f64) {
        self.attention.renew(now);
        self.left = false;
        self.views.renew(now);
        self.outbox.gather(now);
    }

    fn record_page(&mut self, now: f64) {
        if self.unrecorded {
            self.unrecorded = false;
            if !self.framed {
                self.tell(PAGE, [0.0; 5], now);
            }
        }
    }

    /// Tells once how long and how far the page was read.
    fn leave(&mut self, now: f64) {
        self.leaves_at = f64::INFINITY;
        if self.left || self.framed {
            return;
        }
        self.left = true;
        self.attention.count(now);
        let Attention { depth, engaged_ms, .. } = self.attention;
        self.tell(LEAVE, [depth, engaged_ms, 0.0, 0.0, 0.0], now);
    }

    fn rest(&mut self, now: f64) {
        let due = self
            .outbox
            .due
            .min(self.views.due)
            .min(self.gestures.due)
            .min(self.leaves_at);
        if due != self.wakes_at {
            self.wakes_at = due;
            if due < f64::INFINITY {
                host::wake((due - now).max(0.0));
            }
        }
    }
}
