//! What the page's side does for the tracker: `host/page.js`, under the names below. Numbers and texts only.
//!
//! `path` is the chain of elements that the host holds for the length of one call: a click's from its target upwards, or a watched element alone.

use alloc::string::String;

use wasm_bindgen::prelude::wasm_bindgen;

use crate::outbox::Way;

#[wasm_bindgen(raw_module = "clickpath-host")]
extern "C" {
    /// Epoch milliseconds.
    pub(crate) fn now() -> f64;
    /// Milliseconds that never run backwards, for durations.
    pub(crate) fn elapsed() -> f64;
    /// 32 random bits.
    pub(crate) fn random() -> u32;
    /// Calls [`crate::woken`] after so many milliseconds, instead of what was asked before.
    pub(crate) fn wake(after_ms: f64);
    /// What is stored under a name; empty when nothing is.
    pub(crate) fn load(name: &str) -> String;
    /// Tells whether the value outlives the page. An empty one removes what is stored.
    pub(crate) fn save(name: &str, value: &str) -> bool;
    /// The names of all that is stored and begins so, each ended by a line break.
    pub(crate) fn names(prefix: &str) -> String;
    /// Posts a body to the gateway; [`crate::answered`] follows.
    pub(crate) fn send(number: u32, body: &str, keepalive: bool);
    /// Hands a body to the browser for the time after the page; false when it takes no more.
    pub(crate) fn beacon(body: &str) -> bool;
    /// One line for the person who put the tracker on the page.
    pub(crate) fn warn(message: &str);
    pub(crate) fn title() -> String;
    /// 0 and 1: the viewport's width and height, 2 and 3: the page's, 4: the lower edge of what was scrolled to; CSS pixels.
    pub(crate) fn size(which: u32) -> f64;
    /// Puts a watched element where [`crate::element::read`] finds it: its text.
    pub(crate) fn describe(index: u32) -> String;
    /// Position among siblings of the same tag, from 1; 0 for the only one. Of the step-th element of the path.
    pub(crate) fn position(step: u32) -> u32;
    /// Where the step-th element of the path lies in the page: 0 left, 1 top; NaN when it has left.
    pub(crate) fn place(step: u32, axis: u32) -> f64;
    /// The `data-cp-…` attributes of the step-th element of the path: name and value in turn, each ended by U+001F.
    pub(crate) fn fields(step: u32) -> String;
}

/// The page's side as the outbox needs it.
pub(crate) struct Browser;

impl Way for Browser {
    fn send(&self, number: u32, body: &str, keepalive: bool) {
        send(number, body, keepalive);
    }

    fn beacon(&self, body: &str) -> bool {
        beacon(body)
    }

    fn names(&self, prefix: &str) -> String {
        names(prefix)
    }

    fn load(&self, name: &str) -> String {
        load(name)
    }

    fn save(&self, name: &str, value: &str) -> bool {
        save(name, value)
    }

    fn random(&self) -> u32 {
        random()
    }

    fn warn(&self, message: &str) {
        warn(message);
    }
}
