//! The one owner of the tracker's state.

use alloc::string::String;
use std::sync::Mutex;

use event::json::Object;

use crate::attention::Attention;
use crate::gestures::Gestures;
use crate::host::{self, Browser, elapsed, now};
use crate::outbox::{Input, Outbox};
use crate::page::{Page, is_same};
use crate::privacy::scrub::scrub_json;
use crate::views::Views;
use crate::vitals::Vitals;
use crate::{identity, payload};

/// A page out of sight for so long is left: its session is over too.
const LEFT_AFTER_MS: f64 = 30.0 * 60.0 * 1_000.0;

/// Not a `thread_local`, whose way in is a function pointer: with none of these left, what panics format is not downloaded. And made
/// here, not at the start: code that moves it into place would be.
static TRACKER: Mutex<Tracker> = Mutex::new(Tracker {
    user: String::new(),
    page: Page::new(),
    framed: false,
    views: Views::new(),
    attention: Attention::new(),
    gestures: Gestures::new(),
    vitals: Vitals::new(),
    outbox: Outbox::new(Browser),
    unanswered: (0.0, String::new()),
    leaves_at: f64::INFINITY,
    left: false,
    wakes_at: f64::INFINITY,
});

pub(crate) struct Tracker {
    pub(crate) user: String,
    pub(crate) page: Page,
    /// In a frame of a page that has a tracker: that one tells of the page.
    pub(crate) framed: bool,
    pub(crate) views: Views,
    pub(crate) attention: Attention,
    pub(crate) gestures: Gestures,
    pub(crate) vitals: Vitals,
    pub(crate) outbox: Outbox<Browser>,
    /// The click that waits for an answer of the page: its moment, and what is told of it in case there is none.
    unanswered: (f64, String),
    /// When the page out of sight is left; infinite when it is in sight, or was told to be left.
    leaves_at: f64,
    left: bool,
    /// For when the timer is set.
    wakes_at: f64,
}

/// Runs `action` on the tracker and sets the timer to what is due next, which takes as long as elements are watched: not where another
/// signal follows. The host never enters while another call is under way.
pub(crate) fn with(rests: bool, action: impl FnOnce(&mut Tracker) -> bool) -> bool {
    let Ok(mut tracker) = TRACKER.try_lock() else {
        return false;
    };
    let result = action(&mut tracker);
    if rests {
        tracker.rest();
    }
    result
}

impl Tracker {
    pub(crate) fn navigated(&mut self, time: f64, url: &str) {
        if url == self.page.url {
            return;
        }
        self.gestures.answer();
        self.record_page();
        if is_same(url, &self.page.url) {
            return self.page.rename(url);
        }
        self.leave();
        let before = core::mem::take(&mut self.page.url);
        self.page.follow(url, &before, time);
        self.open();
    }

    /// `fields` begin with the title and the element's name. `at` is the pointer's place, of NaN without one. An element that answers clicks by itself gives no
    /// sign of it.
    pub(crate) fn clicked(&mut self, time: f64, fields: &str, at: (f64, f64), answers: bool) {
        let click = self.fields("click", time, fields);
        let name = payload::element(fields);
        let mut trouble = String::from("\x1ftarget\x1f");
        for part in [name, "\x1fclick_id\x1f", &click] {
            trouble.push_str(part);
        }
        if self.gestures.rages(elapsed(), at.0, at.1) {
            self.trouble("rage_click", time, &trouble);
        }
        if !answers {
            self.gestures.wait(elapsed());
            self.unanswered = (time, trouble);
        }
    }

    fn trouble(&mut self, title: &str, time: f64, trouble: &str) {
        let mut fields = String::from("event_title\x1f");
        fields.push_str(title);
        fields.push_str(trouble);
        self.fields("server", time, &fields);
    }

    /// The page's code names the visitor; nobody again when `id` is empty.
    pub(crate) fn identified(&mut self, time: f64, id: &str) {
        let before = core::mem::replace(&mut self.user, identity::rename(time, id));
        if id.is_empty() {
            identity::end_session();
        } else if before != id {
            let mut fields = String::from("event_title\x1fidentify\x1fprevious_id\x1f");
            fields.push_str(&before);
            self.fields("server", time, &fields);
        }
    }

    /// The visitor agrees to be measured, or no longer: then nothing of before is kept.
    pub(crate) fn consented(&mut self, agrees: bool) {
        // A timer of the time between told nobody.
        self.wakes_at = f64::INFINITY;
        if agrees {
            self.user = identity::user(now());
            return;
        }
        self.outbox.clear();
        self.gestures.answer();
        self.page.unrecorded = None;
        self.left = true;
    }

