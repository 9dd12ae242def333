//! One field's value as sent, and the rules that read it.

use std::borrow::Cow;
use std::net::IpAddr;

use super::scan::is_plain;
use crate::{Money, Reason, Timestamp, limits};

/// A field that breaks its rule.
pub(super) struct Wrong {
    pub(super) field: &'static str,
    pub(super) reason: Reason,
}

/// The JSON text of one field's value, or nothing. `null` and `""` are nothing, too.
#[derive(Clone, Copy)]
pub(super) struct Sent<'a> {
    field: &'static str,
    text: Option<&'a str>,
}

impl<'a> Sent<'a> {
    pub(super) const fn absent(field: &'static str) -> Self {
        Self { field, text: None }
    }

    pub(super) fn set(&mut self, text: &'a str) -> Result<(), Wrong> {
        match self.text.replace(text) {
            None => Ok(()),
            Some(_) => Err(self.wrong(Reason::DuplicateField)),
        }
    }

    pub(super) fn wrong(&self, reason: Reason) -> Wrong {
        Wrong {
            field: self.field,
            reason,
        }
    }

    pub(super) fn value(&self) -> Option<&'a str> {
        self.text.filter(|&text| text != "null" && text != "\"\"")
    }

    pub(super) fn malformed(&self, expected: &'static str, found: &str) -> Wrong {
        self.wrong(Reason::Malformed {
            expected,
            found: excerpt(found),
        })
    }

    pub(super) fn wrong_type(&self, expected: &'static str, value: &str) -> Wrong {
        self.wrong(Reason::WrongType {
            expected,
            found: kind(value),
        })
    }

    /// A text within its limit; empty when it was not given.
    pub(super) fn text(&self, limit_bytes: usize) -> Result<Cow<'a, str>, Wrong> {
        match self.value() {
            None => Ok(Cow::Borrowed("")),
            Some(value) if value.starts_with('"') => self.string(value, limit_bytes),
            Some(value) => Err(self.wrong_type("text", value)),
        }
    }

    /// Like [`Sent::text`]; a whole number becomes its digits.
    pub(super) fn label(&self, limit_bytes: usize) -> Result<Cow<'a, str>, Wrong> {
        let expected = "text or whole number";
        match self.value() {
            None => Ok(Cow::Borrowed("")),
            Some(value) if value.starts_with('"') => self.string(value, limit_bytes),
            Some(value) if !is_number(value) => Err(self.wrong_type(expected, value)),
            Some(value) if value.contains(['.', 'e', 'E']) => Err(self.malformed(expected, value)),
            Some(value) if value.len() > limit_bytes => Err(self.too_long(value, limit_bytes)),
            Some(value) => Ok(Cow::Borrowed(value)),
        }
    }

    pub(super) fn required(&self, text: Cow<'a, str>) -> Result<Cow<'a, str>, Wrong> {
        if text.is_empty() {
            return Err(self.wrong(Reason::Missing));
        }
        Ok(text)
    }

    fn string(&self, value: &'a str, limit_bytes: usize) -> Result<Cow<'a, str>, Wrong> {
        let plain = is_plain(value);
        let text = match plain {
            true => Cow::Borrowed(&value[1..value.len() - 1]),
            false => serde_json::from_str(value)
                .map(Cow::Owned)
                .map_err(|_| self.malformed("text without unpaired surrogates", value))?,
        };
        if text.len() > limit_bytes {
            return Err(self.too_long(&text, limit_bytes));
        }
        if !plain && text.bytes().any(|byte| byte.is_ascii_control()) {
            return Err(self.malformed("text without control characters", &text));
        }
        Ok(text)
    }

    pub(super) fn too_long(&self, text: &str, limit_bytes: usize) -> Wrong {
        self.wrong(Reason::TooLong {
            limit_bytes,
            found_bytes: text.len(),
        })
    }

    /// A number, its fraction rounded to the nearest whole number, halves away from zero.
    pub(super) fn rounded(&self, minimum: i64, maximum: i64) -> Result<Option<i64>, Wrong> {
        let Some(value) = self.value() else { return Ok(None) };
        if !is_number(value) {
            return Err(self.wrong_type("number", value));
        }
        let number = round(value);
        match number.filter(|number| (minimum..=maximum).contains(number)) {
            Some(number) => Ok(Some(number)),
            None => Err(self.out_of_range(minimum, maximum, value)),
        }
    }

    fn out_of_range(&self, minimum: i64, maximum: i64, found: &str) -> Wrong {
        self.wrong(Reason::OutOfRange {
            minimum,
            maximum,
            found: excerpt(found),
        })
    }

    pub(super) fn pixels(&self) -> Result<Option<i32>, Wrong> {
        let pixels = self.rounded(-i64::from(limits::PIXELS), limits::PIXELS.into())?;
        Ok(pixels.and_then(|pixels| i32::try_from(pixels).ok()))
    }

    /// From 0 to `maximum`.
    pub(super) fn size(&self, maximum: u32) -> Result<Option<u32>, Wrong> {
        let size = self.rounded(0, maximum.into())?;
        Ok(size.and_then(|size| u32::try_from(size).ok()))
    }

    /// From 0 to `maximum`, without a fraction.
    pub(super) fn whole(&self, maximum: u32) -> Result<Option<u32>, Wrong> {
        match self.value() {
            Some(value) if is_number(value) && value.contains(['.', 'e', 'E']) => {
                Err(self.malformed("whole number", value))
            }
            _ => self.size(maximum),
        }
    }

    pub(super) fn money(&self) -> Result<Option<Money>, Wrong> {
        let expected = "amount with at most 14 digits before and 4 after the point";
        let Some(value) = self.value() else { return Ok(None) };
        let text = match value {
            string if string.starts_with('"') => self.string(string, limits::LABEL_BYTES)?,
            number if is_number(number) => Cow::Borrowed(number),
            other => return Err(self.wrong_type("number or text", other)),
        };
        match text.parse() {
            Ok(money) => Ok(Some(money)),
            Err(_) => Err(self.malformed(expected, &text)),
        }
    }

    pub(super) fn moment(&self) -> Result<Timestamp, Wrong> {
        let (earliest, latest) = (Timestamp::EARLIEST.0, Timestamp::LATEST.0);
        let value = self.value().ok_or_else(|| self.wrong(Reason::Missing))?;
        if is_number(value) {
            let milliseconds = self.rounded(earliest, latest)?;
            return milliseconds.map(Timestamp).ok_or_else(|| self.wrong(Reason::Missing));
        }
        if !value.starts_with('"') {
            return Err(self.wrong_type("RFC 3339 text or milliseconds since 1970", value));
        }
        let text = self.string(value, limits::LABEL_BYTES)?;
        let moment = if text.bytes().all(|byte| byte.is_ascii_digit()) {
            text.parse()
                .map(Timestamp)
                .map_err(|_| self.out_of_range(earliest, latest, &text))?
        } else {
            let expected = "RFC 3339 with offset, such as 2026-11-22T10:00:00.123Z";
            text.parse().map_err(|_| self.malformed(expected, &text))?
        };
        if moment < Timestamp::EARLIEST || moment > Timestamp::LATEST {
            return Err(self.out_of_range(earliest, latest, &text));
        }
        Ok(moment)
    }

    pub(super) fn address(&self) -> Result<Option<IpAddr>, Wrong> {
        let text = self.text(limits::LABEL_BYTES)?;
        if text.is_empty() {
            return Ok(None);
        }
        match text.parse() {
            Ok(address) => Ok(Some(address)),
            Err(_) => Err(self.malformed("IPv4 or IPv6 address", &text)),
        }
    }
}

/// Half of a surrogate pair in a field's name: JSON's grammar allows it, Unicode does not.
pub(super) fn unpaired_name() -> Reason {
    Reason::Malformed {
        expected: "names without unpaired surrogates",
        found: "\\ud800 or its like".to_owned(),
    }
}

fn round(number: &str) -> Option<i64> {
    if let Ok(whole) = number.parse() {
        return Some(whole);
    }
    let rounded = number.parse::<f64>().ok()?.round();
    (rounded.abs() < 9e15).then_some(rounded as i64)
}

pub(super) fn is_number(value: &str) -> bool {
    value.starts_with(|first: char| first == '-' || first.is_ascii_digit())
}

/// The JSON type of a value's text.
pub(super) fn kind(value: &str) -> &'static str {
    match value.as_bytes().first() {
        Some(b'{') => "object",
        Some(b'[') => "array",
        Some(b'"') => "text",
        Some(b't' | b'f') => "boolean",
        Some(b'n') => "null",
        _ => "number",
    }
}

/// What was found, short enough to be sent back.
pub(super) fn excerpt(text: &str) -> String {
    const BYTES: usize = 64;
    if text.len() <= BYTES {
        return text.to_owned();
    }
    format!("{}…", &text[..text.floor_char_boundary(BYTES)])
}
