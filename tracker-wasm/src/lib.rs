//! The browser tracker: what a visitor sees and does on one page, delivered to the gateway.
//!
//! Three files reach the visitor. `loader/clickpath.js` is what a page includes: it holds clicks and calls until the rest is there.
//! `host/` is the tracker's hand in the page: it listens, reads, does, and has every text. This module decides, and deals in numbers alone:
//! what counts as a view, when a page begins and ends, how long it was read, which clicks tell of trouble, what is sent, again and when,
//! what is kept and what is lost. Text work costs a visitor two and a half times as much here as there, numbers the same.
//!
//! - [`tracker`]: the one owner of the state; every call below ends by setting the one timer to what is due next
//! - [`views`], [`gestures`], [`attention`], [`vitals`]: what happened
//! - [`session`]: which visit it belongs to
//! - [`outbox`]: how events reach the gateway
//!
//! An event is a number to this module: the page's side has its text. Times are milliseconds that never run backwards, and a part that needs
//! one takes `now` as a parameter and has its deadline as `due`, infinite for none.

mod attention;
mod gestures;
mod host;
mod outbox;
mod session;
mod signals;
mod tracker;
mod views;
mod vitals;

use wasm_bindgen::prelude::wasm_bindgen;

use crate::signals::*;
use crate::tracker::with;

/// What the page's side says: `kind` of `host/signals.js`. Tells of a click whether it is one of rage, and of an answer whether the gateway
/// refused for good.
#[wasm_bindgen]
pub fn signal(kind: u32, now: f64, a: f64, b: f64, c: f64) -> bool {
    with(!matches!(kind, WATCHED | CROSSED), now, |tracker| {
        match kind {
            STARTED => tracker.start(a > 0.0, now),
            MOVED => tracker.navigated(a > 0.0, now),
            FIRED => tracker.fired(a as u32, now),
            CLICKED => return tracker.clicked((a, b), c > 0.0, now),
            WOKEN => tracker.woken(now),
            ANSWERED => return tracker.outbox.answered(a as u32, b as u32, c, now),
            ONLINE => tracker.outbox.online(now),
            SHOWN => tracker.show(a > 0.0, b, now),
            LEFT => tracker.hide(true, b, now),
            RESTORED => tracker.restored(now),
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

/// What becomes of a session that was last active at `last`, at `time` (epoch milliseconds): 0, it goes on; 1, it goes on and that is to be
/// written down; 2, another one begins.
#[wasm_bindgen]
pub fn session(last: f64, time: f64) -> u32 {
    session::turn(last, time)
}
