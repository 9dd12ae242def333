//! A text as a person reads it: escapes decoded, foreign digits, dashes and spaces as their ASCII twins.

use alloc::vec::Vec;

/// Bytes with the place in the text where each one's spelling begins.
pub(super) struct Seen {
    bytes: Vec<(u8, usize)>,
    end: usize,
}

impl Seen {
    /// In JSON only what stands between quotes is seen, and its escapes are one line break each.
    pub(super) fn new(text: &str, json: bool) -> Self {
        let source = text.as_bytes();
        let source_at = |at: usize| source.get(at).copied().unwrap_or(0);
        let mut bytes: Vec<(u8, usize)> = Vec::new();
        let mut quoted = false;
        let mut at = 0;
        while at < source.len() {
            let mut start = at;
            let mut byte = source_at(at);
            at += 1;
            // An address that was escaped twice has `%2540`.
            while byte == b'%'
                && let (Some(high), Some(low)) = (hexadecimal(source_at(at)), hexadecimal(source_at(at + 1)))
            {
                byte = high << 4 | low;
                at += 2;
            }
            if json {
                if byte == b'\\' {
                    at += if source_at(at) == b'u' { 5 } else { 1 };
                    byte = b'\n';
                }
                quoted ^= source_at(start) == b'"';
                if !quoted {
                    byte = b'\n';
                }
            }
            let before = |back: usize| bytes.len().checked_sub(back).and_then(|at| bytes.get(at).copied());
            let (last, first) = (before(1).unwrap_or((0, 0)), before(2).unwrap_or((0, 0)));
            if let Some((twin, length)) = twin(first.0, last.0, byte) {
                start = if length == 3 { first.1 } else { last.1 };
                byte = twin;
                bytes.truncate(bytes.len() + 1 - length);
            }
            bytes.push((byte, start));
        }
        Self { bytes, end: text.len() }
    }

    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// 0 outside of the text.
    #[inline(never)]
    pub(super) fn at(&self, at: usize) -> u8 {
        self.bytes.get(at).map_or(0, |(byte, _)| *byte)
    }

    /// 0 before the beginning.
    pub(super) fn before(&self, at: usize) -> u8 {
        at.checked_sub(1).map_or(0, |at| self.at(at))
    }

    /// Where in the text the byte's spelling begins.
    pub(super) fn place(&self, at: usize) -> usize {
        self.bytes.get(at).map_or(self.end, |(_, place)| *place)
    }
}

/// The ASCII twin of the character that ends with `byte`, and the character's length in UTF-8.
fn twin(first: u8, last: u8, byte: u8) -> Option<(u8, usize)> {
    Some(match (first, last, byte) {
        (_, 0xd9, 0xa0..=0xa9) => (byte - 0xa0 + b'0', 2),
        (_, 0xdb, 0xb0..=0xb9) => (byte - 0xb0 + b'0', 2),
        (_, 0xc2, 0xa0) | (0xe2, 0x80, 0x80..=0x8f | 0xaf) => (b' ', if last == 0xc2 { 2 } else { 3 }),
        (0xe2, 0x80, 0x90..=0x95) | (0xe2, 0x88, 0x92) => (b'-', 3),
        // Full width.
        (0xef, 0xbc, 0x81..=0xbf) => (byte - 0x60, 3),
        _ => return None,
    })
}

fn hexadecimal(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' | b'A'..=b'F' => Some((digit | 0x20) - b'a' + 10),
        _ => None,
    }
}
