//! The one owner of the tracker's state.

use std::sync::Mutex;

use event::json::Object;

use crate::fields::{given, rounded};
use crate::host::{self, Browser, elapsed, now};
use crate::identity::Seen;
use crate::outbox::{Input, Outbox};
use crate::page::Page;
use crate::privacy::scrub::{scrub, scrub_json};
use crate::views::Views;
use crate::{clicks, element, identity, selector};

/// Not a `thread_local`, whose way in is a function pointer: with none of these left, what panics format is not downloaded.
static TRACKER: Mutex<Option<Tracker>> = Mutex::new(None);

pub(crate) struct Tracker {
    user: String,
    page: Page,
    pub(crate) views: Views,
    pub(crate) outbox: Outbox<Browser>,
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
pub(crate) fn with<T: Default>(action: impl FnOnce(&mut Tracker) -> T) -> T {
    peek(|tracker| {
        let result = action(tracker);
        tracker.rest();
        result
    })
}

/// As [`with`], for a change that [`with`] follows.
pub(crate) fn peek<T: Default>(action: impl FnOnce(&mut Tracker) -> T) -> T {
    match TRACKER.try_lock() {
        Ok(mut place) => place.as_mut().map_or_else(T::default, action),
        Err(_) => T::default(),
    }
}

impl Tracker {
    pub(crate) fn new(site: &str, page: Page, shown: bool) -> Self {
        Self {
            user: identity::user(now()),
            page,
            views: Views::new(shown),
            outbox: Outbox::new(Browser, site),
            wakes_at: f64::INFINITY,
        }
    }

    pub(crate) fn navigated(&mut self, time: f64, url: String) {
        if url == self.page.url {
            return;
        }
        self.record_page();
        if !self.page.differs_from(&url) {
            return self.page.rename(url);
        }
        self.page.follow(url, time);
        self.open();
    }

    pub(crate) fn clicked(&mut self, time: f64, path: &str, x: f64, y: f64) {
        let path = element::read(path);
        if clicks::is_ignored(&path) {
            return;
        }
        let Some((step, name)) = selector::subject(&path, host::position) else {
            return;
        };
        let mut text = String::new();
        clicks::write(&mut Object::new(&mut text), step as u32, &name, "click", (x, y));
        self.record("click", time, &text);
    }

    pub(crate) fn woken(&mut self) {
        self.wakes_at = f64::INFINITY;
        // A timer may come a moment early by the other clock.
        let now = elapsed() + 1.0;
        self.look(now);
        if self.outbox.due <= now {
            self.record_page();
            self.outbox.step(Input::Due, now);
        }
    }

    /// The page goes out of sight, or ends.
    pub(crate) fn hide(&mut self, ends: bool) {
        self.record_page();
        let input = if ends { Input::Ends } else { Input::Hidden };
        self.outbox.step(input, elapsed());
    }

    /// The visitor came back to a page that the browser had kept: the same page, viewed once more.
    pub(crate) fn restored(&mut self) {
        self.outbox.step(Input::Restored, elapsed());
        self.page.unrecorded = Some(now());
        self.open();
    }

    /// `payload` is the text of a JSON object; `time` is in epoch milliseconds.
    pub(crate) fn record(&mut self, event_type: &str, time: f64, payload: &str) {
        self.fire(event_type, time, payload, 1);
        if let Some((payload, lost)) = self.outbox.report() {
            self.fire("view", time, &payload, lost);
        }
    }

    fn fire(&mut self, event_type: &str, time: f64, payload: &str, stands_for: u32) {
        let mut text = String::new();
        let mut event = Object::new(&mut text);
        event.text("id", &identity::uuid(time));
        event.text("type", event_type);
        rounded(&mut event, "created_at", time);
        event.text("session_id", &identity::session(time));
        event.text("user_id", &self.user);
        event.text("url", &self.page.told_url);
        given(&mut event, "referrer", &self.page.told_referrer);
        event.raw("payload", &scrub_json(payload));
        drop(event);
        self.outbox.step(Input::Fired(text, stands_for), elapsed());
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
        self.views.renew(elapsed());
        self.outbox.gather(elapsed());
    }

    fn record_page(&mut self) {
        if let Some(time) = self.page.unrecorded.take() {
            let mut text = String::new();
            let mut payload = Object::new(&mut text);
            payload.text("event_title", "page_view");
            given(&mut payload, "title", &scrub(&host::title()));
            clicks::write_sizes(&mut payload);
            drop(payload);
            self.record("view", time, &text);
        }
    }

    fn rest(&mut self) {
        let due = self.outbox.due.min(self.views.due());
        if due != self.wakes_at {
            self.wakes_at = due;
            if due < f64::INFINITY {
                host::wake((due - elapsed()).max(0.0));
            }
        }
    }
}
