//! The embedded queue: append-only logs in one folder, written and read by one process. Each route has a log:
//!
//! ```text
//! <folder>/                                     accepted events
//! <folder>/quarantine/                          refused events
//! <folder>/entities/                            stores, products and other things that are no events
//!
//! lock                                 held while the log is open
//! acknowledged                         the consumer's offset, see `offset`
//! <first sequence>-<marker>.log        segments of records, see `record`
//! damaged/<segment>-<offset>.bytes     stretches that do not read, kept as they are
//! ```
//!
//! What must stay true: a sequence number is never used twice, also after a failed write; the readable end of a segment
//! moves only over bytes that the publisher was told are durable; the last segment of an earlier run is never appended to.

mod appender;
mod consumer;
mod log;
mod logs;
mod offset;
mod reader;
mod record;
mod segment;
mod writer;

use std::path::PathBuf;
use std::sync::Arc;

use crate::{Group, OpenError, PublishError, Settings};

pub(crate) use consumer::Consumer;
pub(crate) use logs::{Logs, folder, open_route};

/// Handle of an open log; the folder is unlocked when the last handle and the consumer are gone.
#[derive(Debug, Clone)]
pub(crate) struct Queue(Arc<writer::Writer>);

impl Queue {
    /// Opens the log in `folder`; of the settings it takes bound and fsync policy.
    pub(crate) async fn open(folder: PathBuf, settings: &Settings) -> Result<Self, OpenError> {
        let settings = Settings {
            queue_dir: folder,
            ..settings.clone()
        };
        let opened = tokio::task::spawn_blocking(move || writer::Writer::open(&settings)).await;
        let writer = opened.unwrap_or_else(|failed| std::panic::resume_unwind(failed.into_panic()))?;
        Ok(Self(Arc::new(writer)))
    }

    pub(crate) fn consumer(&self) -> Result<Consumer, OpenError> {
        Consumer::new(Arc::clone(&self.0))
    }

    pub(crate) async fn publish(&self, group: Group) -> Result<(), PublishError> {
        self.0.publish(group).await
    }

    pub(crate) fn is_ready(&self) -> bool {
        self.0.is_ready()
    }

    /// Groups that are not acknowledged.
    pub(crate) fn waiting(&self) -> u64 {
        self.0.log.waiting()
    }

    pub(crate) fn used_bytes(&self) -> u64 {
        self.0.log.used_bytes()
    }

    /// Stretches that did not read, since the folder was made.
    pub(crate) fn damaged(&self) -> u64 {
        self.0.log.damaged()
    }

    /// Removes the last segment too, if everything is acknowledged by then.
    pub(crate) fn remove_acknowledged(&self) {
        self.0.remove_acknowledged();
    }
}
