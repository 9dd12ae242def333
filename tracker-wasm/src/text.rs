//! Small text work without `core::fmt`, which would cost the visitor kilobytes.

/// The longest prefix of at most `limit_bytes` that ends between characters.
pub(crate) fn cut(text: &str, limit_bytes: usize) -> &str {
    text.split_at_checked(text.floor_char_boundary(limit_bytes))
        .map_or(text, |(start, _)| start)
}

pub(crate) fn push_hex(text: &mut String, bytes: &[u8]) {
    for byte in bytes {
        for nibble in [byte >> 4, byte & 15] {
            text.push(char::from(if nibble < 10 { b'0' + nibble } else { b'a' - 10 + nibble }));
        }
    }
}

pub(crate) fn push_integer(text: &mut String, mut number: u64) {
    let mut digits = [0; 20];
    let mut start = digits.len();
    loop {
        start -= 1;
        digits[start] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    text.extend(digits[start..].iter().copied().map(char::from));
}

/// FNV-1a, 64 bits (<http://www.isthe.com/chongo/tech/comp/fnv/>).
pub(crate) fn hash(parts: &[&str]) -> u64 {
    let bytes = parts.iter().flat_map(|part| part.bytes().chain([0]));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_numbers_and_bytes() {
        let mut text = String::new();
        for number in [0, 7, 1_763_805_600_123, u64::MAX] {
            push_integer(&mut text, number);
            text.push(' ');
        }
        push_hex(&mut text, &[0x00, 0x9a, 0xff]);
        assert_eq!(text, "0 7 1763805600123 18446744073709551615 009aff");
    }

    #[test]
    fn cuts_between_characters() {
        assert_eq!(cut("Größe", 3), "Gr");
        assert_eq!(cut("Größe", 4), "Grö");
        assert_eq!(cut("abc", 9), "abc");
    }

    #[test]
    fn hashes_parts_apart() {
        assert_ne!(hash(&["/a", "b"]), hash(&["/", "ab"]));
    }
}
