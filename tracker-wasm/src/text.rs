//! Small text work without `core::fmt` and pattern searchers, which would cost the visitor kilobytes.

/// The longest prefix of at most `limit_bytes` that ends between characters.
pub(crate) fn cut(text: &str, limit_bytes: usize) -> &str {
    let mut end = limit_bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or(text)
}

/// What comes before the first `mark`, an ASCII character, and what comes after it; all and nothing without one.
pub(crate) fn split(text: &str, mark: u8) -> (&str, &str) {
    let Some(place) = text.bytes().position(|byte| byte == mark) else {
        return (text, "");
    };
    (
        text.get(..place).unwrap_or_default(),
        text.get(place + 1..).unwrap_or_default(),
    )
}

/// `prefixes` have commas between them.
pub(crate) fn starts_with_any(text: &[u8], prefixes: &[u8]) -> bool {
    prefixes
        .split(|byte| *byte == b',')
        .any(|prefix| text.starts_with(prefix))
}

pub(crate) fn push_hex(text: &mut String, number: u64, digits: u32) {
    for place in (0..digits).rev() {
        let digit = (number >> (4 * place)) as u8 & 15;
        text.push(char::from(if digit < 10 { b'0' + digit } else { b'a' - 10 + digit }));
    }
}

pub(crate) fn push_integer(text: &mut String, number: u64) {
    if number >= 10 {
        push_integer(text, number / 10);
    }
    text.push(char::from(b'0' + (number % 10) as u8));
}

/// Digits only, 0 for anything else: `f64::from_str` would cost ten kilobytes.
pub(crate) fn integer(digits: &str) -> f64 {
    digits.bytes().fold(0.0, |number, digit| {
        if digit.is_ascii_digit() {
            number * 10.0 + f64::from(digit - b'0')
        } else {
            0.0
        }
    })
}

/// FNV-1a, 64 bits (<http://www.isthe.com/chongo/tech/comp/fnv/>), going on from `hash`; a part ends in a zero byte.
pub(crate) fn hash(hash: u64, part: &str) -> u64 {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    step(part.bytes().fold(hash, step), 0)
}

pub(crate) const HASH_OF_NOTHING: u64 = 0xcbf2_9ce4_8422_2325;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_and_reads_numbers() {
        let mut text = String::new();
        for number in [0, 7, 1_763_805_600_123, u64::MAX] {
            push_integer(&mut text, number);
            text.push(' ');
        }
        push_hex(&mut text, 0x009a_ff01, 8);
        assert_eq!(text, "0 7 1763805600123 18446744073709551615 009aff01");
        assert_eq!(integer("1763805600123"), 1_763_805_600_123.0);
        assert_eq!(integer("soon"), 0.0);
    }

    #[test]
    fn cuts_between_characters() {
        assert_eq!(cut("Größe", 3), "Gr");
        assert_eq!(cut("Größe", 4), "Grö");
        assert_eq!(cut("abc", 9), "abc");
    }

    #[test]
    fn splits_at_the_first_mark() {
        assert_eq!(split("a?b?c", b'?'), ("a", "b?c"));
        assert_eq!(split("größe", b'?'), ("größe", ""));
        assert_eq!(split("?", b'?'), ("", ""));
    }

    #[test]
    fn hashes_parts_apart() {
        let both = |one, other| hash(hash(HASH_OF_NOTHING, one), other);
        assert_ne!(both("/a", "b"), both("/", "ab"));
    }
}
