//! What the page's side does for the tracker: `host/page.js`, under the names below. Numbers only: events have one each, from 1 on.
//!
//! Signed ones, although none is negative: the glue would put a function between for the others.

use wasm_bindgen::prelude::wasm_bindgen;

use crate::outbox::Way;

#[wasm_bindgen(raw_module = "clickpath-host")]
extern "C" {
    /// Signals `WOKEN` after so many milliseconds, instead of what was asked before.
    pub(crate) fn wake(after_ms: f64);
    /// Makes an event of a kind of [`crate::signals`], and gives its number; 0 where there is nothing to tell.
    pub(crate) fn record(what: i32, a: f64, b: f64, c: f64, d: f64, e: f64) -> i32;
    fn bytes(event: i32) -> i32;
    fn weight(event: i32) -> i32;
    fn pack(event: i32);
    fn send(request: i32);
    fn beacon() -> bool;
    fn store(lost: i32) -> bool;
    fn release();
    fn find() -> i32;
    fn forget(event: i32);
    fn random() -> f64;
    fn overflows();
}

/// The page's side as the outbox needs it.
pub(crate) struct Browser;

impl Way for Browser {
    fn bytes(&self, event: u32) -> u32 {
        bytes(event as i32) as u32
    }

    fn weight(&self, event: u32) -> u32 {
        weight(event as i32) as u32
    }

    fn pack(&self, event: u32) {
        pack(event as i32);
    }

    fn send(&self, request: u32) {
        send(request as i32);
    }

    fn beacon(&self) -> bool {
        beacon()
    }

    fn store(&self, lost: u32) -> bool {
        store(lost as i32)
    }

    fn release(&self) {
        release();
    }

    fn find(&self) -> Option<u32> {
        u32::try_from(find()).ok()
    }

    fn forget(&self, event: u32) {
        forget(event as i32);
    }

    fn random(&self) -> f64 {
        random()
    }

    fn overflows(&self) {
        overflows();
    }
}
