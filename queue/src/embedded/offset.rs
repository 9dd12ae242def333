//! The consumer's offset on disk: two slots of `sequence u64, count u64, crc32c u32`, written in turn, the larger count
//! counts. Written in place, because on a full disk acknowledging must still work: it is what makes room.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

/// Slots lie in different sectors, so a torn write breaks one of them.
const SLOT_BYTES: u64 = 4_096;
const VALUE_BYTES: usize = 20;

#[derive(Debug)]
pub(super) struct Offset {
    file: File,
    count: u64,
    sequence: u64,
}

impl Offset {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let is_new = !path.try_exists()?;
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)?;
        let slots = [read(&file, 0)?, read(&file, 1)?];
        let newest = slots.into_iter().flatten().max_by_key(|slot| slot.1);
        if newest.is_none() && !is_new {
            tracing::error!(file = %path.display(), "the queue's offset does not read: every group on disk is delivered again");
        }
        let (sequence, count) = newest.unwrap_or((0, 0));
        let mut offset = Self { file, count, sequence };
        if newest.is_none() {
            offset.store(0)?;
            offset.store(0)?;
        }
        Ok(offset)
    }

    /// The first sequence number that is not acknowledged.
    pub(super) fn sequence(&self) -> u64 {
        self.sequence
    }

    /// Durable when it returns.
    pub(super) fn store(&mut self, sequence: u64) -> io::Result<()> {
        let count = self.count + 1;
        let mut slot = [0; VALUE_BYTES];
        slot[..8].copy_from_slice(&sequence.to_le_bytes());
        slot[8..16].copy_from_slice(&count.to_le_bytes());
        let checksum = crc32c::crc32c(&slot[..16]);
        slot[16..].copy_from_slice(&checksum.to_le_bytes());
        self.file.write_all_at(&slot, count % 2 * SLOT_BYTES)?;
        self.file.sync_data()?;
        self.count = count;
        self.sequence = sequence;
        Ok(())
    }
}

/// Sequence and count; `None` if the slot was never written whole.
fn read(file: &File, slot: u64) -> io::Result<Option<(u64, u64)>> {
    let mut value = [0; VALUE_BYTES];
    match file.read_exact_at(&mut value, slot * SLOT_BYTES) {
        Ok(()) => {}
        Err(short) if short.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(failed) => return Err(failed),
    }
    let number = |at: usize| {
        value[at..at + 8]
            .iter()
            .rev()
            .fold(0, |number, &byte| number << 8 | u64::from(byte))
    };
    let stored = u32::from_le_bytes([value[16], value[17], value[18], value[19]]);
    Ok((crc32c::crc32c(&value[..16]) == stored).then(|| (number(0), number(8))))
}
