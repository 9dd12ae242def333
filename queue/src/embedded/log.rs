//! What writer, reader and acknowledger share: the folder, its lock, the list of segments, and where the consumer is.

use std::collections::VecDeque;
use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::offset::Offset;
use super::record::Marker;
use super::segment::{Segment, sync_folder};
use crate::OpenError;

const SEGMENT_BYTES: u64 = 32 * 1024 * 1024;
/// Room comes back by whole segments, so the queue has at least this many.
const SEGMENTS: u64 = 16;

#[derive(Debug)]
pub(super) struct Log {
    pub(super) folder: PathBuf,
    pub(super) max_bytes: u64,
    /// A segment is closed when it has grown to this.
    pub(super) segment_bytes: u64,
    segments: Mutex<Segments>,
    /// Held while the offset is written, so that acknowledging never waits inside the lock of the segments.
    offset: Mutex<Offset>,
    /// The sequence number behind the last record that may be read.
    readable: watch::Sender<u64>,
    /// Files in the folder `damaged`.
    damaged: AtomicU64,
    _lock: File,
}

#[derive(Debug)]
struct Segments {
    oldest_first: VecDeque<Segment>,
    acknowledged: u64,
    /// Below it, records were or may have been delivered.
    delivered: u64,
}

impl Log {
    pub(super) fn open(folder: &Path, max_bytes: u64) -> Result<Self, OpenError> {
        let at = |action| {
            move |source| OpenError::Folder {
                folder: folder.to_owned(),
                action,
                source,
            }
        };
        std::fs::create_dir_all(folder).map_err(at("create it"))?;
        let lock = lock_folder(folder)?;
        let offset = Offset::open(&folder.join("acknowledged")).map_err(at("read the offset"))?;
        let oldest_first = list(folder).map_err(at("read the segments"))?;
        let acknowledged = offset.sequence();
        let next = oldest_first
            .iter()
            .map(|segment| segment.end)
            .fold(acknowledged, u64::max);
        let log = Self {
            folder: folder.to_owned(),
            max_bytes,
            segment_bytes: SEGMENT_BYTES.min(max_bytes / SEGMENTS),
            segments: Mutex::new(Segments {
                oldest_first,
                acknowledged,
                delivered: next,
            }),
            offset: Mutex::new(offset),
            readable: watch::Sender::new(next),
            damaged: AtomicU64::new(count_damaged(folder).map_err(at("count what is damaged"))?),
            _lock: lock,
        };
        log.remove_acknowledged(true)
            .map_err(at("remove acknowledged segments"))?;
        Ok(log)
    }

    pub(super) fn used_bytes(&self) -> u64 {
        lock(&self.segments)
            .oldest_first
            .iter()
            .map(|segment| segment.bytes)
            .sum()
    }

    pub(super) fn damaged(&self) -> u64 {
        self.damaged.load(Ordering::Relaxed)
    }

    pub(super) fn note_damage(&self) {
        self.damaged.fetch_add(1, Ordering::Relaxed);
    }

    /// Follows [`Log::extend`].
    pub(super) fn readable(&self) -> watch::Receiver<u64> {
        self.readable.subscribe()
    }

    pub(super) fn next_sequence(&self) -> u64 {
        *self.readable.borrow()
    }

    pub(super) fn add(&self, segment: Segment) {
        lock(&self.segments).oldest_first.push_back(segment);
    }

    /// The last segment has grown: what stands in it up to `bytes` may be read.
    pub(super) fn extend(&self, bytes: u64, end: u64) {
        if let Some(last) = lock(&self.segments).oldest_first.back_mut() {
            last.bytes = bytes;
            last.end = end;
        }
        self.readable.send_replace(end);
    }

    /// The segment `from` or the next after it, and whether it is the last.
    pub(super) fn segment_from(&self, from: (u64, Marker)) -> Option<(Segment, bool)> {
        let segments = lock(&self.segments);
        let index = segments.oldest_first.partition_point(|segment| segment.key() < from);
        let segment = segments.oldest_first.get(index)?.clone();
        Some((segment, index + 1 == segments.oldest_first.len()))
    }

    /// The first sequence number that is not acknowledged.
    pub(super) fn acknowledged(&self) -> u64 {
        lock(&self.segments).acknowledged
    }

    /// Records that are not acknowledged; above zero it may count numbers that no record has.
    pub(super) fn waiting(&self) -> u64 {
        self.next_sequence().saturating_sub(self.acknowledged())
    }

    /// Notes the delivery; says whether there may have been one before.
    pub(super) fn note_delivery(&self, sequence: u64) -> bool {
        let mut segments = lock(&self.segments);
        let redelivered = sequence < segments.delivered;
        segments.delivered = segments.delivered.max(sequence + 1);
        redelivered
    }

    /// Forgets everything below `sequence`, durably, and makes room.
    pub(super) fn acknowledge(&self, sequence: u64) -> io::Result<()> {
        let mut offset = lock(&self.offset);
        if sequence <= offset.sequence() {
            return Ok(());
        }
        offset.store(sequence)?;
        lock(&self.segments).acknowledged = sequence;
        self.remove_acknowledged(false)
    }

    /// The last segment may go too when nobody writes to it.
    pub(super) fn remove_acknowledged(&self, with_last: bool) -> io::Result<()> {
        loop {
            let path = {
                let segments = lock(&self.segments);
                let removable = segments.oldest_first.len() > usize::from(!with_last);
                match segments.oldest_first.front() {
                    Some(first) if removable && first.end <= segments.acknowledged => first.path.clone(),
                    _ => return Ok(()),
                }
            };
            match std::fs::remove_file(&path) {
                Err(failed) if failed.kind() != io::ErrorKind::NotFound => return Err(failed),
                _ => {}
            }
            let mut segments = lock(&self.segments);
            if segments.oldest_first.front().is_some_and(|first| first.path == path) {
                segments.oldest_first.pop_front();
            }
        }
    }
}

/// No critical section leaves its data half changed, so a panic elsewhere does not matter here.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn lock_folder(folder: &Path) -> Result<File, OpenError> {
    let failed = |source| OpenError::Folder {
        folder: folder.to_owned(),
        action: "lock it",
        source,
    };
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .open(folder.join("lock"))
        .map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::Locked {
            folder: folder.to_owned(),
        }),
        Err(TryLockError::Error(source)) => Err(failed(source)),
    }
}

fn count_damaged(folder: &Path) -> io::Result<u64> {
    match std::fs::read_dir(folder.join("damaged")) {
        Ok(files) => Ok(files.count() as u64),
        Err(missing) if missing.kind() == io::ErrorKind::NotFound => Ok(0),
        Err(failed) => Err(failed),
    }
}

fn list(folder: &Path) -> io::Result<VecDeque<Segment>> {
    let mut segments = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        segments.extend(Segment::from_path(entry?.path())?);
    }
    segments.sort_unstable_by_key(Segment::key);
    // Backwards: a file that does not begin with a record of its own says nothing about the one before. And it is acknowledged
    // later than its name says: when a record behind it is, the reader has come by and kept what it holds.
    let mut end: Option<u64> = None;
    for segment in segments.iter_mut().rev() {
        let is_own = segment.begins_with_record()?;
        match end {
            Some(end) => segment.end = end + u64::from(!is_own),
            None => segment.recover()?,
        }
        if is_own {
            end = Some(segment.first);
        }
    }
    let mut before = 0;
    for segment in &mut segments {
        segment.end = segment.end.max(before);
        before = segment.end + 1;
    }
    sync_folder(folder)?;
    Ok(segments.into())
}
