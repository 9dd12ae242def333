//! The bytes of a file behind gzip and encoding.

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::read::MultiGzDecoder;

use crate::Encoding;

/// RFC 1952, section 2.3.1.
const GZIP: [u8; 2] = [0x1f, 0x8b];
/// What is read of the file at once.
const CHUNK_BYTES: usize = 64 * 1_024;

/// UTF-8, if the file is what its encoding says.
pub(crate) struct Source {
    text: Box<dyn Read + Send>,
    pub(crate) taken: Taken,
}

/// How many bytes of the file itself have been read.
#[derive(Debug, Clone, Default)]
pub(crate) struct Taken(Arc<AtomicU64>);

impl Taken {
    pub(crate) fn bytes(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Source {
    /// `-` is the standard input.
    pub(crate) fn open(path: &Path, encoding: Encoding) -> io::Result<Self> {
        if path == Path::new("-") {
            return Self::of(io::stdin(), encoding);
        }
        let file = File::open(path)?;
        if file.metadata()?.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        Self::of(file, encoding)
    }

    /// Gzip is told by its first two bytes.
    pub(crate) fn of(mut file: impl Read + Send + 'static, encoding: Encoding) -> io::Result<Self> {
        let mut head = Vec::with_capacity(GZIP.len());
        (&mut file).take(GZIP.len() as u64).read_to_end(&mut head)?;
        let is_gzip = head == GZIP;
        let taken = Taken::default();
        let bytes = Counted {
            file: Cursor::new(head).chain(file),
            taken: taken.clone(),
        };
        let plain: Box<dyn Read + Send> = match is_gzip {
            true => Box::new(MultiGzDecoder::new(bytes)),
            false => Box::new(bytes),
        };
        let text = match encoding {
            Encoding::Utf8 => plain,
            Encoding::Latin1 => Box::new(Latin1::new(plain)),
        };
        Ok(Self { text, taken })
    }
}

impl Read for Source {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.text.read(buffer)
    }
}

struct Counted<R> {
    file: R,
    taken: Taken,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let bytes = self.file.read(buffer)?;
        self.taken.0.fetch_add(bytes as u64, Ordering::Relaxed);
        Ok(bytes)
    }
}

/// Each byte is the character of its number; above 127 two bytes of UTF-8.
struct Latin1<R> {
    file: R,
    bytes: Vec<u8>,
    text: String,
    /// What of `text` has been read.
    at: usize,
}

impl<R: Read> Latin1<R> {
    fn new(file: R) -> Self {
        Self {
            file,
            bytes: vec![0; CHUNK_BYTES],
            text: String::new(),
            at: 0,
        }
    }
}

impl<R: Read> Read for Latin1<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at == self.text.len() {
            let bytes = self.file.read(&mut self.bytes)?;
            self.text.clear();
            self.text
                .extend(self.bytes[..bytes].iter().map(|&byte| char::from(byte)));
            self.at = 0;
        }
        let read = (&self.text.as_bytes()[self.at..]).read(buffer)?;
        self.at += read;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latin1_becomes_utf8() {
        let mut source = Source::of(Cursor::new(b"caf\xe9;\xfcber\n".as_slice()), Encoding::Latin1).unwrap();
        let mut text = String::new();
        source.read_to_string(&mut text).unwrap();
        assert_eq!(text, "café;über\n");
        assert_eq!(source.taken.bytes(), 10);
    }
}
