//! The binary form in which events travel through the queue: one message is one group.
//!
//! Layout: one byte version, one byte compression (0 none, 1 LZ4 block), the events' length before compression as little-endian
//! `u32`, so that a cut at an event's end shows; then the events, each as a little-endian `u32` length and that many bytes of
//! [postcard](https://postcard.jamesmunns.com/wire-format).
//! A change of [`EnrichedEvent`] makes a new version; the loader keeps reading the old ones.

use crate::EnrichedEvent;

/// Version of the layout and of [`EnrichedEvent`]; stored with each row as `schema_version`.
pub const VERSION: u8 = 1;

const PLAIN: u8 = 0;
const LZ4: u8 = 1;
/// Below this many bytes LZ4 saves less than it costs.
const COMPRESS_FROM_BYTES: usize = 1_024;
/// No group is larger: one request's body, decoded and enriched, many times over.
const OPENED_BYTES: usize = 64 * 1024 * 1024;

#[derive(Debug, thiserror::Error)]
pub enum GroupError {
    #[error("group is cut off after {0} bytes")]
    Truncated(usize),
    #[error("group has version {0}, this program reads {VERSION}")]
    Version(u8),
    #[error("group has unknown compression {0}")]
    Compression(u8),
    #[error("group would open to {0} bytes, the limit is {OPENED_BYTES}")]
    TooLarge(usize),
    #[error("group does not decompress: {0}")]
    Lz4(#[from] lz4_flex::block::DecompressError),
    #[error("event {index} of the group does not decode: {source}")]
    Event { index: usize, source: postcard::Error },
    #[error("event does not encode: {0}")]
    Encode(postcard::Error),
}

/// Appends one event in its group form; [`seal`] takes any number of them in one buffer.
pub fn append(event: &EnrichedEvent<'_>, buffer: &mut Vec<u8>) -> Result<(), GroupError> {
    let start = buffer.len();
    buffer.extend_from_slice(&[0; 4]);
    postcard::to_io(event, &mut *buffer).map_err(GroupError::Encode)?;
    let length = u32::try_from(buffer.len() - start - 4).map_err(|_| GroupError::TooLarge(buffer.len()))?;
    buffer[start..start + 4].copy_from_slice(&length.to_le_bytes());
    Ok(())
}

/// Makes a message of appended events, compressed when that pays.
pub fn seal(events: &[u8]) -> Vec<u8> {
    if events.len() >= COMPRESS_FROM_BYTES {
        let compressed = lz4_flex::block::compress_prepend_size(events);
        if compressed.len() < events.len() {
            return [&[VERSION, LZ4], compressed.as_slice()].concat();
        }
    }
    // A longer group cannot be opened, and is no message a broker takes.
    let length = u32::try_from(events.len()).unwrap_or(u32::MAX);
    [&[VERSION, PLAIN], &length.to_le_bytes()[..], events].concat()
}

/// A message taken apart; the events borrow from it.
pub struct Opened {
    events: Vec<u8>,
}

/// Takes a message apart. The events are decoded by [`Opened::events`].
pub fn open(message: &[u8]) -> Result<Opened, GroupError> {
    let [version, compression, events @ ..] = message else {
        return Err(GroupError::Truncated(message.len()));
    };
    if *version != VERSION {
        return Err(GroupError::Version(*version));
    }
    let (length, block) = lz4_flex::block::uncompressed_size(events)?;
    if length > OPENED_BYTES {
        return Err(GroupError::TooLarge(length));
    }
    let events = match *compression {
        PLAIN => block.to_vec(),
        LZ4 => lz4_flex::block::decompress(block, length)?,
        other => return Err(GroupError::Compression(other)),
    };
    if events.len() != length {
        return Err(GroupError::Truncated(message.len()));
    }
    Ok(Opened { events })
}

impl Opened {
    /// The events in the order they were appended. After the first error nothing follows.
    pub fn events(&self) -> Events<'_> {
        Events {
            left: &self.events,
            index: 0,
        }
    }
}

pub struct Events<'a> {
    left: &'a [u8],
    index: usize,
}

impl<'a> Iterator for Events<'a> {
    type Item = Result<EnrichedEvent<'a>, GroupError>;

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
        let event = postcard::from_bytes(bytes).map_err(|source| GroupError::Event { index, source });
        if event.is_ok() {
            self.left = rest;
            self.index += 1;
        }
        Some(event)
    }
}
