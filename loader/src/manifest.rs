//! What a batch is made of, written down before it is inserted, so that a loader that died in between repeats it exactly:
//! the same groups in the same order, without the same events, under the same token.
//!
//! ```text
//! 8 bytes "CPBATCH" and the version, number of the batch u64, token 32 bytes, number of entries u32
//! per entry: group id 16 bytes, CRC-32C of its body u32, kind u8, number of skipped events u32, index of each u32
//! CRC-32C of all that u32
//! ```
//! Numbers are little-endian.

use uuid::Uuid;

const MAGIC: [u8; 7] = *b"CPBATCH";
const VERSION: u8 = 1;

/// A batch, without its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Manifest {
    /// Grows with each batch.
    pub(crate) number: u64,
    pub(crate) token: Token,
    pub(crate) entries: Vec<Entry>,
}

pub(crate) type Token = [u8; 32];

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) group: GroupKey,
    pub(crate) share: Share,
}

/// A group by its id and its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct GroupKey {
    pub(crate) id: Uuid,
    pub(crate) checksum: u32,
}

/// What of a group goes into the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Share {
    /// Its events but these, by index, ascending.
    Without(Vec<u32>),
    /// Nothing: the same group was stored before.
    Repeated,
    /// Nothing: it does not decode.
    Poison,
}

/// The bytes are no manifest that this program wrote whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoManifest {
    #[error("it is not a manifest")]
    Foreign,
    #[error("it has version {0}, this program reads {VERSION}")]
    Version(u8),
    #[error("it was not written whole, or damaged")]
    Torn,
}

impl Manifest {
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = [&MAGIC[..], &[VERSION], &self.number.to_le_bytes(), &self.token].concat();
        put(&mut bytes, self.entries.len());
        for Entry { group, share } in &self.entries {
            bytes.extend_from_slice(group.id.as_bytes());
            bytes.extend_from_slice(&group.checksum.to_le_bytes());
            let (kind, skipped) = match share {
                Share::Without(skipped) => (0, &skipped[..]),
                Share::Repeated => (1, &[][..]),
                Share::Poison => (2, &[][..]),
            };
            bytes.push(kind);
            put(&mut bytes, skipped.len());
            skipped
                .iter()
                .for_each(|index| bytes.extend_from_slice(&index.to_le_bytes()));
        }
        let checksum = crc32c::crc32c(&bytes);
        bytes.extend_from_slice(&checksum.to_le_bytes());
        bytes
    }

    /// What follows a manifest in its file, left over from a longer one, is not looked at.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, NoManifest> {
        let magic = bytes.get(..MAGIC.len()).ok_or(NoManifest::Torn)?;
        if magic != MAGIC {
            return Err(NoManifest::Foreign);
        }
        let version = *bytes.get(MAGIC.len()).ok_or(NoManifest::Torn)?;
        if version != VERSION {
            return Err(NoManifest::Version(version));
        }
        let mut reader = Reader { bytes, at: 8 };
        let manifest = reader.manifest().ok_or(NoManifest::Torn)?;
        let end = reader.at;
        let checksum = reader.number().ok_or(NoManifest::Torn)?;
        match crc32c::crc32c(&bytes[..end]) == checksum {
            true => Ok(manifest),
            false => Err(NoManifest::Torn),
        }
    }
}

fn put(bytes: &mut Vec<u8>, count: usize) {
    // A batch has fewer groups, and a group fewer events.
    bytes.extend_from_slice(&(count as u32).to_le_bytes());
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let taken = self.bytes.get(self.at..)?.first_chunk::<N>()?;
        self.at += N;
        Some(*taken)
    }

    fn number(&mut self) -> Option<u32> {
        self.take().map(u32::from_le_bytes)
    }

    fn manifest(&mut self) -> Option<Manifest> {
        let number = u64::from_le_bytes(self.take()?);
        let token = self.take()?;
        let count = self.number()?;
        let entries = (0..count).map(|_| self.entry()).collect::<Option<_>>()?;
        Some(Manifest { number, token, entries })
    }

    fn entry(&mut self) -> Option<Entry> {
        let group = GroupKey {
            id: Uuid::from_bytes(self.take()?),
            checksum: self.number()?,
        };
        let [kind] = self.take()?;
        let count = self.number()?;
        let skipped = (0..count).map(|_| self.number()).collect::<Option<_>>()?;
        let share = match kind {
            0 => Share::Without(skipped),
            1 => Share::Repeated,
            2 => Share::Poison,
            _ => return None,
        };
        Some(Entry { group, share })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Manifest {
        let entry = |id, share| Entry {
            group: GroupKey {
                id: Uuid::from_u128(id),
                checksum: id as u32 * 7,
            },
            share,
        };
        Manifest {
            number: 9,
            token: [7; 32],
            entries: vec![
                entry(1, Share::Without(vec![])),
                entry(2, Share::Without(vec![0, 5, 999])),
                entry(3, Share::Repeated),
                entry(4, Share::Poison),
            ],
        }
    }

    #[test]
    fn reads_what_it_wrote() {
        let mut bytes = sample().to_bytes();
        assert_eq!(Manifest::from_bytes(&bytes), Ok(sample()));
        bytes.extend_from_slice(b"left over from a longer one");
        assert_eq!(Manifest::from_bytes(&bytes), Ok(sample()));
    }

    #[test]
    fn takes_no_torn_manifest() {
        let bytes = sample().to_bytes();
        for length in 0..bytes.len() {
            assert_eq!(
                Manifest::from_bytes(&bytes[..length]),
                Err(NoManifest::Torn),
                "{length} bytes"
            );
        }
    }

    #[test]
    fn takes_no_flipped_bit() {
        let bytes = sample().to_bytes();
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(Manifest::from_bytes(&flipped).is_err(), "bit {bit}");
        }
    }

    #[test]
    fn says_what_it_found() {
        assert_eq!(Manifest::from_bytes(b"PK\x03\x04 and so on"), Err(NoManifest::Foreign));
        let mut newer = sample().to_bytes();
        newer[7] = 2;
        assert_eq!(Manifest::from_bytes(&newer), Err(NoManifest::Version(2)));
    }
}
