//! The quick yes to a body that is what nearly all bodies are; whatever it does not say yes to, serde_json judges
//! ([`super::body`]), and words the error.

use super::body::EventText;
use super::places::Places;
use super::scan::{before_any, literal};
use crate::limits;

/// Arrays and objects inside each other, one bit each.
const LEVELS: u32 = u64::BITS;

/// The events of a body that is one object or an array, within the limits and valid beyond doubt; `places` receives their fields.
pub(super) fn events<'a>(body: &'a str, places: &mut Places) -> Option<Vec<EventText<'a>>> {
    let bytes = body.as_bytes();
    let start = after_space(bytes, 0);
    let (events, end) = match bytes.get(start)? {
        b'{' => {
            let end = value_end(bytes, start, places)?;
            let event = EventText {
                text: &body[start..end],
                places: 0..places.len(),
            };
            (vec![event], end)
        }
        b'[' => elements(body, start, places)?,
        _ => return None,
    };
    (after_space(bytes, end) == bytes.len()).then_some(events)
}

/// At least one, and where the array ends.
fn elements<'a>(body: &'a str, start: usize, places: &mut Places) -> Option<(Vec<EventText<'a>>, usize)> {
    let bytes = body.as_bytes();
    let mut elements = Vec::with_capacity(1);
    let mut at = start;
    loop {
        let element = after_space(bytes, at + 1);
        let first = places.len();
        let end = value_end(bytes, element, places)?;
        if elements.len() == limits::EVENTS {
            return None;
        }
        elements.push(EventText {
            text: &body[element..end],
            places: first..places.len(),
        });
        at = after_space(bytes, end);
        match bytes.get(at)? {
            b',' => {}
            b']' => return Some((elements, at + 1)),
            _ => return None,
        }
    }
}

/// Where the event ends that begins at `at`.
fn value_end(text: &[u8], mut at: usize, places: &mut Places) -> Option<usize> {
    // The lowest bit says whether the innermost is an object.
    let (mut objects, mut level) = (0_u64, 0);
    loop {
        at = after_space(text, at);
        if objects & 1 == 1 {
            places.begin_value(level, at);
        }
        let opens = match text.get(at)? {
            b'"' => {
                at = string_end(text, at)?.0;
                false
            }
            b'-' | b'0'..=b'9' => {
                at = number_end(text, at)?;
                false
            }
            b'{' | b'[' if level == LEVELS => return None,
            b'{' => {
                at = after_space(text, at + 1);
                let empty = text.get(at) == Some(&b'}');
                if empty {
                    at += 1;
                } else {
                    (objects, level) = (objects << 1 | 1, level + 1);
                    at = name_end(text, at, level, places)?;
                }
                !empty
            }
            b'[' => {
                (objects, level) = (objects << 1, level + 1);
                at = after_space(text, at + 1);
                text.get(at) != Some(&b']')
            }
            b't' => {
                at = literal(text, at, b"true")?;
                false
            }
            b'f' => {
                at = literal(text, at, b"false")?;
                false
            }
            b'n' => {
                at = literal(text, at, b"null")?;
                false
            }
            _ => return None,
        };
        if opens {
            continue;
        }
        while level > 0 {
            if objects & 1 == 1 {
                places.end_value(level, at);
            }
            at = after_space(text, at);
            match (text.get(at)?, objects & 1 == 1) {
                (b',', true) => {
                    at = name_end(text, after_space(text, at + 1), level, places)?;
                    break;
                }
                (b',', false) => {
                    at += 1;
                    break;
                }
                (b'}', true) | (b']', false) => {
                    at += 1;
                    (objects, level) = (objects >> 1, level - 1);
                }
                _ => return None,
            }
        }
        if level == 0 {
            return Some(at);
        }
    }
}

/// Behind the colon after a name.
fn name_end(text: &[u8], at: usize, level: u32, places: &mut Places) -> Option<usize> {
    if text.get(at) != Some(&b'"') {
        return None;
    }
    let (end, escapes) = string_end(text, at)?;
    places.add(level, at..end, escapes);
    let colon = after_space(text, end);
    (text.get(colon) == Some(&b':')).then_some(colon + 1)
}

/// Where a string ends, and whether it has escapes.
fn string_end(text: &[u8], start: usize) -> Option<(usize, bool)> {
    let (mut at, mut escapes) = (start + 1, false);
    loop {
        at += before_any(&text[at..]);
        match text.get(at)? {
            b'"' => return Some((at + 1, escapes)),
            b'\\' => (at, escapes) = (escape_end(text, at)?, true),
            _ => return None,
        }
    }
}

/// Halves of surrogate pairs are within the grammar.
fn escape_end(text: &[u8], at: usize) -> Option<usize> {
    match text.get(at + 1)? {
        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Some(at + 2),
        b'u' => {
            let digits = text.get(at + 2..at + 6)?;
            digits.iter().all(u8::is_ascii_hexdigit).then_some(at + 6)
        }
        _ => None,
    }
}

fn number_end(text: &[u8], start: usize) -> Option<usize> {
    let mut at = start + usize::from(text.get(start) == Some(&b'-'));
    at = match text.get(at)? {
        b'0' => at + 1,
        _ => digits_end(text, at)?,
    };
    if text.get(at) == Some(&b'.') {
        at = digits_end(text, at + 1)?;
    }
    if let Some(b'e' | b'E') = text.get(at) {
        at += 1;
        at += usize::from(matches!(text.get(at), Some(b'+' | b'-')));
        at = digits_end(text, at)?;
    }
    Some(at)
}

/// At least one digit.
fn digits_end(text: &[u8], start: usize) -> Option<usize> {
    let digits = text
        .get(start..)?
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    (digits > 0).then_some(start + digits)
}

fn after_space(text: &[u8], mut at: usize) -> usize {
    while let Some(b' ' | b'\t' | b'\r' | b'\n') = text.get(at) {
        at += 1;
    }
    at
}
