//! A window over a source that moves from record to record.

use std::io::{self, Read};

/// What is read at once.
const CHUNK_BYTES: usize = 256 * 1_024;

/// The record at hand in one piece, and what was read beyond it.
pub(crate) struct Window<R> {
    source: R,
    bytes: Vec<u8>,
    /// Of the record at hand.
    start: usize,
    /// What has been looked at, from `start` on.
    at: usize,
    filled: usize,
    ended: bool,
    limit: usize,
    /// Before the record at hand.
    passed: Passed,
    /// Behind it, once that was asked.
    passed_with_record: Option<Passed>,
}

/// What lies before the record at hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Passed {
    pub(crate) bytes: u64,
    /// CRC-32C of these bytes.
    pub(crate) checksum: u32,
}

/// Whether there is more to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fill {
    More,
    /// The record at hand is as long as it may be.
    Full,
    End,
}

impl<R: Read> Window<R> {
    /// `limit` is the most bytes that a record may have.
    pub(crate) fn new(source: R, limit: usize) -> Self {
        Self {
            source,
            bytes: vec![0; CHUNK_BYTES.min(limit)],
            start: 0,
            at: 0,
            filled: 0,
            ended: false,
            limit,
            passed: Passed::default(),
            passed_with_record: None,
        }
    }

    /// The record at hand as far as it has been looked at.
    pub(crate) fn record(&self) -> &[u8] {
        &self.bytes[self.start..self.at]
    }

    pub(crate) fn ahead(&self) -> &[u8] {
        &self.bytes[self.at..self.filled]
    }

    pub(crate) fn advance(&mut self, bytes: usize) {
        self.passed_with_record = None;
        self.at += bytes;
    }

    /// Leaves the record at hand behind.
    pub(crate) fn begin(&mut self) {
        self.passed = self.passed();
        self.passed_with_record = None;
        self.start = self.at;
    }

    /// Up to where has been looked at.
    pub(crate) fn passed(&mut self) -> Passed {
        let record = &self.bytes[self.start..self.at];
        let before = self.passed;
        *self.passed_with_record.get_or_insert_with(|| Passed {
            bytes: before.bytes + record.len() as u64,
            checksum: crc32c::crc32c_append(before.checksum, record),
        })
    }

    /// Reads more of the source behind what there is.
    pub(crate) fn fill(&mut self) -> io::Result<Fill> {
        if self.ended {
            return Ok(Fill::End);
        }
        if self.filled == self.bytes.len() {
            if self.start > 0 {
                self.bytes.copy_within(self.start..self.filled, 0);
                self.at -= self.start;
                self.filled -= self.start;
                self.start = 0;
            } else if self.bytes.len() >= self.limit {
                return Ok(Fill::Full);
            } else {
                self.bytes.resize((self.bytes.len() * 2).min(self.limit), 0);
            }
        }
        loop {
            match self.source.read(&mut self.bytes[self.filled..]) {
                Ok(0) => {
                    self.ended = true;
                    return Ok(Fill::End);
                }
                Ok(bytes) => {
                    self.filled += bytes;
                    return Ok(Fill::More);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// The source's first line, and what was read with it; it may be cut where it is longer than a chunk.
    pub(crate) fn head(&mut self) -> io::Result<&[u8]> {
        while memchr::memchr(b'\n', self.ahead()).is_none()
            && self.filled < self.bytes.len()
            && self.fill()? == Fill::More
        {}
        Ok(self.ahead())
    }
}
