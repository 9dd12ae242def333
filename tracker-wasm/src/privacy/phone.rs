//! Whether figures are a telephone number: by `+` or `00`, by a word before them, or by the way countries write theirs.

use super::seen::Seen;

/// E.164.
const MOST_DIGITS: u32 = 15;

/// Groups of digits with separators between them.
#[derive(Default)]
struct Number {
    count: u32,
    /// The first three digits.
    head: u32,
    /// The lengths of the groups as the hexadecimal digits of a number: 0x334 for `212 555 0123`.
    shape: u32,
    first_group: u32,
    /// The length of the group in parentheses; 0 without.
    bracketed: u32,
    is_date: bool,
}

/// Ways to write numbers without trunk prefix: the groups, and between which the first three digits are.
const SHAPES: [(u32, u32, u32); 11] = [
    // North America.
    (0x334, 200, 999),
    (0x1334, 120, 199),
    // China.
    (0x344, 130, 199),
    (0xb, 130, 199),
    // India.
    (0x55, 600, 999),
    (0x255, 916, 919),
    // Russia.
    (0x13322, 700, 899),
    (0xb, 790, 799),
    (0xb, 890, 899),
    // Brazil and Mexico.
    (0x244, 110, 999),
    (0x254, 110, 999),
];

/// The end of the longest telephone number that begins at `start`. With `certain` only one with `+` or behind a word.
pub(super) fn phone_end(seen: &Seen, start: usize, certain: bool) -> Option<usize> {
    let first = seen.at(start);
    let plus = first == b'+';
    let before = seen.before(start);
    if !(plus || first == b'(' || first.is_ascii_digit()) || is_name(before) {
        return None;
    }
    let word = after_word(seen, start);
    if !word && matches!(before, b'-' | b'.') && is_name(seen.before(start - 1)) {
        return None;
    }
    let mut number = Number::default();
    let mut bracket = false;
    let mut end = None;
    let mut at = start;
    let mut separators = 1;
    loop {
        let byte = seen.at(at);
        at += 1;
        if byte.is_ascii_digit() {
            if separators > 0 {
                number.shape <<= 4;
                separators = 0;
            }
            number.shape += 1;
            number.count += 1;
            if number.count > MOST_DIGITS {
                return end;
            }
            if number.count < 4 {
                number.head = number.head * 10 + u32::from(byte - b'0');
            }
            if !seen.at(at).is_ascii_digit() {
                number.close();
                let is_phone = if plus {
                    number.head >= 100 && number.count >= 8
                } else {
                    let is_other = number.is_date || number.shape & 15 < 2;
                    !is_other && (word && number.count >= 7 || !certain && number.is_national())
                };
                if is_phone && ends(seen, at) {
                    end = Some(at);
                }
            }
            continue;
        }
        separators += 1;
        match byte {
            // What a person reads as space in an address.
            b' ' | b'-' | b'.' | b'+' => {}
            b'/' if number.shape < 16 && (plus || number.head < 100) => {}
            b'(' => bracket = true,
            b')' if bracket => number.bracketed = number.shape & 15,
            _ => return end,
        }
        if separators > 4 {
            return end;
        }
    }
}

impl Number {
    /// A group has ended.
    fn close(&mut self) {
        if self.shape < 16 {
            self.first_group = self.shape;
        }
        // A year has four figures and begins with 1 or 2.
        self.is_date |= self.shape == 0x224 || self.shape == 0x422 && (100..300).contains(&self.head);
    }

    fn is_national(&self) -> bool {
        let Self { count, head, shape, .. } = *self;
        let single = shape < 16;
        match self.bracketed {
            0 if head < 10 => head > 0 && count >= if single { 12 } else { 11 } && (single || self.first_group <= 5),
            // Twelve figures in a row are a barcode, unless they begin as German mobiles do.
            0 if single && head < 100 => count == 10 || count == 11 || count == 12 && (15..18).contains(&head),
            0 if head < 100 => self.first_group > 1 && (9..=12).contains(&count) && shape != 0x27,
            0 => SHAPES
                .iter()
                .any(|(wanted, least, most)| shape == *wanted && head >= *least && head <= *most),
            inside => {
                (9..=14).contains(&count) && (head < 100 || inside == 3 && count < 12 || inside == 2 && count > 9)
            }
        }
    }
}

/// Whether a number may end before `at`: no name, time, amount or code goes on there.
fn ends(seen: &Seen, at: usize) -> bool {
    let next = seen.at(at);
    let goes_on = matches!(next, b'-' | b':' | b',' | b'.') && is_name(seen.at(at + 1));
    !goes_on && !is_name(next)
}

/// Whether a word for a telephone stands shortly before `at`.
fn after_word(seen: &Seen, at: usize) -> bool {
    const WORDS: [&str; 10] = [
        "tel", "telef", "telep", "phone", "fax", "mobil", "whats", "wa.me", "call", "cell",
    ];
    let mut start = at;
    while start > 0 && at - start < 16 && !seen.before(start).is_ascii_digit() {
        start -= 1;
        let begins = |word: &&str| {
            let mut next = start;
            let same = word.bytes().all(|byte| {
                next += 1;
                seen.at(next - 1) | 0x20 == byte | 0x20
            });
            same && (word.len() > 3 || !seen.at(next).is_ascii_alphabetic())
        };
        if !seen.before(start).is_ascii_alphabetic() && WORDS.iter().any(begins) {
            return true;
        }
    }
    false
}

#[inline(never)]
fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}
