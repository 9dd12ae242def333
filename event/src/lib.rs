//! The contract of Clickpath: what an event is, what it may contain, and why one is refused.
//!
//! No I/O, no clock, no randomness: the caller brings them. Builds for wasm32.
//!
//! - [`Event`] and [`Payload`]: the normal form of one event
//! - [`decode`]: a request body (JSON array or single object) to events and [`Refusal`]s
//! - [`EnrichedEvent`]: an event with what the server knows about it
//! - [`group`]: the binary form in which events travel through the queue
//! - [`quarantine`]: the same for what was refused, with the reason
//! - [`entity`]: the same for things that are no events, such as products and customers
//! - [`json`]: the writer with which the tracker encodes events
//! - [`limits`]: every limit, in one place

pub mod channel;
mod container;
pub mod decode;
mod enriched;
pub mod entity;
mod event;
pub mod group;
pub mod id;
pub mod json;
pub mod limits;
mod money;
pub mod quarantine;
mod refusal;
mod timestamp;

pub use enriched::{Channel, ChannelGroup, Client, DeviceType, EnrichedEvent, Location, Platform, Source, Utm};
pub use event::{Event, EventType, Payload};
pub use money::Money;
pub use refusal::{Barrier, Reason, Refusal};
pub use timestamp::Timestamp;
