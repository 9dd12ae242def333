//! Whether figures are a telephone number: by `+` or `00`, by a word before them, or by the way countries write theirs.

use super::seen::Seen;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Rules {
    All,
    /// Only numbers with `+` and behind a word.
    Certain,
}

/// E.164.
const MOST_DIGITS: usize = 15;
const MOST_GROUPS: usize = 8;

/// Groups of digits with separators between them.
#[derive(Clone, Default)]
struct Number {
    digits: [u8; MOST_DIGITS],
    count: usize,
    /// The lengths of the groups as the digits of a number: 334 for `212 555 0123`.
    shape: u32,
    first_group: usize,
    second_group: usize,
    last_group: usize,
    /// The lengths of the group in parentheses and of the one behind it.
    bracketed: Option<(usize, usize)>,
    plus: bool,
}

/// The end of the longest telephone number that begins at `at`.
pub(super) fn phone_end(seen: &Seen, at: usize, rules: Rules) -> Option<usize> {
    let first = seen.at(at);
    if !(first.is_ascii_digit() || first == b'+' || first == b'(') {
        return None;
    }
    let before = seen.before(at);
    let word = after_word(seen, at);
    let joined = matches!(before, b'-' | b'.') && at > 1 && seen.at(at - 2).is_ascii_alphanumeric();
    if is_name(before) || (joined && !word) {
        return None;
    }
    let mut number = Number {
        plus: first == b'+',
        ..Number::default()
    };
    let mut bracket = first == b'(';
    let mut next = at + usize::from(number.plus || bracket);
    // What a person writes in front of one: `+(49)`.
    if number.plus && seen.at(next) == b'(' {
        bracket = true;
        next += 1;
    }
    let mut kinds = 0_u8;
    let mut groups = 0;
    let mut end = None;
    while groups < MOST_GROUPS && seen.at(next).is_ascii_digit() {
        let mut length = 0;
        while seen.at(next).is_ascii_digit() {
            *number.digits.get_mut(number.count)? = seen.at(next);
            number.count += 1;
            length += 1;
            next += 1;
            if number.count == MOST_DIGITS && seen.at(next).is_ascii_digit() {
                return end;
            }
        }
        groups += 1;
        match groups {
            1 => number.first_group = length,
            2 => number.second_group = length,
            _ => {}
        }
        if let Some((_, behind @ 0)) = &mut number.bracketed {
            *behind = length;
        }
        number.last_group = length;
        number.shape = number.shape * 10 + length as u32;
        let closes = bracket && seen.at(next) == b')';
        if !closes && ends(seen, next) && kinds.count_ones() < 3 && number.is_phone(rules, word) {
            end = Some(next);
        }
        if number.count == MOST_DIGITS {
            return end;
        }
        // Up to three separators, as in `) - `.
        for _ in 0..3 {
            let separator = seen.at(next);
            kinds |= match separator {
                b' ' => 1,
                b'+' if !number.plus => 1,
                b'-' => 2,
                b'.' => 4,
                b'/' if groups == 1 && (number.plus || number.digits[0] == b'0') => 0,
                b'(' if !bracket && number.bracketed.is_none() => {
                    bracket = true;
                    0
                }
                b')' if bracket => {
                    bracket = false;
                    number.bracketed = Some((length, 0));
                    0
                }
                _ => break,
            };
            next += 1;
        }
    }
    end
}

impl Number {
    fn is_phone(&self, rules: Rules, word: bool) -> bool {
        let [first, second, third, ..] = self.digits.map(|digit| digit.wrapping_sub(b'0'));
        let count = self.count;
        if self.plus {
            return first != 0 && count >= 8;
        }
        let mut shape = self.shape;
        while shape >= 1_000 {
            shape /= 10;
        }
        // A year has four figures and begins with 1 or 2.
        let is_date = shape == 224 || (shape == 422 && (first == 1 || first == 2));
        if is_date || self.last_group < 2 {
            return false;
        }
        if word && count >= 7 {
            return true;
        }
        if rules == Rules::Certain {
            return false;
        }
        let single = self.first_group == count;
        if first == 0 && second == 0 {
            return third != 0 && count >= 11 && if single { count >= 12 } else { self.first_group <= 5 };
        }
        if let Some((inside, behind)) = self.bracketed {
            let trunk = first == 0 || (inside == 1 && self.first_group <= 3);
            return match inside {
                2 => count >= 9 && (trunk || self.last_group == 4) && count <= 11,
                3 if !trunk => (count == 10 || count == 11) && (behind == 3 || behind == 7),
                _ => trunk && (9..=14).contains(&count),
            };
        }
        if first == 0 {
            return match (self.first_group, count) {
                // Turkey writes `0 532 123 45 67`.
                (1, 11) => self.second_group == 3,
                (1, _) => false,
                (2, 9) => self.shape != 27,
                // Twelve figures in a row are a barcode, unless they begin as German mobiles do.
                (12, 12) => second == 1 && (5..=7).contains(&third),
                (9, 9) => false,
                _ => (9..=12).contains(&count),
            };
        }
        match self.shape {
            // North America.
            334 => first > 1,
            1334 => first == 1 && second > 1,
            // China, Brazil and Mexico, India, Russia.
            344 => first == 1 && second > 2,
            254 => third == 9,
            244 => true,
            55 => first > 5,
            255 => first == 9 && second == 1,
            13322 => first == 7 || first == 8,
            _ => {
                single
                    && count == 11
                    && if first == 1 {
                        second > 2
                    } else {
                        (first == 7 || first == 8) && second == 9
                    }
            }
        }
    }
}

/// Whether a number may end before `at`: no name, time, amount or code goes on there.
fn ends(seen: &Seen, at: usize) -> bool {
    let (next, then) = (seen.at(at), seen.at(at + 1));
    !is_name(next) && !(matches!(next, b'-' | b':' | b',' | b'.') && then.is_ascii_alphanumeric())
}

/// Whether a word for a telephone stands shortly before `at`.
fn after_word(seen: &Seen, at: usize) -> bool {
    const WORDS: [&[u8]; 10] = [
        b"tel", b"telef", b"telep", b"phone", b"fax", b"mobil", b"whats", b"wa.me", b"call", b"cell",
    ];
    let mut start = at;
    while start > 0 && at - start < 16 && !seen.before(start).is_ascii_digit() {
        start -= 1;
    }
    (start..at).any(|start| {
        WORDS.iter().any(|word| {
            let same = word
                .iter()
                .enumerate()
                .all(|(offset, byte)| seen.at(start + offset) | 0x20 == *byte | 0x20);
            let next = seen.at(start + word.len());
            same && !seen.before(start).is_ascii_alphabetic() && (word.len() > 3 || !next.is_ascii_alphabetic())
        })
    })
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}
