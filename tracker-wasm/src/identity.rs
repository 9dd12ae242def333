//! Ids of events, visitors and sessions, and what a session has already seen.

use crate::host::{load, random, save};
use crate::text::{HASH_OF_NOTHING, hash, integer, push_hex, push_integer, split};

const USER: &str = "clickpath.user";
/// Time of the last activity (epoch milliseconds), a space, the session's id. Shared by the tabs of an origin.
const SESSION: &str = "clickpath.session";
/// A session's id, then one mark per element it has seen.
const SEEN: &str = "clickpath.seen";
/// Hexadecimal digits: among ten thousand elements two are mistaken for one in one session of five million.
const MARK: usize = 12;
/// Twenty thousand marks; then the older half is forgotten.
const SEEN_BYTES: usize = 240_000;

const SILENCE_MS: f64 = 30.0 * 60.0 * 1_000.0;
/// The last activity is written down at most this often.
const ACTIVITY_STEP_MS: f64 = 1_000.0;

/// A UUIDv7 (RFC 9562, section 5.7) of the moment `time`, epoch milliseconds.
pub(crate) fn uuid(time: f64) -> String {
    let time = time as u64;
    let mut text = String::new();
    push_hex(&mut text, time >> 16, 8);
    text.push('-');
    push_hex(&mut text, time, 4);
    text.push_str("-7");
    let bits = random();
    push_hex(&mut text, bits.into(), 3);
    text.push('-');
    push_hex(&mut text, u64::from(0x8000 | bits >> 16 & 0x3fff), 4);
    text.push('-');
    push_hex(&mut text, random().into(), 4);
    push_hex(&mut text, random().into(), 8);
    text
}

/// The visitor's id: anonymous, made on the first visit, until the page names the visitor.
pub(crate) fn user(time: f64) -> String {
    let known = load(USER);
    if known.is_empty() { renew_user(time) } else { known }
}

fn renew_user(time: f64) -> String {
    let user = uuid(time);
    save(USER, &user);
    user
}

/// The page's code names the visitor; an empty `id` begins with another visitor, in another session.
pub(crate) fn rename(time: f64, id: &str) -> String {
    if id.is_empty() {
        save(SESSION, "");
        save(SEEN, "");
        return renew_user(time);
    }
    save(USER, id);
    id.to_owned()
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

/// What a session has seen, for the length of one look.
pub(crate) struct Seen {
    text: String,
    page: u64,
}

impl Seen {
    /// On a page: once per session, page and element.
    pub(crate) fn read(session: &str, page: u64) -> Self {
        let mut text = load(SEEN);
        if !text.as_bytes().starts_with(session.as_bytes()) {
            session.clone_into(&mut text);
        }
        Self { text, page }
    }

    /// Notes that the session has seen the element; false when it had before.
    pub(crate) fn first_sight(&mut self, session: &str, element: &str) -> bool {
        let mut mark = String::new();
        push_hex(&mut mark, hash(self.page, element), MARK as u32);
        let marks = self.text.as_bytes().get(session.len()..).unwrap_or_default();
        if marks.chunks(MARK).any(|known| known == mark.as_bytes()) {
            return false;
        }
        if marks.len() >= SEEN_BYTES {
            self.text.drain(session.len()..session.len() + SEEN_BYTES / 2);
        }
        self.text.push_str(&mark);
        true
    }

    pub(crate) fn keep(self) {
        save(SEEN, &self.text);
    }
}

/// A page, for [`Seen::read`].
pub(crate) fn page_hash(path: &str, route: &str) -> u64 {
    hash(hash(HASH_OF_NOTHING, path), route)
}
