//! One record: `marker u32, length u32, crc32c u32, sequence u64, group id 16 bytes, body`; numbers little-endian, length
//! that of the body, the checksum over everything but marker and checksum, seeded with the marker.
//!
//! The marker is random per segment and stands in its file name. After damage the reader looks for the next record by
//! it, and no body sent by a stranger can pass for a record.

use uuid::Uuid;

use crate::{Group, MAX_GROUP_BYTES};

pub(super) const HEADER_BYTES: usize = 36;

pub(super) type Marker = u32;

/// A whole record at the beginning of some bytes.
pub(super) struct Record<'a> {
    pub(super) sequence: u64,
    pub(super) id: Uuid,
    pub(super) body: &'a [u8],
}

pub(super) enum Parsed<'a> {
    Record(Record<'a>),
    /// It may be a record, of this many bytes at least.
    Short(usize),
    Damaged,
}

impl Record<'_> {
    pub(super) fn len(&self) -> usize {
        HEADER_BYTES + self.body.len()
    }
}

pub(super) fn append(buffer: &mut Vec<u8>, marker: Marker, sequence: u64, group: &Group) {
    let start = buffer.len();
    // `publish` has refused longer bodies than `MAX_GROUP_BYTES`.
    let length = group.body.len() as u32;
    buffer.extend_from_slice(&marker.to_le_bytes());
    buffer.extend_from_slice(&length.to_le_bytes());
    buffer.extend_from_slice(&[0; 4]);
    buffer.extend_from_slice(&sequence.to_le_bytes());
    buffer.extend_from_slice(group.id.as_bytes());
    buffer.extend_from_slice(&group.body);
    let checksum = checksum(marker, &buffer[start..]);
    buffer[start + 8..start + 12].copy_from_slice(&checksum.to_le_bytes());
}

pub(super) fn parse(bytes: &[u8], marker: Marker) -> Parsed<'_> {
    let Some(header) = bytes.first_chunk::<HEADER_BYTES>() else {
        let begins = bytes
            .iter()
            .zip(marker.to_le_bytes())
            .all(|(byte, expected)| *byte == expected);
        return if begins {
            Parsed::Short(HEADER_BYTES)
        } else {
            Parsed::Damaged
        };
    };
    let length = number(header, 4) as usize;
    if number(header, 0) != marker || length > MAX_GROUP_BYTES {
        return Parsed::Damaged;
    }
    let Some(record) = bytes.get(..HEADER_BYTES + length) else {
        return Parsed::Short(HEADER_BYTES + length);
    };
    if number(header, 8) != checksum(marker, record) {
        return Parsed::Damaged;
    }
    let (mut sequence, mut id) = ([0; 8], [0; 16]);
    sequence.copy_from_slice(&header[12..20]);
    id.copy_from_slice(&header[20..36]);
    Parsed::Record(Record {
        sequence: u64::from_le_bytes(sequence),
        id: Uuid::from_bytes(id),
        body: &record[HEADER_BYTES..],
    })
}

/// Where the next whole record begins, after the first byte.
pub(super) fn find_next(bytes: &[u8], marker: Marker) -> Option<usize> {
    (1..bytes.len().saturating_sub(HEADER_BYTES - 1))
        .filter(|&at| number(&bytes[at..], 0) == marker)
        .find(|&at| matches!(parse(&bytes[at..], marker), Parsed::Record(_)))
}

fn checksum(marker: Marker, record: &[u8]) -> u32 {
    let seeded = crc32c::crc32c_append(marker, &record[4..8]);
    crc32c::crc32c_append(seeded, &record[12..])
}

fn number(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}
