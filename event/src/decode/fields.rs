//! An object's text to its names and values as sent.
//!
//! serde_json has read the whole text before ([`super::body`]), so here only the ends of strings and values are looked for.

use std::borrow::Cow;

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

/// Bytes before the first of two bytes, eight at a time; texts are too short to pay for a call into vector code.
fn before_either(text: &[u8], one: u8, other: u8) -> usize {
    let (words, tail) = text.as_chunks();
    for (index, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let found = lanes_equal(word, one) | lanes_equal(word, other);
        if found != 0 {
            return index * 8 + found.trailing_zeros() as usize / 8;
        }
    }
    let found = tail.iter().position(|&byte| byte == one || byte == other);
    found.map_or(text.len(), |found| words.len() * 8 + found)
}

/// The high bit of each byte that equals `byte`, exact up to the first one
/// (<https://graphics.stanford.edu/~seander/bithacks.html#ZeroInWord>).
fn lanes_equal(word: u64, byte: u8) -> u64 {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    const HIGH: u64 = u64::from_le_bytes([0x80; 8]);
    let zero_where_equal = word ^ (ONES * u64::from(byte));
    zero_where_equal.wrapping_sub(ONES) & !zero_where_equal & HIGH
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

/// Neither an escape nor DEL, the one control character that JSON takes as it is: the text between the quotes stands for itself.
pub(super) fn is_plain(string: &str) -> bool {
    let bytes = string.as_bytes();
    // The last word overlaps the one before.
    match bytes.last_chunk() {
        Some(last) => is_plain_word(last) && bytes.as_chunks().0.iter().all(is_plain_word),
        None => !bytes.iter().any(|&byte| matches!(byte, b'\\' | DEL)),
    }
}

const DEL: u8 = 0x7f;

fn is_plain_word(word: &[u8; 8]) -> bool {
    let word = u64::from_le_bytes(*word);
    lanes_equal(word, b'\\') | lanes_equal(word, DEL) == 0
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
