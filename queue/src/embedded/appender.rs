//! Writes blocks of records to the last segment, and what to do when that fails.
//!
//! After a failed write the segment is cut back to its last good byte and goes on. After a failed fsync the page cache
//! proves nothing any more: the segment is closed at its last good byte and the next block starts a new one. Either way the block's
//! publishes fail, and its sequence numbers are not used again.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::log::Log;
use super::record::{self, HEADER_BYTES};
use super::segment::Segment;
use crate::{Fsync, Group, PublishError, Settings};

/// Enough for a segment to start with.
const PROBE_BYTES: usize = 128 * 1024;

pub(super) struct Appender {
    log: Arc<Log>,
    policy: Fsync,
    interval: Duration,
    /// The last segment, while it is good to append to.
    active: Option<Active>,
    next_sequence: u64,
    /// What the block being collected will have.
    admitted_bytes: u64,
    block: Vec<u8>,
    /// When the first byte was written that no fsync covers; under [`Fsync::Interval`] only.
    unsynced_since: Option<Instant>,
    /// The next block returns only after an fsync that worked, whatever the policy.
    sync_failed: bool,
    #[cfg(test)]
    pub(super) failing_syncs: Arc<std::sync::atomic::AtomicU32>,
}

struct Active {
    file: File,
    segment: Segment,
}

impl Appender {
    pub(super) fn new(log: Arc<Log>, settings: &Settings) -> Self {
        Self {
            next_sequence: log.next_sequence(),
            log,
            policy: settings.queue_fsync,
            interval: settings.fsync_interval(),
            active: None,
            admitted_bytes: 0,
            block: Vec::new(),
            unsynced_since: None,
            sync_failed: false,
            #[cfg(test)]
            failing_syncs: Arc::default(),
        }
    }

    /// Counts the group into the next block, unless the queue would outgrow its bound.
    pub(super) fn admit(&mut self, group: &Group) -> Result<(), PublishError> {
        let bytes = (HEADER_BYTES + group.body.len()) as u64;
        if self.used_bytes() + bytes > self.log.max_bytes {
            self.close_acknowledged();
        }
        let used_bytes = self.used_bytes();
        if used_bytes + bytes > self.log.max_bytes {
            return Err(PublishError::Full {
                used_bytes,
                max_bytes: self.log.max_bytes,
            });
        }
        self.admitted_bytes += bytes;
        Ok(())
    }

    pub(super) fn admitted_bytes(&self) -> u64 {
        self.admitted_bytes
    }

    /// Writes the admitted groups; under [`Fsync::Always`] they are on the disk when it returns.
    pub(super) fn write_block<'a>(&mut self, groups: impl Iterator<Item = &'a Group>) -> Result<(), PublishError> {
        self.admitted_bytes = 0;
        let mut active = match self.take_active() {
            Ok(active) => active,
            Err(failed) => return Err(storage("start a segment", failed)),
        };
        self.block.clear();
        for group in groups {
            record::append(&mut self.block, active.segment.marker, self.next_sequence, group);
            self.next_sequence += 1;
        }
        if let Err(failed) = active.file.write_all_at(&self.block, active.segment.bytes) {
            self.active = cut_back(active);
            return Err(storage("write to its segment", failed));
        }
        let good_bytes = active.segment.bytes;
        active.segment.bytes += self.block.len() as u64;
        let must_sync = self.policy == Fsync::Always || self.sync_failed;
        if must_sync && let Err(failed) = self.sync_file(&active.file) {
            active.segment.bytes = good_bytes;
            // Closed even where cutting back works: nothing tells which of its pages are on the disk.
            drop(cut_back(active));
            return Err(storage("fsync its segment", failed));
        }
        if !must_sync {
            self.unsynced_since.get_or_insert_with(Instant::now);
        }
        self.log.extend(active.segment.bytes, self.next_sequence);
        self.active = Some(active);
        match self.sync_due() {
            Some(due) if due <= Instant::now() => self.sync(),
            _ => Ok(()),
        }
    }

    /// When [`Appender::sync`] is to be called at the latest.
    pub(super) fn sync_due(&self) -> Option<Instant> {
        Some(self.unsynced_since? + self.interval)
    }

    /// Makes durable what was written under [`Fsync::Interval`]; if that fails, those groups are not safe from loss of power.
    pub(super) fn sync(&mut self) -> Result<(), PublishError> {
        let active = match self.unsynced_since.take() {
            Some(_) => self.active.take(),
            None => return Ok(()),
        };
        let Some(active) = active else { return Ok(()) };
        self.sync_file(&active.file)
            .map_err(|failed| storage("fsync the last interval's groups", failed))?;
        self.active = Some(active);
        Ok(())
    }

    /// Whether the disk takes bytes again.
    pub(super) fn probe(&self) -> Result<(), PublishError> {
        let path = self.log.folder.join("probe");
        let written = std::fs::write(&path, [0; PROBE_BYTES]).and_then(|()| File::open(&path)?.sync_all());
        // Also when it failed: what was written of it is in the way.
        let removed = std::fs::remove_file(&path);
        written
            .and(removed)
            .map_err(|failed| storage("write to its folder", failed))
    }

    fn sync_file(&mut self, file: &File) -> io::Result<()> {
        #[cfg(test)]
        if std::sync::atomic::AtomicU32::fetch_update(&self.failing_syncs, RELAXED, RELAXED, |left| left.checked_sub(1))
            .is_ok()
        {
            self.sync_failed = true;
            return Err(io::Error::other("injected"));
        }
        let synced = file.sync_data();
        self.sync_failed = synced.is_err();
        synced
    }

    /// The segment to append to, a new one if there is none or it is full. An error leaves none.
    fn take_active(&mut self) -> io::Result<Active> {
        if let Some(active) = self.active.take() {
            if active.segment.bytes < self.log.segment_bytes {
                return Ok(active);
            }
            if self.unsynced_since.take().is_some() {
                self.sync_file(&active.file)?;
            }
        }
        let (segment, file) = Segment::create(&self.log.folder, self.next_sequence)?;
        self.log.add(segment.clone());
        Ok(Active { file, segment })
    }

    fn used_bytes(&self) -> u64 {
        self.log.used_bytes() + self.admitted_bytes
    }

    /// Makes room: a last segment that is acknowledged as a whole goes too.
    pub(super) fn close_acknowledged(&mut self) {
        if self.log.next_sequence() > self.log.acknowledged() {
            return;
        }
        self.active = None;
        self.unsynced_since = None;
        if let Err(failed) = self.log.remove_acknowledged(true) {
            tracing::error!(error = %failed, "the queue cannot remove an acknowledged segment");
        }
    }
}

