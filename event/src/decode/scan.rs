//! Looking for bytes eight at a time; texts are too short to pay for a call into vector code.

const DEL: u8 = 0x7f;

/// Bytes before the first of two bytes.
pub(super) fn before_either(text: &[u8], one: u8, other: u8) -> usize {
    before(
        text,
        |word| lanes_equal(word, one) | lanes_equal(word, other),
        |byte| byte == one || byte == other,
    )
}

/// Bytes before the first that does not stand for itself inside a JSON string: quote, backslash, control character.
pub(super) fn before_any(text: &[u8]) -> usize {
    before(
        text,
        |word| lanes_equal(word, b'"') | lanes_equal(word, b'\\') | lanes_below_space(word),
        |byte| matches!(byte, b'"' | b'\\' | 0..b' '),
    )
}

/// Where `expected` ends when it stands at `at`.
pub(super) fn literal(text: &[u8], at: usize, expected: &[u8]) -> Option<usize> {
    let end = at + expected.len();
    (text.get(at..end)? == expected).then_some(end)
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

fn is_plain_word(word: &[u8; 8]) -> bool {
    let word = u64::from_le_bytes(*word);
    lanes_equal(word, b'\\') | lanes_equal(word, DEL) == 0
}

#[inline(always)]
fn before(text: &[u8], in_word: impl Fn(u64) -> u64, is_it: impl Fn(u8) -> bool) -> usize {
    let (words, tail) = text.as_chunks();
    for (index, word) in words.iter().enumerate() {
        let found = in_word(u64::from_le_bytes(*word));
        if found != 0 {
            return index * 8 + found.trailing_zeros() as usize / 8;
        }
    }
    let found = tail.iter().position(|&byte| is_it(byte));
    found.map_or(text.len(), |found| words.len() * 8 + found)
}

const ONES: u64 = u64::from_le_bytes([1; 8]);
const HIGH: u64 = u64::from_le_bytes([0x80; 8]);

/// The high bit of each byte that equals `byte`, exact up to the first one
/// (<https://graphics.stanford.edu/~seander/bithacks.html#ZeroInWord>).
fn lanes_equal(word: u64, byte: u8) -> u64 {
    let zero_where_equal = word ^ (ONES * u64::from(byte));
    zero_where_equal.wrapping_sub(ONES) & !zero_where_equal & HIGH
}

/// The high bit of each control character, exact up to the first one.
fn lanes_below_space(word: u64) -> u64 {
    word.wrapping_sub(ONES * u64::from(b' ')) & !word & HIGH
}