    pub(crate) fn woken(&mut self) {
        self.wakes_at = f64::INFINITY;
        // A timer may come a moment early by the other clock.
        let now = elapsed() + 1.0;
        self.look(now);
        if self.gestures.due <= now {
            self.gestures.answer();
            let (time, trouble) = core::mem::take(&mut self.unanswered);
            self.trouble("dead_click", time, &trouble);
        }
        if self.leaves_at <= now {
            self.leave();
        }
        if self.outbox.due <= now {
            self.record_page();
            self.outbox.step(Input::Due, now);
        }
    }

    pub(crate) fn show(&mut self, shown: bool) {
        let now = elapsed();
        self.views.show(shown, now);
        self.leaves_at = if shown || self.left {
            f64::INFINITY
        } else {
            now + LEFT_AFTER_MS
        };
        if !shown {
            self.hide(false);
        }
    }

    /// The page goes out of sight, or ends.
    pub(crate) fn hide(&mut self, ends: bool) {
        self.gestures.answer();
        self.record_page();
        let mut text = String::new();
        let told = self.vitals.tell(&mut Object::new(&mut text), host::interactions());
        if told {
            self.record("server", now(), &text);
        }
        if ends {
            self.leave();
        }
        self.report(now(), ends);
        let input = if ends { Input::Ends } else { Input::Hidden };
        self.outbox.step(input, elapsed());
    }

    /// The visitor came back to a page that the browser had kept: the same page, viewed once more.
    pub(crate) fn restored(&mut self) {
        self.outbox.step(Input::Restored, elapsed());
        self.page.unrecorded = Some(now());
        self.open();
    }

    /// Records an event by the fields of its payload, and gives its id.
    pub(crate) fn fields(&mut self, event_type: &str, time: f64, fields: &str) -> String {
        let payload = payload::write(fields, &self.page);
        self.record(event_type, time, &payload)
    }

    /// `payload` is the text of a JSON object; `time` is in epoch milliseconds. Gives the event's id.
    pub(crate) fn record(&mut self, event_type: &str, time: f64, payload: &str) -> String {
        let id = self.fire(event_type, time, payload, 1);
        self.report(time, false);
        id
    }

    fn report(&mut self, time: f64, ends: bool) {
        if let Some((payload, lost)) = self.outbox.report(ends) {
            self.fire("server", time, &payload, lost);
        }
    }

    fn fire(&mut self, event_type: &str, time: f64, payload: &str, stands_for: u32) -> String {
        let id = identity::uuid(time);
        let session = identity::session(time);
        let mut text = String::new();
        let mut event = Object::new(&mut text);
        event.number("created_at", time as i64);
        for (name, value) in [
            ("id", &*id),
            ("type", event_type),
            ("session_id", &session),
            ("user_id", &self.user),
            ("url", &self.page.told_url),
            ("referrer", &self.page.told_referrer),
        ] {
            event.text(name, value);
        }
        event.raw("payload", &scrub_json(payload));
        drop(event);
        self.outbox.step(Input::Fired(text, stands_for), elapsed());
        id
    }

    /// Records the elements that have been in sight for long enough.
    fn look(&mut self, now_elapsed: f64) {
        let time = now();
        let mut session = String::new();
        let mut seen = String::new();
        while let Some(index) = self.views.next_seen(now_elapsed) {
            let fields = host::describe(index as i32);
            if fields.is_empty() {
                continue;
            }
            if session.is_empty() {
                session = identity::session(time);
                seen = identity::seen(&session);
            }
            let name = payload::element(&fields);
            if identity::first_sight(&mut seen, &session, self.page.hash(), name) {
                self.fields("view", time, &fields);
            }
        }
        if !seen.is_empty() {
            identity::keep_seen(&seen);
        }
    }

    fn open(&mut self) {
        let now = elapsed();
        self.attention.renew(now);
        self.left = false;
        self.views.renew(now);
        self.outbox.gather(now);
    }

    fn record_page(&mut self) {
        if let Some(time) = self.page.unrecorded.take()
            && !self.framed
        {
            self.fields("view", time, &host::describe(-1));
        }
    }

    /// Tells once how long and how far the page was read.
    fn leave(&mut self) {
        self.leaves_at = f64::INFINITY;
        if self.left || self.framed {
            return;
        }
        self.left = true;
        self.attention.count(elapsed());
        let mut text = String::new();
        let mut payload = Object::new(&mut text);
        payload.text("event_title", "page_leave");
        payload.number("scroll_depth", self.attention.depth as i64);
        payload.number("engaged_ms", self.attention.engaged_ms as i64);
        drop(payload);
        self.record("server", now(), &text);
    }

    fn rest(&mut self) {
        let due = self
            .outbox
            .due
            .min(self.views.due())
            .min(self.gestures.due)
            .min(self.leaves_at);
        if due != self.wakes_at {
            self.wakes_at = due;
            if due < f64::INFINITY {
                host::wake((due - elapsed()).max(0.0));
            }
        }
    }
}
