//! Ids of events, visitors and sessions, and what a session has already seen.

use alloc::borrow::ToOwned;
use alloc::string::String;

use crate::host::{load, random, save};
use crate::text::{hash, integer, push_hex, push_integer, split};

const USER: &str = "clickpath.user";
/// Time of the last activity (epoch milliseconds), a space, the session's id. Shared by the tabs of an origin.
const SESSION: &str = "clickpath.session";
/// A session's id, then one mark per element it has seen.
const SEEN: &str = "clickpath.seen";
/// Hexadecimal digits: among ten thousand elements two are mistaken for one in one session of five million.
const MARK: u32 = 12;
/// Twenty thousand marks; then all are forgotten, and elements may be seen a second time.
const SEEN_BYTES: usize = 240_000;

const SILENCE_MS: f64 = 30.0 * 60.0 * 1_000.0;
/// The last activity is written down at most this often.
const ACTIVITY_STEP_MS: f64 = 1_000.0;

/// A UUIDv7 (RFC 9562, section 5.7) of the moment `time`, epoch milliseconds.
pub(crate) fn uuid(time: f64) -> String {
    let time = time as u64;
    let bits = random();
    let mut text = String::new();
    for (number, digits) in [
        (time >> 16, 8),
        (time, 4),
        (u64::from(0x7000 | bits & 0xfff), 4),
        (u64::from(0x8000 | bits >> 16 & 0x3fff), 4),
        (u64::from(random()) << 32 | u64::from(random()), 12),
    ] {
        if digits == 4 || digits == 12 {
            text.push('-');
        }
        push_hex(&mut text, number, digits);
    }
    text
}

/// The visitor's id: anonymous, made on the first visit, until the page names the visitor.
pub(crate) fn user(time: f64) -> String {
    let known = load(USER);
    if known.is_empty() { rename(time, "") } else { known }
}

/// The page's code names the visitor; an empty `id` begins with another, anonymous one, which is none where nothing is stored: it would
/// be another on each page.
pub(crate) fn rename(time: f64, id: &str) -> String {
    let user = if id.is_empty() { uuid(time) } else { id.to_owned() };
    if save(USER, &user) || !id.is_empty() {
        user
    } else {
        String::new()
    }
}

/// The next event begins another session.
pub(crate) fn end_session() {
    save(SESSION, "");
    save(SEEN, "");
}

/// The session that an event at `time` belongs to; half an hour of silence ends one.
pub(crate) fn session(time: f64) -> String {
    let known = load(SESSION);
    let (last, session) = split(&known, b' ');
    let mut last = integer(last);
    let mut session = session.to_owned();
    if session.is_empty() || time - last >= SILENCE_MS {
        last = 0.0;
        session = uuid(time);
    }
    if time - last >= ACTIVITY_STEP_MS {
        let mut value = String::new();
        push_integer(&mut value, time as u64);
        value.push(' ');
        value.push_str(&session);
        save(SESSION, &value);
    }
    session
}

/// What has been seen in a session.
pub(crate) fn seen(session: &str) -> String {
    let known = load(SEEN);
    let same = known.as_bytes().starts_with(session.as_bytes()) && known.len() < SEEN_BYTES;
    if same { known } else { session.to_owned() }
}

/// Notes in `seen` that the session has seen the element on the page; false when it had before.
pub(crate) fn first_sight(seen: &mut String, session: &str, page: u64, element: &str) -> bool {
    let start = seen.len();
    push_hex(seen, hash(page, element), MARK);
    let (known, mark) = seen.as_bytes().split_at(start);
    let marks = known.get(session.len()..).unwrap_or_default();
    let first = !marks.chunks(MARK as usize).any(|known| known == mark);
    if !first {
        seen.truncate(start);
    }
    first
}

pub(crate) fn keep_seen(seen: &str) {
    save(SEEN, seen);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sees_an_element_once_per_page() {
        let mut seen = String::from("session");
        assert!(first_sight(&mut seen, "session", 1, "#buy"));
        assert!(!first_sight(&mut seen, "session", 1, "#buy"));
        assert!(first_sight(&mut seen, "session", 2, "#buy"));
        assert!(first_sight(&mut seen, "session", 1, "#more"));
        assert_eq!(seen.len(), "session".len() + 3 * MARK as usize);
    }
}
