//! A segment: a file of records, named by the sequence number it starts at and the marker of its records.

use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use super::record::{self, Marker, Parsed};

/// No log gets so far; a larger number in a name is no work of ours, and counting on from it would overflow.
const LAST_FIRST: u64 = u64::MAX / 2;

#[derive(Debug, Clone)]
pub(super) struct Segment {
    /// No record in it has a smaller sequence number.
    pub(super) first: u64,
    /// Every record in it has a smaller sequence number.
    pub(super) end: u64,
    pub(super) marker: Marker,
    pub(super) path: PathBuf,
    /// Bytes that may be read; what lies behind them was never confirmed.
    pub(super) bytes: u64,
}

impl Segment {
    /// A new file, durable with its name, in which nothing stands yet.
    pub(super) fn create(folder: &Path, first: u64) -> io::Result<(Self, File)> {
        // The hasher's keys come from the system's random source.
        let marker = RandomState::new().hash_one(first) as Marker;
        let path = folder.join(format!("{first:020}-{marker:08x}.log"));
        let file = OpenOptions::new().write(true).create_new(true).open(&path)?;
        sync_folder(folder)?;
        let segment = Self {
            first,
            end: first,
            marker,
            path,
            bytes: 0,
        };
        Ok((segment, file))
    }

    /// The segment behind a file name; `None` for a file that is none.
    pub(super) fn from_path(path: PathBuf) -> io::Result<Option<Self>> {
        let Some((first, marker)) = parse_name(&path) else {
            return Ok(None);
        };
        let bytes = path.metadata()?.len();
        Ok(Some(Self {
            first,
            end: first,
            marker,
            path,
            bytes,
        }))
    }

    /// Its place among the segments. Two files with one first number are no work of ours, but both are read.
    pub(super) fn key(&self) -> (u64, Marker) {
        (self.first, self.marker)
    }

    /// Whether it holds what its name says, as far as its beginning tells.
    pub(super) fn begins_with_record(&self) -> io::Result<bool> {
        let mut header = [0; 4];
        match File::open(&self.path)?.read_exact_at(&mut header, 0) {
            Ok(()) => Ok(header == self.marker.to_le_bytes()),
            Err(short) if short.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
            Err(failed) => Err(failed),
        }
    }

    /// Finds out what the last segment of an earlier run holds, cuts what a crash left of an unfinished write, and makes the rest durable.
    pub(super) fn recover(&mut self) -> io::Result<()> {
        let bytes = std::fs::read(&self.path)?;
        let mut at = 0;
        while at < bytes.len() {
            match next_good(&bytes[at..], self.marker) {
                Next::Record(record) => {
                    self.end = self.end.max(record.sequence + 1);
                    at += record.len();
                }
                // The reader sets it aside when it comes by.
                Next::Damaged(length) => at += length,
                Next::Torn => {
                    let cut_bytes = bytes.len() - at;
                    tracing::warn!(segment = %self.path.display(), offset = at, cut_bytes, "cut an unfinished write off the queue");
                    self.bytes = at as u64;
                    break;
                }
            }
        }
        // The number in its name counts as used, so that the next segment has another.
        self.end = self.end.max(self.first + 1);
        let file = OpenOptions::new().write(true).open(&self.path)?;
        file.set_len(self.bytes)?;
        file.sync_all()
    }
}

pub(super) enum Next<'a> {
    Record(record::Record<'a>),
    /// So many bytes do not read; behind them is a record, or the end.
    Damaged(usize),
    /// Up to the end there is only the beginning of a record, or zeros: a write that did not finish.
    Torn,
}

/// What stands at the beginning of `bytes`, which reach to the end of the segment.
pub(super) fn next_good(bytes: &[u8], marker: Marker) -> Next<'_> {
    let parsed = record::parse(bytes, marker);
    if let Parsed::Record(record) = parsed {
        return Next::Record(record);
    }
    match record::find_next(bytes, marker) {
        Some(length) => Next::Damaged(length),
        None if matches!(parsed, Parsed::Short(_)) || bytes.iter().all(|&byte| byte == 0) => Next::Torn,
        None => Next::Damaged(bytes.len()),
    }
}

/// Makes created and removed names durable.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

fn parse_name(path: &Path) -> Option<(u64, Marker)> {
    if path.extension() != Some(OsStr::new("log")) {
        return None;
    }
    let (first, marker) = path.file_stem()?.to_str()?.split_once('-')?;
    let first = first.parse().ok().filter(|first| *first <= LAST_FIRST)?;
    Some((first, Marker::from_str_radix(marker, 16).ok()?))
}
