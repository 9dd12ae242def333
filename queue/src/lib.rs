//! The way from the gateway to the loader: RabbitMQ, or a log on disk, behind one interface.
//!
//! [`open_publisher`] gives a [`Publisher`], [`open_consumer`] a [`Consumer`] of one [`Route`], [`open_inbox`] the raw
//! events that other programs put into `clickpath.in`, [`open_outbox`] the way to put them there. A publish that returned is durable; a
//! delivery that was not acknowledged comes again. Both may deliver a group twice: the store must be idempotent.
//!
//! - `embedded`: segments of checksummed records, group fsync, a durable consumer offset; one process
//! - `rabbitmq`: a quorum queue with publisher confirms and a single active consumer; any number of processes
//! - `testing` (feature): a private RabbitMQ node for tests

mod consumer;
mod embedded;
mod error;
mod group;
mod inbox;
mod outbox;
mod publisher;
mod rabbitmq;
mod settings;
mod spool;
#[cfg(feature = "testing")]
pub mod testing;

pub use consumer::{Consumer, open_consumer};
pub use error::{ConsumeError, OpenError, PublishError};
pub use group::{DeadLetter, Delivery, Group, MAX_GROUP_BYTES, Route, Tag};
pub use inbox::{Inbox, Message, open_inbox};
pub use outbox::{Outbox, Outgoing, open_outbox};
pub use publisher::{Backlog, Publisher, open_publisher};
pub use settings::{Fsync, Settings};
pub use spool::Spool;
