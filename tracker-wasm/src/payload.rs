//! The payload of an event, out of fields as the host gives them: see [`crate::host`].

use alloc::string::String;

use event::json::Object;

use crate::page::Page;
use crate::privacy::scrub::scrub;
use crate::text::split;

const FIELD_END: u8 = 0x1f;

/// The next field of a text, and what comes after it.
pub(crate) fn next(text: &str) -> (&str, &str) {
    split(text, FIELD_END)
}

/// The element's name, where the fields begin with title and name.
pub(crate) fn element(mut fields: &str) -> &str {
    for _ in 0..3 {
        fields = next(fields).1;
    }
    next(fields).0
}

/// A JSON object of fields; those without a value are left out: the contract reads absence as "not given".
pub(crate) fn write(mut fields: &str, page: &Page) -> String {
    let mut text = String::new();
    let mut payload = Object::new(&mut text);
    while !fields.is_empty() {
        let (name, rest) = next(fields);
        let (value, rest) = next(rest);
        fields = rest;
        let marked = name.get(1..).unwrap_or_default();
        match name.as_bytes().first() {
            _ if value.is_empty() => {}
            Some(b'#') => {
                payload.raw(marked, value);
            }
            Some(b'@') => {
                payload.text(marked, &page.told(value));
            }
            Some(b'~') => {
                payload.text(marked, &scrub(value));
            }
            _ => {
                payload.text(name, value);
            }
        }
    }
    drop(payload);
    text
}

/// Rounded to a whole number, halves away from zero.
pub(crate) fn rounded(object: &mut Object<'_>, name: &str, value: f64) {
    // `f64::round` would bring its software implementation along; a cast cuts towards zero.
    object.number(name, (value + if value < 0.0 { -0.5 } else { 0.5 }) as i64);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_tell_what_a_value_is() {
        let fields = "event_title\x1fclick\x1f#x\x1f445\x1fcategory\x1f\x1f@link_url\x1fhttps://s.example/?q=1\x1f~title\x1fann@mail.example\x1f";
        assert_eq!(
            write(fields, &Page::new()),
            r#"{"event_title":"click","x":445,"link_url":"https://s.example/","title":"[email]"}"#
        );
    }

    #[test]
    fn rounds_away_from_zero() {
        let mut text = String::new();
        let mut object = Object::new(&mut text);
        rounded(&mut object, "down", -2.5);
        rounded(&mut object, "up", 444.5);
        rounded(&mut object, "zero", -0.2);
        drop(object);
        assert_eq!(text, r#"{"down":-3,"up":445,"zero":0}"#);
    }
}
