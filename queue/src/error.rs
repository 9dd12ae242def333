use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use crate::Tag;

#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error(
        "queue folder {} belongs to another process, and one process only can own it: give each its own (--queue-dir); \
         to run gateway and loader apart use RabbitMQ (--amqp-url)", folder.display()
    )]
    Locked { folder: PathBuf },
    #[error("queue folder {}: cannot {action}", folder.display())]
    Folder {
        folder: PathBuf,
        action: &'static str,
        source: io::Error,
    },
    #[error("the embedded queue in {} already has its one consumer", folder.display())]
    ConsumerTaken { folder: PathBuf },
    #[error("the publisher and the settings name different queues")]
    OtherQueue,
    #[error("the spool cannot be read")]
    Spool { source: ConsumeError },
    #[error("the inbox clickpath.in is a queue of RabbitMQ: set --amqp-url")]
    NoInbox,
    /// The text never holds the password.
    #[error("AMQP address {address} is not valid: {reason}")]
    Address { address: String, reason: String },
    #[error("no RabbitMQ at {address}")]
    Unreachable { address: String, source: lapin::Error },
    #[error("no answer from RabbitMQ at {address} within {} s", after.as_secs_f32())]
    Silent { address: String, after: Duration },
    #[error("RabbitMQ at {address} refuses to declare {name}")]
    Topology {
        address: String,
        name: &'static str,
        source: lapin::Error,
    },
}

impl OpenError {
    /// The broker does not answer, rather than refuse what it is asked.
    pub(crate) fn is_broker_away(&self) -> bool {
        match self {
            Self::Silent { .. } => true,
            Self::Unreachable { source, .. } => source.is_io_error(),
            _ => false,
        }
    }
}

/// The group may not be durable; [`PublishError::is_temporary`] says whether sending the same group again can help.
#[derive(Debug, Clone, thiserror::Error)]
pub enum PublishError {
    #[error("the queue on disk is full: {used_bytes} of {max_bytes} bytes wait")]
    Full { used_bytes: u64, max_bytes: u64 },
    #[error("group {id} has {bytes} bytes, the limit is {max_bytes}")]
    TooLarge { id: Uuid, bytes: usize, max_bytes: usize },
    /// Disk full, or a failing disk. The log goes on by itself when writing works again.
    #[error("the queue on disk cannot {action}")]
    Storage {
        action: &'static str,
        source: Arc<io::Error>,
    },
    #[error("the queue is closed")]
    Closed,
    /// Connection lost, or publishing blocked by the broker.
    #[error("RabbitMQ is unavailable: {reason}; retry after {} ms", retry_after.as_millis())]
    Unavailable { retry_after: Duration, reason: String },
    /// Happens while a quorum queue elects a leader: send again.
    #[error("RabbitMQ did not take group {id}")]
    Nacked { id: Uuid },
    /// Exchange, queue or binding is missing: somebody deleted it.
    #[error("RabbitMQ has no queue for group {id}: {code} {text}")]
    Returned { id: Uuid, code: u16, text: String },
    #[error("RabbitMQ did not confirm group {id} within {} ms", after.as_millis())]
    Timeout { id: Uuid, after: Duration },
}

impl PublishError {
    /// Sending the same group again, later, can succeed without a change by the operator or the caller.
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Full { .. }
            | Self::Storage { .. }
            | Self::Unavailable { .. }
            | Self::Nacked { .. }
            | Self::Timeout { .. } => true,
            // The topology comes back with the operator, an oversized group stays so, a closed queue is a shutdown.
            Self::TooLarge { .. } | Self::Returned { .. } | Self::Closed => false,
        }
    }

    /// How long to wait before the next try; `None` where trying again cannot help.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Unavailable { retry_after, .. } => Some(*retry_after),
            Self::Nacked { .. } => Some(Duration::from_millis(100)),
            Self::Full { .. } | Self::Storage { .. } | Self::Timeout { .. } => Some(Duration::from_secs(1)),
            Self::TooLarge { .. } | Self::Returned { .. } | Self::Closed => None,
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum ConsumeError {
    #[error("the queue on disk cannot {action}")]
    Storage { action: &'static str, source: io::Error },
    /// Tags come from [`Consumer::next`](crate::Consumer::next) of the same consumer.
    #[error("delivery {0:?} was never handed out")]
    UnknownTag(Tag),
    /// The connection is being made again; asking later can help.
    #[error("RabbitMQ is unavailable: {reason}")]
    Unavailable { reason: String },
    /// The broker answered. A delivery of its own, or the end of the other consumer, settles it.
    #[error("no message waits in {queue}, and another consumer may have what was in it")]
    Elsewhere { queue: &'static str },
    #[error("the queue is closed")]
    Closed,
}
