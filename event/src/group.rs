//! The binary form in which events travel through the queue: one message is one group, entries of [`EnrichedEvent`] behind a
//! head with version, checksum and length (`event/src/container.rs` has the bytes).
//! A change of [`EnrichedEvent`] makes a new version; the loader keeps reading the old ones.

use crate::EnrichedEvent;
pub use crate::container::GroupError;
use crate::container::{self, Entries};

/// Version of the layout and of [`EnrichedEvent`]; stored with each row as `schema_version`. Below 64: the high bits say
/// [`crate::quarantine`] and [`crate::entity`].
pub const VERSION: u8 = 1;

/// Appends one event in its group form; [`seal`] takes any number of them in one buffer.
pub fn append(event: &EnrichedEvent<'_>, buffer: &mut Vec<u8>) -> Result<(), GroupError> {
    container::append(event, buffer)
}

/// Appended events that are in no message yet, in their order. After the first error nothing follows.
pub fn appended(events: &[u8]) -> impl Iterator<Item = Result<EnrichedEvent<'_>, GroupError>> {
    Entries::of(events)
}

/// Makes a message of appended events, compressed when that pays.
pub fn seal(events: &[u8]) -> Vec<u8> {
    container::seal(VERSION, events)
}

/// A message taken apart; the events borrow from it.
pub struct Opened {
    events: Vec<u8>,
}

/// Takes a message apart. The events are decoded by [`Opened::events`].
pub fn open(message: &[u8]) -> Result<Opened, GroupError> {
    let events = container::open(VERSION, message)?;
    Ok(Opened { events })
}

impl Opened {
    /// The events in the order they were appended. After the first error nothing follows.
    pub fn events(&self) -> impl Iterator<Item = Result<EnrichedEvent<'_>, GroupError>> {
        Entries::of(&self.events)
    }
}
