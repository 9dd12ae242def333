//! The reading side: walks the segments from the consumer's offset, a stretch of bytes at a time.

use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;

use super::log::Log;
use super::record::{self, Marker, Parsed};
use super::segment::{Next, Segment, next_good, sync_folder};
use crate::{Delivery, Group, Tag};

/// Read at once; a larger record is read alone.
const STRETCH_BYTES: u64 = 1024 * 1024;

#[derive(Debug)]
pub(super) struct Reader {
    log: Arc<Log>,
    /// Records below it are acknowledged or handed out.
    next_sequence: u64,
    /// The current segment, or the next one after.
    segment: (u64, Marker),
    offset: u64,
    file: Option<File>,
}

impl Reader {
    pub(super) fn new(log: Arc<Log>) -> Self {
        Self {
            next_sequence: log.acknowledged(),
            log,
            segment: (0, 0),
            offset: 0,
            file: None,
        }
    }

    /// Whether there may be something to read.
    pub(super) fn is_behind(&self) -> bool {
        self.next_sequence < self.log.next_sequence()
    }

    pub(super) fn next_sequence(&self) -> u64 {
        self.next_sequence
    }

    /// The next deliveries, a stretch at most; none when everything readable was read.
    pub(super) fn read(&mut self) -> io::Result<Vec<Delivery>> {
        while let Some((segment, is_last)) = self.log.segment_from(self.segment) {
            if segment.key() != self.segment {
                self.enter(segment.key());
            }
            if self.offset < segment.bytes {
                let deliveries = self.read_stretch(&segment)?;
                if !deliveries.is_empty() {
                    return Ok(deliveries);
                }
            } else if is_last {
                // A failed block or damage leaves numbers that no record has.
                self.next_sequence = self.next_sequence.max(segment.end);
                break;
            } else {
                let (first, marker) = segment.key();
                self.enter(marker.checked_add(1).map_or((first + 1, 0), |marker| (first, marker)));
            }
        }
        Ok(Vec::new())
    }

    fn enter(&mut self, segment: (u64, Marker)) {
        self.segment = segment;
        self.offset = 0;
        self.file = None;
    }

    fn read_stretch(&mut self, segment: &Segment) -> io::Result<Vec<Delivery>> {
        let mut stretch_bytes = STRETCH_BYTES;
        loop {
            let stretch = Bytes::from(self.read_bytes(segment, stretch_bytes)?);
            let mut deliveries = Vec::new();
            let mut at = 0;
            let stopped = loop {
                match record::parse(&stretch[at..], segment.marker) {
                    Parsed::Record(record) => {
                        at += record.len();
                        if record.sequence >= self.next_sequence {
                            self.next_sequence = record.sequence + 1;
                            let body = stretch.slice_ref(record.body);
                            deliveries.push(self.deliver(record.sequence, Group { id: record.id, body }));
                        }
                    }
                    stopped => break stopped,
                }
            };
            self.offset += at as u64;
            let left = segment.bytes - self.offset;
            match stopped {
                _ if left == 0 => {}
                Parsed::Short(needed) if needed as u64 <= left => {
                    if at == 0 {
                        stretch_bytes = needed as u64;
                        continue;
                    }
                }
                _ => self.skip_damage(segment)?,
            }
            return Ok(deliveries);
        }
    }

    fn deliver(&self, sequence: u64, group: Group) -> Delivery {
        Delivery {
            tag: Tag(sequence),
            redelivered: self.log.note_delivery(sequence),
            epoch: 0,
            dead_letter: None,
            traceparent: None,
            group,
        }
    }

    /// Moves to the next record that reads, and keeps what it skips in a file of its own.
    fn skip_damage(&mut self, segment: &Segment) -> io::Result<()> {
        let bytes = self.read_bytes(segment, u64::MAX)?;
        let (length, is_torn) = match next_good(&bytes, segment.marker) {
            Next::Record(_) => return Ok(()),
            Next::Damaged(length) => (length, false),
            Next::Torn => (bytes.len(), true),
        };
        let (offset, path) = (self.offset, segment.path.display());
        if is_torn {
            tracing::warn!(segment = %path, offset, length, "the queue skips an unfinished write");
        } else {
            self.log.note_damage();
            let kept = set_aside(&self.log.folder, segment, offset, &bytes[..length]);
            let kept = kept.map_or_else(
                |failed| format!("not kept: {failed}"),
                |()| "kept in the folder `damaged`".to_owned(),
            );
            tracing::error!(segment = %path, offset, length, bytes = kept, "a stretch of the queue is damaged and skipped");
        }
        self.offset += length as u64;
        Ok(())
    }

    fn read_bytes(&mut self, segment: &Segment, at_most: u64) -> io::Result<Vec<u8>> {
        let length = at_most.min(segment.bytes - self.offset);
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(File::open(&segment.path)?),
        };
        let mut bytes = vec![0; length as usize];
        file.read_exact_at(&mut bytes, self.offset)?;
        Ok(bytes)
    }
}

fn set_aside(folder: &Path, segment: &Segment, offset: u64, bytes: &[u8]) -> io::Result<()> {
    let folder = folder.join("damaged");
    std::fs::create_dir_all(&folder)?;
    let stem = segment.path.file_stem().unwrap_or_default().to_string_lossy();
    let mut file = File::create(folder.join(format!("{stem}-{offset}.bytes")))?;
    file.write_all(bytes)?;
    file.sync_all()?;
    sync_folder(&folder)
}
