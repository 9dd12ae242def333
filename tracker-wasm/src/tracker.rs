//! The one owner of the tracker's state.

use std::cell::RefCell;

use event::json::Object;

use crate::delivery::Delivery;
use crate::fields::{given, rounded};
use crate::host::{self, elapsed, now};
use crate::identity::Seen;
use crate::page::{Page, within_limit};
use crate::views::Views;
use crate::{clicks, element, identity, selector};

thread_local! {
    static TRACKER: RefCell<Option<Tracker>> = const { RefCell::new(None) };
}

pub(crate) struct Tracker {
    user: String,
    page: Page,
    pub(crate) views: Views,
    pub(crate) delivery: Delivery,
    /// For when the timer is set.
    wakes_at: f64,
}

/// Makes the tracker the page's one.
pub(crate) fn install(tracker: Tracker) {
    TRACKER.set(Some(tracker));
    with(|tracker| tracker.delivery.gather(elapsed()));
}

/// Runs `action` on the tracker and sets the timer to what is due next. The host never enters while another call is under way.
pub(crate) fn with<T: Default>(action: impl FnOnce(&mut Tracker) -> T) -> T {
    TRACKER.with_borrow_mut(|tracker| {
        tracker.as_mut().map_or_else(T::default, |tracker| {
            let result = action(tracker);
            tracker.rest();
            result
        })
    })
}

/// As [`with`], for a change that [`with`] follows.
pub(crate) fn peek(action: impl FnOnce(&mut Tracker)) {
    TRACKER.with_borrow_mut(|tracker| tracker.as_mut().map(action));
}

impl Tracker {
    pub(crate) fn new(site: &str, time: f64, url: String, referrer: String, shown: bool) -> Self {
        Self {
            user: identity::user(time),
            page: Page::new(url, referrer, time),
            views: Views::new(shown),
            delivery: Delivery::new(site),
            wakes_at: f64::INFINITY,
        }
    }

    pub(crate) fn navigated(&mut self, time: f64, url: String) {
        if url == self.page.url {
            return;
        }
        self.record_page();
        if !self.page.differs_from(&url) {
            self.page.url = url;
            return;
        }
        let referrer = std::mem::take(&mut self.page.url);
        self.open(Page::new(url, referrer, time));
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
        if self.delivery.due <= now {
            self.record_page();
            self.delivery.pump();
        }
    }

    /// The page goes out of sight, or ends.
    pub(crate) fn hide(&mut self, ends: bool) {
        self.record_page();
        self.delivery.hide(ends, elapsed());
    }

    /// The visitor came back to a page that the browser had kept: the same page, viewed once more.
    pub(crate) fn restored(&mut self) {
        let url = std::mem::take(&mut self.page.url);
        let referrer = std::mem::take(&mut self.page.referrer);
        self.open(Page::new(url, referrer, now()));
    }

    /// `payload` is the text of a JSON object; `time` is in epoch milliseconds.
    pub(crate) fn record(&mut self, event_type: &str, time: f64, payload: &str) {
        let mut text = String::new();
        let mut event = Object::new(&mut text);
        event.text("id", &identity::uuid(time));
        event.text("type", event_type);
        rounded(&mut event, "created_at", time);
        event.text("session_id", &identity::session(time));
        event.text("user_id", &self.user);
        event.text("url", within_limit(&self.page.url));
        given(&mut event, "referrer", within_limit(&self.page.referrer));
        event.raw("payload", payload);
        drop(event);
        self.delivery.push(text, elapsed());
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

    fn open(&mut self, page: Page) {
        self.page = page;
        self.views.renew(elapsed());
        self.delivery.gather(elapsed());
    }

    fn record_page(&mut self) {
        if let Some(time) = self.page.unrecorded.take() {
            let mut text = String::new();
            let mut payload = Object::new(&mut text);
            payload.text("event_title", "page_view");
            given(&mut payload, "title", &host::title());
            clicks::write_sizes(&mut payload);
            drop(payload);
            self.record("view", time, &text);
        }
    }

    fn rest(&mut self) {
        let due = self.delivery.due.min(self.views.due());
        if due != self.wakes_at {
            self.wakes_at = due;
            if due < f64::INFINITY {
                host::wake((due - elapsed()).max(0.0));
            }
        }
    }
}
