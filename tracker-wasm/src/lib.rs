//! The browser tracker: what a visitor sees and does on one page, delivered to the gateway.
//!
//! Three files reach the visitor. `loader/clickpath.js` is what a page includes: it holds clicks and calls until the rest is there.
//! `host/` is the tracker's hand in the page: it listens, reads and does, and decides nothing. This module decides: what counts as
//! a view, what an element is called, who the visitor is, what is sent and when. Host and module exchange numbers and texts only: the
//! functions below, and those of [`host`].
//!
//! - [`tracker`]: the one owner of the state; every call below ends by setting the one timer to what is due next
//! - [`page`], [`views`], [`clicks`]: what happened
//! - [`element`], [`selector`]: what an element is called
//! - [`identity`]: who
//! - [`privacy`]: what may leave the page
//! - [`outbox`]: how events reach the gateway
//!
//! A part that needs a time takes `now`, milliseconds of [`host::elapsed`], as a parameter, and has its deadline as
//! `due`, infinite for none; moments that are told to the gateway are epoch milliseconds, `time`.

extern crate alloc;

mod clicks;
mod element;
mod fields;
mod host;
mod identity;
mod outbox;
mod page;
mod privacy;
mod selector;
mod text;
mod tracker;
mod views;

#[cfg(target_arch = "wasm32")]
use lol_alloc::{FreeListAllocator, LockedAllocator};
use wasm_bindgen::prelude::wasm_bindgen;

use crate::outbox::Input;
use crate::page::Page;
use crate::tracker::{Tracker, with};
use crate::views::Crossing;

/// A tenth of the size of Rust's own allocator; the tracker holds little and not for long.
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: LockedAllocator<FreeListAllocator> = LockedAllocator::new(FreeListAllocator::new());

/// Begins to track the page that was loaded at `time` (epoch milliseconds) under `url`. `parameters` are names of the query that may leave the
/// page, with commas between them.
#[wasm_bindgen]
pub fn start(time: f64, site: &str, url: String, referrer: &str, shown: bool, parameters: String) {
    tracker::install(Tracker::new(site, Page::new(url, referrer, time, parameters), shown));
}

/// The address changed to `url` without a page load.
#[wasm_bindgen]
pub fn navigated(time: f64, url: String) {
    with(|tracker| tracker.navigated(time, url));
}

/// A click on the path of elements that `path` describes. `x` and `y` are page coordinates in CSS pixels, NaN without a pointer.
#[wasm_bindgen]
pub fn clicked(time: f64, path: &str, x: f64, y: f64) {
    with(|tracker| tracker.clicked(time, path, x, y));
}

/// An event of the page's own code; `payload` is the text of a JSON object.
#[wasm_bindgen]
pub fn tracked(time: f64, event_type: &str, payload: &str) {
    with(|tracker| tracker.record(event_type, time, payload));
}

/// The host watches another element under this number, free or new.
#[wasm_bindgen]
pub fn watched(index: usize) {
    with(|tracker| tracker.views.watch(index));
}

/// What an observer tells of a watched element: see [`Crossing`]. [`sighted`] follows the last of a batch.
#[wasm_bindgen]
pub fn crossed(index: usize, middle: bool, share: f64, area: f64, tall: bool) {
    let crossing = Crossing {
        middle,
        share,
        area,
        tall,
    };
    tracker::peek(|tracker| tracker.views.crossed(index, &crossing));
}

#[wasm_bindgen]
pub fn sighted() {
    with(|tracker| tracker.views.time(host::elapsed()));
}

/// The page came into sight, or went out of it.
#[wasm_bindgen]
pub fn shown(shown: bool) {
    with(|tracker| {
        tracker.views.show(shown, host::elapsed());
        if !shown {
            tracker.hide(false);
        }
    });
}

/// The page ends, or is kept by the browser for later.
#[wasm_bindgen]
pub fn left() {
    with(|tracker| tracker.hide(true));
}

/// The visitor came back to a page that the browser had kept.
#[wasm_bindgen]
pub fn restored() {
    with(Tracker::restored);
}

/// A request of [`host::send`] ended: with the gateway's status or 0, and the seconds of its `Retry-After` or 0. Tells whether the gateway
/// refused for good.
#[wasm_bindgen]
pub fn answered(number: u32, status: u32, retry_after: f64) -> bool {
    with(|tracker| {
        tracker
            .outbox
            .step(Input::Answered(number, status, retry_after), host::elapsed())
    })
}

/// The network is back.
#[wasm_bindgen]
pub fn online() {
    with(|tracker| tracker.outbox.step(Input::Online, host::elapsed()));
}

/// The time asked for by [`host::wake`] has come.
#[wasm_bindgen]
pub fn woken() {
    with(Tracker::woken);
}
