//! The one owner of the tracker's state, its listeners and timers.

use std::cell::RefCell;

use event::json::Object;
use gloo::events::EventListener;
use js_sys::{Array, Date};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::{Closure, JsValue};
use web_sys::{PageTransitionEvent, Response};

use crate::browser::{Browser, warn};
use crate::delivery::Delivery;
use crate::fields::{given, rounded};
use crate::naming::write_fields;
use crate::page::{Page, within_limit};
use crate::store::Store;
use crate::views::Views;
use crate::{clicks, identity};

thread_local! {
    static TRACKER: RefCell<Option<Tracker>> = const { RefCell::new(None) };
}

pub(crate) struct Tracker {
    browser: Browser,
    store: Store,
    user: String,
    page: Page,
    views: Views,
    delivery: Delivery,
    /// Prints the gateway's refusal, once.
    refusal: Closure<dyn FnMut(JsValue)>,
    refused: bool,
    listeners: Vec<EventListener>,
}

/// Makes the tracker the page's one and begins.
pub(crate) fn install(tracker: Tracker) {
    TRACKER.set(Some(tracker));
    with(Tracker::begin);
}

/// Runs `action` on the tracker. The loader never enters while another call is under way.
pub(crate) fn with(action: impl FnOnce(&mut Tracker)) {
    TRACKER.with_borrow_mut(|tracker| tracker.as_mut().map(action));
}

impl Tracker {
    pub(crate) fn new(site: &str, endpoint: String, time: f64, url: String) -> Self {
        let browser = Browser::new();
        let mut store = Store::new(&browser.window);
        let user = identity::user(&browser, &mut store, time);
        let referrer = browser.document.referrer();
        Self {
            page: Page::new(url, referrer, time),
            delivery: Delivery::new(endpoint, site, &store),
            user,
            store,
            browser,
            views: Views::new(),
            refusal: Closure::new(|reason: JsValue| warn(&reason.as_string().unwrap_or_default())),
            refused: false,
            listeners: Vec::new(),
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

    pub(crate) fn clicked(&mut self, time: f64, path: &Array, x: f64, y: f64) {
        if let Some(payload) = clicks::payload(&self.browser, path, x, y) {
            self.record("click", time, &payload);
        }
    }

    pub(crate) fn changed(&mut self, records: &Array) {
        self.views.changed(records);
    }

    pub(crate) fn crossed(&mut self, entries: &Array, middle: bool) {
        self.views.crossed(&self.browser, entries, middle);
    }

    /// Records the elements that have been in sight for long enough.
    pub(crate) fn look(&mut self) {
        let time = Date::now();
        for (element, name) in self.views.seen(&self.browser) {
            let session = identity::session(&self.browser, &mut self.store, time);
            let (path, route) = self.page.path();
            let page = [path, "#", route].concat();
            if identity::first_sight(&mut self.store, &session, &page, &name) {
                let mut text = String::new();
                let mut payload = Object::new(&mut text);
                payload.text("event_title", "element_view").text("element_id", &name);
                self.browser.write_sizes(&mut payload);
                write_fields(&element, &mut payload);
                drop(payload);
                self.record("view", time, &text);
            }
        }
    }

    /// `payload` is the text of a JSON object; `time` is in epoch milliseconds.
    pub(crate) fn record(&mut self, event_type: &str, time: f64, payload: &str) {
        let mut text = String::new();
        let mut event = Object::new(&mut text);
        event.text("id", &identity::uuid(&self.browser, time));
        event.text("type", event_type);
        rounded(&mut event, "created_at", time);
        event.text("session_id", &identity::session(&self.browser, &mut self.store, time));
        event.text("user_id", &self.user);
        event.text("url", within_limit(&self.page.url));
        given(&mut event, "referrer", within_limit(&self.page.referrer));
        event.raw("payload", payload);
        drop(event);
        self.delivery.push(&self.browser, text);
    }

    pub(crate) fn flush(&mut self) {
        self.record_page();
        self.delivery.woken(&self.browser);
    }

    pub(crate) fn answered(&mut self, number: u32, response: &Response) {
        let refused = self.delivery.answered(&self.browser, &mut self.store, number, response);
        if refused && !self.refused {
            self.refused = true;
            if let Ok(reason) = response.text() {
                drop(reason.then(&self.refusal));
            }
        }
    }

    pub(crate) fn failed(&mut self, number: u32) {
        self.delivery.failed(number);
    }

    fn begin(&mut self) {
        let (window, document) = (&self.browser.window, &self.browser.document);
        self.listeners = vec![
            EventListener::new(document, "visibilitychange", |_| with(Tracker::visibility_changed)),
            EventListener::new(window, "pagehide", |_| with(|tracker| tracker.hide(true))),
            EventListener::new(window, "pageshow", |event| {
                if event.unchecked_ref::<PageTransitionEvent>().persisted() {
                    with(Tracker::shown_again);
                }
            }),
        ];
        self.views.begin(&self.browser);
        self.delivery.gather();
    }

    fn open(&mut self, page: Page) {
        self.page = page;
        self.views.renew(&self.browser);
        self.delivery.gather();
    }

    /// The visitor came back to a page that the browser had kept: the same page, viewed once more.
    fn shown_again(&mut self) {
        let url = std::mem::take(&mut self.page.url);
        let referrer = std::mem::take(&mut self.page.referrer);
        self.open(Page::new(url, referrer, Date::now()));
    }

    fn visibility_changed(&mut self) {
        self.views.note_sights(&self.browser);
        if self.browser.hidden() {
            self.hide(false);
        }
    }

    fn hide(&mut self, ends: bool) {
        self.record_page();
        self.delivery.hide(&self.browser, &mut self.store, ends);
    }

    fn record_page(&mut self) {
        if let Some(time) = self.page.unrecorded.take() {
            let mut text = String::new();
            let mut payload = Object::new(&mut text);
            payload.text("event_title", "page_view");
            given(&mut payload, "title", &self.browser.document.title());
            self.browser.write_sizes(&mut payload);
            drop(payload);
            self.record("view", time, &text);
        }
    }
}
