//! The one owner of the tracker's state.

use std::sync::Mutex;

use event::json::Object;
use event::limits;

use crate::attention::Attention;
use crate::fields::{given, rounded};
use crate::gestures::Gestures;
use crate::host::{self, Browser, elapsed, now};
use crate::identity::Seen;
use crate::outbox::{Input, Outbox};
use crate::page::Page;
use crate::privacy::scrub::{scrub, scrub_json};
use crate::text::cut;
use crate::views::Views;
use crate::vitals::Vitals;
use crate::{clicks, element, identity, selector};

/// Not a `thread_local`, whose way in is a function pointer: with none of these left, what panics format is not downloaded.
static TRACKER: Mutex<Option<Tracker>> = Mutex::new(None);

/// A page out of sight for so long is left: its session is over too.
const LEFT_AFTER_MS: f64 = 30.0 * 60.0 * 1_000.0;

pub(crate) struct Tracker {
    user: String,
    page: Page,
    /// In a frame of a page that has a tracker: that one tells of the page.
    framed: bool,
    pub(crate) views: Views,
    pub(crate) attention: Attention,
    pub(crate) gestures: Gestures,
    pub(crate) vitals: Vitals,
    pub(crate) outbox: Outbox<Browser>,
    /// The click that waits for an answer of the page: its moment, and the payload in case there is none.
    unanswered: (f64, String),
    /// When the page out of sight is left; infinite when it is in sight, or was told to be left.
    leaves_at: f64,
    left: bool,
    /// For when the timer is set.
    wakes_at: f64,
}

/// Makes the tracker the page's one.
pub(crate) fn install(mut tracker: Tracker) {
    tracker.outbox.gather(elapsed());
    tracker.rest();
    if let Ok(mut place) = TRACKER.try_lock() {
        *place = Some(tracker);
    }
}

/// Runs `action` on the tracker and sets the timer to what is due next. The host never enters while another call is under way.
pub(crate) fn with(action: impl FnOnce(&mut Tracker) -> bool) -> bool {
    if let Ok(mut place) = TRACKER.try_lock()
        && let Some(tracker) = place.as_mut()
    {
        let result = action(tracker);
        tracker.rest();
        return result;
    }
    false
}

impl Tracker {
    pub(crate) fn new(site: &str, page: Page, framed: bool) -> Self {
        Self {
            user: identity::user(now()),
            page,
            framed,
            views: Views::new(),
            attention: Attention::new(elapsed()),
            gestures: Gestures::new(),
            vitals: Vitals::default(),
            outbox: Outbox::new(Browser, site),
            unanswered: (0.0, String::new()),
            leaves_at: f64::INFINITY,
            left: false,
            wakes_at: f64::INFINITY,
        }
    }

    pub(crate) fn navigated(&mut self, time: f64, url: &str) {
        if url == self.page.url {
            return;
        }
        self.gestures.answer();
        self.record_page();
        if !self.page.differs_from(url) {
            return self.page.rename(url.to_owned());
        }
        self.leave();
        self.page.follow(url.to_owned(), time);
        self.open();
    }

    /// Without a pointer `x` is NaN, and `y` 1 for a script's click, 0 for the keyboard's.
    pub(crate) fn clicked(&mut self, time: f64, path: &str, x: f64, y: f64) {
        let path = element::read(path);
        if clicks::is_ignored(&path) {
            return;
        }
        let Some((step, name)) = selector::subject(&path, host::position) else {
            return;
        };
        let mut text = String::new();
        let mut payload = Object::new(&mut text);
        clicks::write(&mut payload, &path, step, &name, (x, y), &self.page);
        drop(payload);
        let click = self.record("click", time, &text);
        let told = |title| {
            let mut text = String::new();
            Object::new(&mut text)
                .text("event_title", title)
                .text("target", &name)
                .text("click_id", &click);
            text
        };
        if self.gestures.rages(elapsed(), x, y) {
            self.record("server", time, &told("rage_click"));
        }
        if !path.iter().any(|element| element.has(b'e')) {
            self.gestures.wait(elapsed());
            self.unanswered = (time, told("dead_click"));
        }
    }

