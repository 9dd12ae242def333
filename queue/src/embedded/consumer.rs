use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::sync::watch;
use tokio::task::{JoinError, JoinHandle};

use super::reader::Reader;
use super::writer::Writer;
use crate::{ConsumeError, Delivery, OpenError, Tag};

type Reading = JoinHandle<(Reader, io::Result<Vec<Delivery>>)>;

/// The one consumer of a log; the place is free again when it is dropped.
#[derive(Debug)]
pub(crate) struct Consumer {
    writer: Arc<Writer>,
    readable: watch::Receiver<u64>,
    /// Away while `reading` runs.
    reader: Option<Reader>,
    /// Kept when `next` is dropped meanwhile: the following call picks up the result.
    reading: Option<Reading>,
    /// Read and not handed out yet.
    ready: VecDeque<Delivery>,
    handed_out: Option<Tag>,
}

impl Consumer {
    pub(super) fn new(writer: Arc<Writer>) -> Result<Self, OpenError> {
        if writer.has_consumer.swap(true, Ordering::AcqRel) {
            return Err(OpenError::ConsumerTaken {
                folder: writer.log.folder.clone(),
            });
        }
        Ok(Self {
            readable: writer.log.readable(),
            reader: Some(Reader::new(Arc::clone(&writer.log))),
            reading: None,
            writer,
            ready: VecDeque::new(),
            handed_out: None,
        })
    }

    pub(crate) async fn next(&mut self) -> Result<Delivery, ConsumeError> {
        loop {
            if let Some(delivery) = self.ready.pop_front() {
                self.handed_out = Some(delivery.tag);
                return Ok(delivery);
            }
            self.readable.mark_unchanged();
            let deliveries = self.read().await?;
            if deliveries.is_empty() {
                self.pass_missing_numbers().await?;
                self.readable.changed().await.map_err(|_| ConsumeError::Closed)?;
            }
            self.ready.extend(deliveries);
        }
    }

    pub(crate) async fn acknowledge(&mut self, tag: Tag) -> Result<(), ConsumeError> {
        if self.handed_out.is_none_or(|last| tag > last) {
            return Err(ConsumeError::UnknownTag(tag));
        }
        self.store_offset(tag.0 + 1).await
    }

    pub(crate) async fn backlog(&mut self) -> Result<u64, ConsumeError> {
        // What was read ahead first: it moves the reader over numbers that no record has.
        if self.ready.is_empty() {
            let deliveries = self.read().await?;
            self.ready.extend(deliveries);
        }
        let next = self.ready.front().map_or_else(
            || self.reader.as_ref().map_or(0, Reader::next_sequence),
            |delivery| delivery.tag.0,
        );
        Ok(self.writer.log.next_sequence().saturating_sub(next))
    }

    /// At the end of the log with nothing in hand: numbers that no record has count as acknowledged, so that the log counts as empty.
    async fn pass_missing_numbers(&mut self) -> Result<(), ConsumeError> {
        let end = self.reader.as_ref().map_or(0, Reader::next_sequence);
        let acknowledged = self.writer.log.acknowledged();
        let in_hand = self.handed_out.is_some_and(|last| last.0 >= acknowledged);
        if in_hand || end <= acknowledged {
            return Ok(());
        }
        self.store_offset(end).await
    }

    async fn store_offset(&self, sequence: u64) -> Result<(), ConsumeError> {
        let log = Arc::clone(&self.writer.log);
        let stored = tokio::task::spawn_blocking(move || log.acknowledge(sequence)).await;
        joined(stored)?.map_err(|source| ConsumeError::Storage {
            action: "store the consumer's offset",
            source,
        })
    }

    async fn read(&mut self) -> Result<Vec<Delivery>, ConsumeError> {
        if let Some(mut reader) = self.reader.take_if(|reader| reader.is_behind()) {
            self.reading = Some(tokio::task::spawn_blocking(move || {
                let read = reader.read();
                (reader, read)
            }));
        }
        let Some(reading) = &mut self.reading else {
            return if self.reader.is_some() {
                Ok(Vec::new())
            } else {
                Err(ConsumeError::Closed)
            };
        };
        let finished = reading.await;
        self.reading = None;
        let (reader, read) = joined(finished)?;
        self.reader = Some(reader);
        read.map_err(|source| ConsumeError::Storage {
            action: "read its segment",
            source,
        })
    }
}

impl Drop for Consumer {
    fn drop(&mut self) {
        self.writer.has_consumer.store(false, Ordering::Release);
    }
}

/// A blocking task ends without its result only by its panic or the runtime's shutdown.
fn joined<T>(finished: Result<T, JoinError>) -> Result<T, ConsumeError> {
    finished.map_err(|failed| match failed.try_into_panic() {
        Ok(panic) => std::panic::resume_unwind(panic),
        Err(_) => ConsumeError::Closed,
    })
}
