use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::sync::watch;
use tokio::task::{JoinError, JoinHandle};

use super::reader::Reader;
use super::segment::sync_folder;
use super::writer::Writer;
use crate::{ConsumeError, Delivery, Group, OpenError, PublishError, Tag};

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
                self.readable.changed().await.map_err(|_| ConsumeError::Closed)?;
            }
            self.ready.extend(deliveries);
        }
    }

    pub(crate) async fn acknowledge(&mut self, tag: Tag) -> Result<(), ConsumeError> {
        if self.handed_out.is_none_or(|last| tag > last) {
            return Err(ConsumeError::UnknownTag(tag));
        }
        let log = Arc::clone(&self.writer.log);
        let stored = tokio::task::spawn_blocking(move || log.acknowledge(tag.0 + 1)).await;
        joined(stored)?.map_err(|source| ConsumeError::Storage {
            action: "store the consumer's offset",
            source,
        })
    }

    pub(crate) async fn quarantine(&mut self, group: &Group, reason: &str) -> Result<(), ConsumeError> {
        let folder = self.writer.log.folder.join("quarantine");
        let (id, body, reason) = (group.id, group.body.clone(), reason.to_owned());
        let kept = tokio::task::spawn_blocking(move || {
            std::fs::create_dir_all(&folder)?;
            // The reason first: a group that is there has one.
            write_whole(&folder, &format!("{id}.reason"), reason.as_bytes())?;
            write_whole(&folder, &format!("{id}.group"), &body)
        });
        joined(kept.await)?.map_err(|failed| ConsumeError::Quarantine {
            id,
            source: PublishError::Storage {
                action: "write to its quarantine",
                source: Arc::new(failed),
            },
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

fn write_whole(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let unfinished = folder.join(format!("{name}.unfinished"));
    let mut file = File::create(&unfinished)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(unfinished, folder.join(name))?;
    sync_folder(folder)
}
