//! The way from the gateway to the loader: RabbitMQ, or a log on disk, behind one interface.
//!
//! [`open_publisher`] gives a [`Publisher`], [`open_consumer`] a [`Consumer`]. A publish that returned is durable; a
//! delivery that was not acknowledged comes again. Both may deliver a group twice: the store must be idempotent.
//!
//! - `embedded`: segments of checksummed records, group fsync, a durable consumer offset; one process
//! - `rabbitmq`: a quorum queue with publisher confirms and a single active consumer; any number of processes
//! - `testing` (feature): a private RabbitMQ node for tests

mod consumer;
mod embedded;
mod error;
mod group;
mod publisher;
mod rabbitmq;
mod settings;
#[cfg(feature = "testing")]
pub mod testing;

pub use consumer::{Consumer, open_consumer};
pub use error::{ConsumeError, OpenError, PublishError};
pub use group::{Delivery, Group, MAX_GROUP_BYTES, Tag};
pub use publisher::{Publisher, open_publisher};
pub use settings::{Fsync, Settings};
