//! The embedded queue: an append-only log in one folder, written and read by one process.
//!
//! ```text
//! <folder>/lock                                 held while the queue is open
//! <folder>/acknowledged                         the consumer's offset, see `offset`
//! <folder>/<first sequence>-<marker>.log        segments of records, see `record`
//! <folder>/damaged/<segment>-<offset>.bytes     stretches that do not read, kept as they are
//! <folder>/quarantine/<group id>.group, .reason groups that the database refuses
//! ```
//!
//! What must stay true: a sequence number is never used twice, also after a failed write; the readable end of a segment
//! moves only over bytes that the publisher was told are durable; the last segment of an earlier run is never appended to.

mod appender;
mod consumer;
mod log;
mod offset;
mod reader;
mod record;
mod segment;
mod writer;

use std::sync::Arc;

use crate::{Group, OpenError, PublishError, Settings};

pub(crate) use consumer::Consumer;

/// Handle of an open log; the folder is unlocked when the last handle and the consumer are gone.
#[derive(Debug, Clone)]
pub(crate) struct Queue(Arc<writer::Writer>);

impl Queue {
    pub(crate) async fn open(settings: &Settings) -> Result<Self, OpenError> {
        let settings = settings.clone();
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
}
