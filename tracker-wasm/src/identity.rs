//! Ids of events, visitors and sessions, and what a session has already seen.

use crate::browser::Browser;
use crate::store::Store;
use crate::text::{hash, push_hex, push_integer};

const USER: &str = "clickpath.user";
/// Time of the last activity (epoch milliseconds), a space, the session's id. Shared by the tabs of an origin.
const SESSION: &str = "clickpath.session";
/// A session's id, then one hash per element it has seen.
const SEEN: &str = "clickpath.seen";

const SILENCE_MS: f64 = 30.0 * 60.0 * 1_000.0;
/// The last activity is written down at most this often.
const ACTIVITY_STEP_MS: f64 = 1_000.0;

/// A UUIDv7 (RFC 9562, section 5.7) of the moment `time`, epoch milliseconds.
pub(crate) fn uuid(browser: &Browser, time: f64) -> String {
    let mut bytes = [0; 16];
    browser.random(&mut bytes);
    bytes[..6].copy_from_slice(&(time as u64).to_be_bytes()[2..]);
    bytes[6] = 0x70 | bytes[6] & 0x0f;
    bytes[8] = 0x80 | bytes[8] & 0x3f;
    let mut text = String::with_capacity(36);
    for (index, byte) in bytes.iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        push_hex(&mut text, &[*byte]);
    }
    text
}

/// The visitor's id: anonymous, made on the first visit.
pub(crate) fn user(browser: &Browser, store: &mut Store, time: f64) -> String {
    store.get(USER).filter(|known| !known.is_empty()).unwrap_or_else(|| {
        let user = uuid(browser, time);
        store.set(USER, &user);
        user
    })
}

/// The session that an event at `time` belongs to; half an hour of silence ends one.
pub(crate) fn session(browser: &Browser, store: &mut Store, time: f64) -> String {
    let known = store.get(SESSION);
    let known = known.as_deref().and_then(|known| known.split_once(' '));
    let (last, session) = match known.and_then(|(last, session)| Some((milliseconds(last)?, session))) {
        Some((last, session)) if time - last < SILENCE_MS => (last, session.to_owned()),
        _ => (0.0, uuid(browser, time)),
    };
    if time - last >= ACTIVITY_STEP_MS {
        let mut value = String::new();
        push_integer(&mut value, time as u64);
        value.push(' ');
        value.push_str(&session);
        store.set(SESSION, &value);
    }
    session
}

/// Notes that the session has seen the element on the page; false when it had before.
pub(crate) fn first_sight(store: &mut Store, session: &str, page: &str, element: &str) -> bool {
    let mut mark = String::with_capacity(16);
    push_hex(&mut mark, &hash(&[page, element]).to_be_bytes());
    let mut seen = store.get(SEEN).unwrap_or_default();
    match seen.strip_prefix(session) {
        Some(marks) if marks.as_bytes().chunks(16).any(|known| known == mark.as_bytes()) => return false,
        Some(_) => {}
        None => session.clone_into(&mut seen),
    }
    seen.push_str(&mark);
    store.set(SEEN, &seen);
    true
}

/// Digits only: `f64::from_str` would cost ten kilobytes.
fn milliseconds(digits: &str) -> Option<f64> {
    if digits.is_empty() {
        return None;
    }
    digits.bytes().try_fold(0.0, |number, digit| {
        digit.is_ascii_digit().then(|| number * 10.0 + f64::from(digit - b'0'))
    })
}
