//! What the page's side does for the tracker: `host/page.js`, under the names below. Numbers and texts only.
//!
//! Fields of a payload come as a text, name and value in turn, each ended by U+001F. A name begins with `#` where the value is a number,
//! with `@` where it is an address, and with `~` where it is a sentence; the mark is not part of it.

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
    /// Signals `WOKEN` after so many milliseconds, instead of what was asked before.
    pub(crate) fn wake(after_ms: f64);
    /// What is stored under a name; empty when nothing is.
    pub(crate) fn load(name: &str) -> String;
    /// Tells whether the value outlives the page. An empty one removes what is stored.
    pub(crate) fn save(name: &str, value: &str) -> bool;
    /// The names of all that is stored and begins so, each ended by a line break.
    pub(crate) fn names(prefix: &str) -> String;
    /// Posts a body to the gateway; the signal `ANSWERED` follows.
    pub(crate) fn send(number: u32, body: &str, keepalive: bool);
    /// Hands a body to the browser for the time after the page; false when it takes no more.
    pub(crate) fn beacon(body: &str) -> bool;
    /// One line for the person who put the tracker on the page.
    pub(crate) fn warn(message: &str);
    /// The fields of a page view, or of a view of the watched element of this number: nothing when it has no name, or is none of ours.
    pub(crate) fn describe(index: i32) -> String;
    /// How many interactions there were; NaN when this browser does not count.
    pub(crate) fn interactions() -> f64;
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