/// Removes what a failed block left behind the last good byte. `None`: it cannot, and the segment is closed; its tail is then delivered or cut
/// at the next start, both of which a failed publish allows.
fn cut_back(active: Active) -> Option<Active> {
    match active.file.set_len(active.segment.bytes) {
        Ok(()) => Some(active),
        Err(failed) => {
            tracing::error!(segment = %active.segment.path.display(), error = %failed, "the queue closes a segment it cannot cut back");
            None
        }
    }
}

fn storage(action: &'static str, source: io::Error) -> PublishError {
    PublishError::Storage {
        action,
        source: Arc::new(source),
    }
}

#[cfg(test)]
const RELAXED: std::sync::atomic::Ordering = std::sync::atomic::Ordering::Relaxed;

#[cfg(test)]
mod tests {
    use super::super::reader::Reader;
    use super::*;

    fn group(number: u64) -> Group {
        Group {
            id: uuid::Uuid::from_u64_pair(1, number),
            body: bytes::Bytes::from(vec![number as u8; 100]),
        }
    }

    fn open(folder: &std::path::Path, policy: Fsync) -> (Appender, Reader) {
        let settings = Settings {
            queue_fsync: policy,
            ..Settings::embedded(folder)
        };
        let log = Arc::new(Log::open(folder, settings.queue_max_bytes).unwrap());
        (Appender::new(Arc::clone(&log), &settings), Reader::new(log))
    }

    fn write(appender: &mut Appender, number: u64) -> Result<(), PublishError> {
        appender.admit(&group(number))?;
        appender.write_block([group(number)].iter())
    }

    fn read(reader: &mut Reader) -> Vec<u128> {
        let mut ids = Vec::new();
        loop {
            let deliveries = reader.read().unwrap();
            if deliveries.is_empty() {
                return ids;
            }
            ids.extend(
                deliveries
                    .iter()
                    .map(|delivery| delivery.group.id.as_u128() as u64 as u128),
            );
        }
    }

    #[test]
    fn failed_fsync_fails_publish_and_starts_segment() {
        let folder = tempfile::tempdir().unwrap();
        let (mut appender, mut reader) = open(folder.path(), Fsync::Always);
        write(&mut appender, 0).unwrap();
        let first = appender.active.as_ref().unwrap().segment.path.clone();
        appender.failing_syncs.store(2, RELAXED);
        assert!(matches!(write(&mut appender, 1), Err(PublishError::Storage { .. })));
        assert!(matches!(write(&mut appender, 2), Err(PublishError::Storage { .. })));
        write(&mut appender, 3).unwrap();
        assert_ne!(appender.active.as_ref().unwrap().segment.path, first);
        assert_eq!(read(&mut reader), [0, 3]);
        drop((appender, reader));
        assert_eq!(read(&mut open(folder.path(), Fsync::Always).1), [0, 3]);
    }

    #[test]
    fn interval_insists_on_fsync_after_failure() {
        let folder = tempfile::tempdir().unwrap();
        let (mut appender, mut reader) = open(folder.path(), Fsync::Interval);
        write(&mut appender, 0).unwrap();
        appender.failing_syncs.store(2, RELAXED);
        assert!(appender.sync().is_err());
        assert!(write(&mut appender, 1).is_err());
        write(&mut appender, 2).unwrap();
        appender.sync().unwrap();
        assert_eq!(read(&mut reader), [0, 2]);
    }
}
