//! The browser tracker: what a visitor sees and does on one page, delivered to the gateway.
//!
//! Three files reach the visitor. `loader/clickpath.js` is what a page includes: it holds clicks and calls until the rest is there.
//! `host/` is the tracker's hand in the page: it listens, reads and does, and decides nothing. This module decides: what counts as
//! a view, what an element is called, who the visitor is, what is sent and when. Host and module exchange numbers and texts only: the
//! functions below, and those of [`host`].
//!
//! - [`tracker`]: the one owner of the state; every call below ends by setting the one timer to what is due next
//! - [`page`], [`views`], [`gestures`], [`attention`], [`vitals`]: what happened
//! - [`naming`], [`payload`]: what an element is called, and what is told of it
//! - [`identity`]: who it is
//! - [`privacy`]: what may leave the page
//! - [`outbox`]: how events reach the gateway
//!
//! A part that needs a time takes `now`, milliseconds of [`host::elapsed`], as a parameter, and has its deadline as
//! `due`, infinite for none; moments that are told to the gateway are epoch milliseconds, `time`.

extern crate alloc;

mod attention;
mod gestures;
mod host;
mod identity;
mod naming;
mod outbox;
mod page;
mod payload;
mod privacy;
mod signals;
mod text;
mod tracker;
mod views;
mod vitals;

#[cfg(target_arch = "wasm32")]
use lol_alloc::{FreeListAllocator, LockedAllocator};
use wasm_bindgen::prelude::wasm_bindgen;

use crate::outbox::Input;
use crate::signals::*;
use crate::tracker::with;

/// A tenth of the size of Rust's own allocator; the tracker holds little and not for long.
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: LockedAllocator<FreeListAllocator> = LockedAllocator::new(FreeListAllocator::new());

/// Begins to track the page that was loaded at `time` (epoch milliseconds). `words` are, each ended by U+001F: the site, the page's
/// address, its referrer, and the names of parameters of the query that may leave the page, with commas between them.
#[wasm_bindgen]
pub fn start(time: f64, words: &str, framed: bool) {
    with(true, |tracker| {
        let (site, rest) = payload::next(words);
        let (url, rest) = payload::next(rest);
        let (referrer, parameters) = payload::next(rest);
        tracker.user = identity::user(time);
        tracker.framed = framed;
        tracker.page.parameters.push_str(parameters);
        tracker.page.follow(url, referrer, time);
        tracker.outbox.open(site, host::elapsed());
        false
    });
}

/// What the page says in words: `kind` of `host/signals.js`, at `time` (epoch milliseconds).
#[wasm_bindgen]
pub fn message(kind: u32, time: f64, text: &str, x: f64, y: f64) {
    with(true, |tracker| {
        match kind {
            MOVED => tracker.navigated(time, text),
            CLICKED | CLICKED_CONTROL => tracker.clicked(time, text, (x, y), kind == CLICKED_CONTROL),
            SUBMITTED => drop(tracker.fields("click", time, text)),
            IDENTIFIED => tracker.identified(time, text),
            kind => {
                let event_type = match kind {
                    VIEW => "view",
                    CLICK => "click",
                    _ => "server",
                };
                tracker.record(event_type, time, text);
            }
        }
        false
    });
}

/// What the page says in numbers: `kind` of `host/signals.js`. Tells of an answer whether the gateway refused for good.
#[wasm_bindgen]
pub fn signal(kind: u32, a: f64, b: f64, c: f64) -> bool {
    with(!matches!(kind, WATCHED | CROSSED), |tracker| {
        let now = host::elapsed();
        match kind {
            WOKEN => tracker.woken(),
            ANSWERED => return tracker.outbox.step(Input::Answered(a as u32, b as u32, c), now),
            ONLINE => return tracker.outbox.step(Input::Online, now),
            SHOWN => tracker.show(a > 0.0),
            LEFT => tracker.hide(true),
            RESTORED => tracker.restored(),
            FOCUSED => tracker.attention.turn(a > 0.0, now),
            ACTIVE => tracker.attention.act(now),
            SCROLLED => tracker.attention.scroll(a, b),
            STIRRED => tracker.gestures.answer(),
            WATCHED => tracker.views.watch(a as usize),
            CROSSED => tracker.views.crossed(a as usize, b, c),
            SIGHTED => tracker.views.time(now),
            CONSENTED => tracker.consented(a > 0.0),
            kind => tracker.vitals.note(kind - VITAL, a, b),
        }
        false
    })
}

/// Whether a name may be made of an id (`class` false) or a class.
#[wasm_bindgen]
pub fn names(text: &str, class: bool) -> bool {
    if class {
        naming::is_stable(text)
    } else {
        naming::is_chosen(text)
    }
}
