//! An object's text to its names and values as sent.
//!
//! serde_json has read the whole text before ([`super::body`]), so here only the ends of strings and values are looked for.

use std::borrow::Cow;

use super::scan::before_either;

/// One field of an object, its parts as sent.
pub(super) struct Field<'a> {
    /// Without escapes.
    pub(super) name: Cow<'a, str>,
    /// With quotes and escapes.
    pub(super) name_text: &'a str,
    pub(super) value: &'a str,
}

/// The fields of an object that is valid JSON, in the order sent; an error is unpaired surrogates in a name.
pub(super) struct Fields<'a> {
    object: &'a str,
    at: usize,
}

impl<'a> Fields<'a> {
    pub(super) fn of(object: &'a str) -> Self {
        Self { object, at: 1 }
    }

    /// Moves to the next byte that separates nothing.
    fn skip_separators(&mut self) {
        while self.object.as_bytes().get(self.at).copied().is_some_and(is_separator) {
            self.at += 1;
        }
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<Field<'a>, serde_json::Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.skip_separators();
        if self.object.as_bytes().get(self.at) != Some(&b'"') {
            return None;
        }
        let left = &self.object[self.at..];
        let (end, escapes) = string_end(left.as_bytes());
        let name_text = &left[..end];
        self.at += end;
        self.skip_separators();
        let left = &self.object[self.at..];
        let value = &left[..value_end(left.as_bytes())];
        self.at += value.len();
        let name = match escapes {
            false => Ok(Cow::Borrowed(&name_text[1..end - 1])),
            true => serde_json::from_str(name_text).map(Cow::Owned),
        };
        Some(name.map(|name| Field { name, name_text, value }))
    }
}

fn is_separator(byte: u8) -> bool {
    matches!(byte, b',' | b':' | b' ' | b'\t' | b'\r' | b'\n')
}

fn value_end(value: &[u8]) -> usize {
    match value.first() {
        Some(b'"') => string_end(value).0,
        Some(b'{' | b'[') => container_end(value),
        _ => value
            .iter()
            .position(|&byte| is_separator(byte) || matches!(byte, b']' | b'}'))
            .unwrap_or(value.len()),
    }
}

/// Where a string ends, and whether it has escapes.
fn string_end(string: &[u8]) -> (usize, bool) {
    let (mut at, mut escapes) = (1, false);
    while let Some(left) = string.get(at..)
        && !left.is_empty()
    {
        let plain = before_either(left, b'"', b'\\');
        match left.get(plain) {
            Some(b'"') => return (at + plain + 1, escapes),
            Some(b'\\') => (at, escapes) = (at + plain + 2, true),
            _ => at += plain,
        }
    }
    (string.len(), escapes)
}

fn container_end(container: &[u8]) -> usize {
    let (mut at, mut level) = (0, 0_usize);
    while let Some(byte) = container.get(at) {
        match byte {
            b'"' => {
                at += string_end(&container[at..]).0;
                continue;
            }
            b'{' | b'[' => level += 1,
            b'}' | b']' if level == 1 => return at + 1,
            b'}' | b']' => level -= 1,
            _ => {}
        }
        at += 1;
    }
    container.len()
}

/// Declares a struct of the fields with a rule, and the way from wire name to field.
macro_rules! known_fields {
    ($name:ident, $path:literal, { $($field:ident: $wire:literal,)* }) => {
        struct $name<'a> {
            $($field: Sent<'a>,)*
        }

        impl<'a> $name<'a> {
            fn new() -> Self {
                Self { $($field: Sent::absent(concat!($path, $wire)),)* }
            }

            fn get_mut(&mut self, name: &str) -> Option<&mut Sent<'a>> {
                match name {
                    $($wire => Some(&mut self.$field),)*
                    _ => None,
                }
            }
        }
    };
}
pub(super) use known_fields;
