//! What [`crate::group`], [`crate::quarantine`] and [`crate::entity`] have in common: entries of one kind in one message.
//!
//! Layout: one byte kind and version, one byte form (bit 0: the entries are an LZ4 block; bits 1 and 2: a checksum follows), the
//! CRC-32C of all other bytes as little-endian `u32`, the entries' length before compression as little-endian `u32`, so that a
//! cut at an entry's end shows; then the entries, each as a little-endian `u32` length and that many bytes of
//! [postcard](https://postcard.jamesmunns.com/wire-format). Messages from before the checksum have the forms 0 and 1.

use std::marker::PhantomData;

use serde::{Deserialize, Serialize};

const LZ4: u8 = 0b001;
/// Two bits, so that no single flipped one makes a message pass for one without a checksum.
const CHECKED: u8 = 0b110;
/// Below this many bytes LZ4 saves less than it costs.
const COMPRESS_FROM_BYTES: usize = 1_024;
/// No message is larger: one request's body, decoded and enriched, many times over.
const OPENED_BYTES: usize = 64 * 1024 * 1024;

/// Why a message cannot be read, or an entry not be written.
#[derive(Debug, thiserror::Error)]
pub enum GroupError {
    #[error("message is cut off after {0} bytes")]
    Truncated(usize),
    #[error("message has kind and version {found}, this program reads {expected} here")]
    Version { found: u8, expected: u8 },
    #[error("message has unknown form {0}")]
    Form(u8),
    #[error("message was damaged: its checksum is {found:08x} and not {expected:08x}")]
    Checksum { found: u32, expected: u32 },
    #[error("message would open to {0} bytes, the limit is {OPENED_BYTES}")]
    TooLarge(usize),
    #[error("message does not decompress: {0}")]
    Lz4(#[from] lz4_flex::block::DecompressError),
    #[error("entry {index} of the message does not decode: {source}")]
    Entry { index: usize, source: postcard::Error },
    #[error("entry does not encode: {0}")]
    Encode(postcard::Error),
}

/// Appends one entry; after an error the buffer is as before.
pub(crate) fn append(entry: &impl Serialize, buffer: &mut Vec<u8>) -> Result<(), GroupError> {
    let start = buffer.len();
    let appended = write(entry, buffer);
    if appended.is_err() {
        buffer.truncate(start);
    }
    appended
}

fn write(entry: &impl Serialize, buffer: &mut Vec<u8>) -> Result<(), GroupError> {
    let start = buffer.len();
    buffer.extend_from_slice(&[0; 4]);
    postcard::to_io(entry, &mut *buffer).map_err(GroupError::Encode)?;
    if buffer.len() > OPENED_BYTES {
        return Err(GroupError::TooLarge(buffer.len()));
    }
    let length = u32::try_from(buffer.len() - start - 4).map_err(|_| GroupError::TooLarge(buffer.len()))?;
    buffer[start..start + 4].copy_from_slice(&length.to_le_bytes());
    Ok(())
}

/// Makes a message of appended entries, compressed when that pays.
pub(crate) fn seal(version: u8, entries: &[u8]) -> Vec<u8> {
    // A longer message cannot be opened, and is none that a broker takes.
    let length = u32::try_from(entries.len()).unwrap_or(u32::MAX);
    if entries.len() >= COMPRESS_FROM_BYTES {
        let compressed = lz4_flex::block::compress(entries);
        if compressed.len() < entries.len() {
            return message([version, CHECKED | LZ4], length, &compressed);
        }
    }
    message([version, CHECKED], length, entries)
}

fn message(head: [u8; 2], length: u32, block: &[u8]) -> Vec<u8> {
    let length = length.to_le_bytes();
    let checksum = checksum(&[&head, &length, block]).to_le_bytes();
    [&head[..], &checksum, &length, block].concat()
}

fn checksum(parts: &[&[u8]]) -> u32 {
    parts
        .iter()
        .fold(0, |checksum, part| crc32c::crc32c_append(checksum, part))
}

/// A message's entries, taken out of it.
pub(crate) fn open(version: u8, message: &[u8]) -> Result<Vec<u8>, GroupError> {
    let Some((&[found, form], rest)) = message.split_first_chunk::<2>() else {
        return Err(GroupError::Truncated(message.len()));
    };
    if found != version {
        return Err(GroupError::Version {
            found,
            expected: version,
        });
    }
    let sized = match form & !LZ4 {
        0 => rest,
        CHECKED => checked(message, rest)?,
        _ => return Err(GroupError::Form(form)),
    };
    let (length, block) = lz4_flex::block::uncompressed_size(sized)?;
    if length > OPENED_BYTES {
        return Err(GroupError::TooLarge(length));
    }
    let entries = match form & LZ4 {
        0 => block.to_vec(),
        _ => lz4_flex::block::decompress(block, length)?,
    };
    if entries.len() != length {
        return Err(GroupError::Truncated(message.len()));
    }
    Ok(entries)
}

/// What follows the checksum, when it is right.
fn checked<'m>(message: &'m [u8], rest: &'m [u8]) -> Result<&'m [u8], GroupError> {
    let Some((found, sized)) = rest.split_first_chunk::<4>() else {
        return Err(GroupError::Truncated(message.len()));
    };
    let found = u32::from_le_bytes(*found);
    let expected = checksum(&[&message[..2], sized]);
    match found == expected {
        true => Ok(sized),
        false => Err(GroupError::Checksum { found, expected }),
    }
}

/// The entries in the order they were appended. After the first error nothing follows.
pub(crate) struct Entries<'a, T> {
    left: &'a [u8],
    index: usize,
    entry: PhantomData<T>,
}

impl<'a, T> Entries<'a, T> {
    pub(crate) fn of(entries: &'a [u8]) -> Self {
        Self {
            left: entries,
            index: 0,
            entry: PhantomData,
        }
    }
}

impl<'a, T: Deserialize<'a>> Iterator for Entries<'a, T> {
    type Item = Result<T, GroupError>;

    fn next(&mut self) -> Option<Self::Item> {
        let left = std::mem::take(&mut self.left);
        if left.is_empty() {
            return None;
        }
        let Some((length, rest)) = left.split_first_chunk::<4>() else {
            return Some(Err(GroupError::Truncated(left.len())));
        };
        let length = u32::from_le_bytes(*length) as usize;
        let Some((bytes, rest)) = rest.split_at_checked(length) else {
            return Some(Err(GroupError::Truncated(left.len())));
        };
        let index = self.index;
        let entry = postcard::from_bytes(bytes).map_err(|source| GroupError::Entry { index, source });
        if entry.is_ok() {
            self.left = rest;
            self.index += 1;
        }
        Some(entry)
    }
}
