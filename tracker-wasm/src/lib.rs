//! The browser tracker: page views, element views and clicks of one page, delivered to the gateway.
//!
//! `loader/clickpath.js` is what a page includes. It catches what happens, loads this module and calls the four functions
//! below; each returns without throwing. The modules:
//!
//! - [`tracker`]: the one owner of everything here, listeners and timers included
//! - [`page`], [`views`], [`clicks`]: what happened
//! - [`naming`], [`selector`]: what an element is called
//! - [`identity`], [`store`]: who, and what is kept between pages
//! - [`delivery`], [`stash`], [`request`]: how events reach the gateway

mod browser;
mod clicks;
mod delivery;
mod fields;
mod identity;
mod naming;
mod page;
mod request;
mod selector;
mod stash;
mod store;
mod text;
mod tracker;
mod views;

use js_sys::Array;
#[cfg(target_arch = "wasm32")]
use lol_alloc::{FreeListAllocator, LockedAllocator};
use wasm_bindgen::prelude::wasm_bindgen;

use crate::tracker::{Tracker, with};

/// A tenth of the size of Rust's own allocator; the tracker holds little and not for long.
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: LockedAllocator<FreeListAllocator> = LockedAllocator::new(FreeListAllocator::new());

/// Begins to track the page that was loaded at `time` (epoch milliseconds) under `url`.
#[wasm_bindgen]
pub fn start(site: &str, endpoint: String, time: f64, url: String) {
    tracker::install(Tracker::new(site, endpoint, time, url));
}

/// The address changed to `url` without a page load.
#[wasm_bindgen]
pub fn navigated(time: f64, url: String) {
    with(|tracker| tracker.navigated(time, url));
}

/// A click whose event travelled `path` (its composed path). `x` and `y` are page coordinates in CSS pixels, NaN without a pointer.
#[wasm_bindgen]
pub fn clicked(time: f64, path: &Array, x: f64, y: f64) {
    with(|tracker| tracker.clicked(time, path, x, y));
}

/// An event of the page's own code; `payload` is the text of a JSON object.
#[wasm_bindgen]
pub fn tracked(time: f64, event_type: &str, payload: &str) {
    with(|tracker| tracker.record(event_type, time, payload));
}
