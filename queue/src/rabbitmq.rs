//! RabbitMQ: one message is one group, confirmed before a publish returns, acknowledged in blocks.
//!
//! Publisher and consumers hold a connection each, because a broker short of memory or disk stops reading from the
//! connections that publish, and acknowledgements must still pass. All reconnect in the background.

mod address;
mod consumer;
mod inbox;
mod link;
mod outlet;
mod parcel;
mod publisher;
mod session;
mod subscription;
mod topology;

pub(crate) use consumer::Consumer;
pub(crate) use inbox::Inbox;
pub(crate) use publisher::{Publisher, Sent};
pub(crate) use session::Backoff;
