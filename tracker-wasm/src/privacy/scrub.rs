//! Takes addresses of e-mail and telephone numbers out of texts.

use alloc::string::String;

use super::phone::phone_end;
use super::seen::Seen;

/// `text` with `[email]` and `[phone]` where they stood, percent-encoded ones too.
pub(crate) fn scrub(text: &str) -> String {
    replace(text, false)
}

/// The same inside the texts of a JSON object. A number counts as a telephone's only where it says so: with `+`, or
/// behind a word such as `phone`: an order's number must stay one.
pub(crate) fn scrub_json(text: &str) -> String {
    replace(text, true)
}

fn replace(text: &str, json: bool) -> String {
    let seen = &Seen::new(text, json);
    let mut clean = String::new();
    let (mut kept, mut at) = (0, 0);
    while at < seen.len() {
        let found = match email(seen, at, kept) {
            Some((start, end)) => Some((start, end, "[email]")),
            None => phone_end(seen, at, json).map(|end| (at, end, "[phone]")),
        };
        match found {
            Some((start, end, name)) => {
                clean.push_str(text.get(kept..seen.place(start)).unwrap_or(""));
                clean.push_str(name);
                kept = seen.place(end);
                at = end;
            }
            None => at += 1,
        }
    }
    clean.push_str(text.get(kept..).unwrap_or(""));
    clean
}

/// Start and end of the address around the `@` at `at`; nothing before the place `kept` in the text belongs to it.
fn email(seen: &Seen, at: usize, kept: usize) -> Option<(usize, usize)> {
    if seen.at(at) != b'@' {
        return None;
    }
    let mut start = at;
    while is_local(seen.before(start)) && seen.place(start - 1) >= kept {
        start -= 1;
    }
    let mut end = at + 1;
    let mut label = end;
    let mut dots = 0;
    while is_domain(seen.at(end)) {
        // A full stop after the address is the sentence's.
        if seen.at(end) == b'.' {
            if !is_domain(seen.at(end + 1)) || seen.at(end + 1) == b'.' {
                break;
            }
            dots += 1;
            label = end + 1;
        }
        end += 1;
    }
    let punycode = seen.at(label) == b'x' && seen.at(label + 1) == b'n';
    let letters = (label..end).all(|at| !seen.at(at).is_ascii_digit() && seen.at(at) != b'-');
    // `logo@2x.png`, `vue@3.min.js`.
    let variant = seen.at(at + 1).is_ascii_digit() && matches!(seen.at(at + 2), b'.' | b'x');
    (start < at && dots > 0 && end > label + 1 && (letters || punycode) && !variant).then_some((start, end))
}

fn is_local(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte >= 0x80 || b"._+-'%".contains(&byte)
}

fn is_domain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte >= 0x80 || byte == b'.' || byte == b'-'
}