    /// A form was sent: who it is, never what is in it.
    pub(crate) fn submitted(&mut self, time: f64, path: &str) {
        let path = element::read(path);
        let Some((_, name)) = selector::subject(&path, host::position).filter(|_| !clicks::is_ignored(&path)) else {
            return;
        };
        let mut text = String::new();
        Object::new(&mut text)
            .text("event_title", "form_submit")
            .text("form", &name);
        self.record("click", time, &text);
    }

    /// The page's code names the visitor; nobody again when `id` is empty.
    pub(crate) fn identified(&mut self, time: f64, id: &str) {
        let before = std::mem::take(&mut self.user);
        self.user = identity::rename(time, cut(id, limits::USER_ID_BYTES));
        if !id.is_empty() && before != self.user {
            let mut text = String::new();
            Object::new(&mut text)
                .text("event_title", "identify")
                .text("previous_id", &before);
            self.record("server", time, &text);
        }
    }

    pub(crate) fn woken(&mut self) {
        self.wakes_at = f64::INFINITY;
        // A timer may come a moment early by the other clock.
        let now = elapsed() + 1.0;
        self.look(now);
        if self.gestures.due <= now {
            self.gestures.answer();
            let (time, payload) = std::mem::take(&mut self.unanswered);
            self.record("server", time, &payload);
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
        self.gestures.answer();
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
        self.record_page();
        let mut text = String::new();
        let mut payload = Object::new(&mut text);
        let told = self.vitals.tell(&mut payload, host::size(5));
        drop(payload);
        if told {
            self.record("server", now(), &text);
        }
        if ends {
            self.gestures.answer();
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
        let mut text = String::new();
        let mut event = Object::new(&mut text);
        event.text("id", &id);
        event.text("type", event_type);
        rounded(&mut event, "created_at", time);
        event.text("session_id", &identity::session(time));
        event.text("user_id", &self.user);
        event.text("url", &self.page.told_url);
        given(&mut event, "referrer", &self.page.told_referrer);
        event.raw("payload", &scrub_json(payload));
        drop(event);
        self.outbox.step(Input::Fired(text, stands_for), elapsed());
        id
    }

    /// Records the elements that have been in sight for long enough.
    fn look(&mut self, now_elapsed: f64) {
        let time = now();
        let mut seen = None;
        while let Some(index) = self.views.next_seen(now_elapsed) {
            let description = host::describe(index as u32);
            let path = element::read(&description);
            let Some(name) = path.first().and_then(element::Element::own_name) else {
                continue;
            };
            if clicks::is_ignored(&path) {
                continue;
            }
            let session = identity::session(time);
            let (page, route) = self.page.path();
            let seen = seen.get_or_insert_with(|| Seen::read(&session, identity::page_hash(page, route)));
            if seen.first_sight(&session, &name) {
                let mut text = String::new();
                let mut payload = Object::new(&mut text);
                payload.text("event_title", "element_view").text("element_id", &name);
                clicks::write_sizes(&mut payload);
                clicks::write_fields(&mut payload, &host::fields(0));
                drop(payload);
                self.record("view", time, &text);
            }
        }
        if let Some(seen) = seen {
            seen.keep();
        }
    }

    fn open(&mut self) {
        let on = self.attention.is_on();
        self.attention = Attention::new(elapsed());
        self.attention.turn(on, elapsed());
        self.left = false;
        self.views.renew(elapsed());
        self.outbox.gather(elapsed());
    }

    fn record_page(&mut self) {
        if let Some(time) = self.page.unrecorded.take().filter(|_| !self.framed) {
            let mut text = String::new();
            let mut payload = Object::new(&mut text);
            payload.text("event_title", "page_view");
            given(&mut payload, "title", &scrub(&host::title()));
            clicks::write_sizes(&mut payload);
            drop(payload);
            self.record("view", time, &text);
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
        self.attention.scroll(host::size(4), host::size(3));
        let mut text = String::new();
        let mut payload = Object::new(&mut text);
        payload.text("event_title", "page_leave");
        rounded(&mut payload, "scroll_depth", self.attention.depth);
        rounded(&mut payload, "engaged_ms", self.attention.engaged_ms);
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
