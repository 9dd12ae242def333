//! Event ids: UUIDs, seed 001's UInt64 mapped to a UUID and back, and those made of what an event says.

use uuid::Uuid;

/// The last 58 bits of a mapped id: ASCII `clickpt` and the variant bits make it recognisable.
const MARK: [u8; 8] = [0x80, b'c', b'l', b'i', b'c', b'k', b'p', b't'];

/// Maps a UInt64 to a version 8 UUID (RFC 9562, section 5.8), the same one each time: 48 bits, the version, 12 bits, the
/// variant, the last 4 bits, then a fixed mark. [`to_u64`] is its inverse.
pub fn from_u64(number: u64) -> Uuid {
    let [a, b, c, d, e, f, g, h] = number.to_be_bytes();
    let mut bytes = [
        a,
        b,
        c,
        d,
        e,
        f,
        0x80 | (g >> 4),
        (g << 4) | (h >> 4),
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
    ];
    bytes[8..].copy_from_slice(&MARK);
    bytes[8] |= h & 0x0f;
    Uuid::from_bytes(bytes)
}

/// A version 8 UUID (RFC 9562, section 5.8) made of a digest, for events whose sender has no id for them: the same digest
/// gives the same one each time.
pub fn from_digest(digest: [u8; 16]) -> Uuid {
    uuid::Builder::from_custom_bytes(digest).into_uuid()
}

/// The UInt64 behind an id that [`from_u64`] made; `None` for every other id.
pub fn to_u64(id: Uuid) -> Option<u64> {
    let bytes = id.as_bytes();
    let marked = bytes[6] >> 4 == 8 && bytes[8] & 0xf0 == MARK[0] && bytes[9..] == MARK[1..];
    let [a, b, c, d, e, f, version_and_g, gh, h, ..] = *bytes;
    let g = (version_and_g << 4) | (gh >> 4);
    let h = (gh << 4) | (h & 0x0f);
    marked.then(|| u64::from_be_bytes([a, b, c, d, e, f, g, h]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maps_numbers_there_and_back() {
        for number in [0, 1, 42, 0x0123_4567_89ab_cdef, u64::MAX - 1, u64::MAX] {
            let id = from_u64(number);
            assert_eq!(id.get_version_num(), 8, "{number}");
            assert_eq!(id.get_variant(), uuid::Variant::RFC4122, "{number}");
            assert_eq!(to_u64(id), Some(number));
        }
        assert_eq!(to_u64(Uuid::from_u128(7)), None);
    }

    #[test]
    fn digests_become_custom_uuids() {
        let id = from_digest([0xff; 16]);
        assert_eq!(id.to_string(), "ffffffff-ffff-8fff-bfff-ffffffffffff");
        assert_eq!(to_u64(id), None);
    }
}
