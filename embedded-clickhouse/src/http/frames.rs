//! ClickHouse's own compression of HTTP bodies (`compress=1`, `decompress=1`): frames of a CityHash128 checksum, method,
//! two lengths and data. <https://clickhouse.com/docs/interfaces/specs/NativeFormat>

use std::io::{self, Read};

use super::exception::{Exception, Reason};

const CHECKSUM: usize = 16;
const HEADER: usize = 9;
const LZ4: u8 = 0x82;
const ZSTD: u8 = 0x90;
const NONE: u8 = 0x02;
/// The engine's own bound on a block, raw or compressed.
const MAX_FRAME_BYTES: usize = 1 << 30;

/// Appends `data` as LZ4 frames to `out`.
pub(crate) fn compress(data: &[u8], out: &mut Vec<u8>) {
    for part in data.chunks(1 << 20) {
        let start = out.len();
        out.resize(start + CHECKSUM + HEADER, 0);
        let packed = lz4_flex::block::compress(part);
        out.extend_from_slice(&packed);
        let body = &mut out[start + CHECKSUM..];
        body[0] = LZ4;
        let length = body.len() as u32;
        body[1..5].copy_from_slice(&length.to_le_bytes());
        body[5..9].copy_from_slice(&(part.len() as u32).to_le_bytes());
        let checksum = checksum(body);
        out[start..start + CHECKSUM].copy_from_slice(&checksum);
    }
}

fn checksum(body: &[u8]) -> [u8; CHECKSUM] {
    cityhash_rs::cityhash_102_128(body).rotate_right(64).to_le_bytes()
}

/// Reads frames from `inner` as the bytes they hold.
pub(crate) struct FrameReader<R> {
    inner: R,
    frame: Vec<u8>,
    position: usize,
}

impl<R: Read> FrameReader<R> {
    pub(crate) fn new(inner: R) -> Self {
        Self {
            inner,
            frame: Vec::new(),
            position: 0,
        }
    }

    /// The next frame's content; None at the end of the body.
    fn next_frame(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut head = [0; CHECKSUM + HEADER];
        if self.inner.read(&mut head[..1])? == 0 {
            return Ok(None);
        }
        self.read_exactly_head(&mut head)?;
        let size = |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]) as usize;
        let (packed, raw) = (size(CHECKSUM + 1), size(CHECKSUM + 5));
        if !(HEADER..=MAX_FRAME_BYTES).contains(&packed) || raw > MAX_FRAME_BYTES {
            return Err(refused(
                Reason::CannotDecompress,
                format!("a frame of {packed} bytes for {raw} is not sensible"),
            ));
        }
        let mut body = head[CHECKSUM..].to_vec();
        let wanted = (packed - HEADER) as u64;
        // Grows with what arrives, not with what the header promises.
        let read = self.inner.by_ref().take(wanted).read_to_end(&mut body)? as u64;
        if read < wanted {
            return Err(refused(
                Reason::IncompleteBody,
                format!("a frame ends after {read} of {wanted} bytes"),
            ));
        }
        if checksum(&body)[..] != head[..CHECKSUM] {
            return Err(refused(
                Reason::ChecksumMismatch,
                "the checksum of a compressed frame does not match",
            ));
        }
        unpack(&body, raw).map(Some)
    }

    fn read_exactly_head(&mut self, head: &mut [u8]) -> io::Result<()> {
        self.inner
            .read_exact(&mut head[1..])
            .map_err(|error| match error.kind() {
                io::ErrorKind::UnexpectedEof => refused(Reason::IncompleteBody, "the body ends within a frame's head"),
                _ => error,
            })
    }
}

fn unpack(body: &[u8], raw: usize) -> io::Result<Vec<u8>> {
    let data = &body[HEADER..];
    let unpacked = match body[0] {
        NONE => Ok(data.to_vec()),
        // The decoder stops at `raw` bytes; LZ4 packs at most 255 to 1.
        LZ4 if raw / 256 > data.len() => Err("lengths do not fit".to_owned()),
        LZ4 => lz4_flex::block::decompress(data, raw).map_err(|error| error.to_string()),
        ZSTD => unzstd(data, raw),
        method => Err(format!("unknown method {method:#04x}")),
    };
    match unpacked {
        Ok(bytes) if bytes.len() == raw => Ok(bytes),
        Ok(bytes) => Err(refused(
            Reason::CannotDecompress,
            format!("a frame holds {} bytes instead of {raw}", bytes.len()),
        )),
        Err(reason) => Err(refused(
            Reason::CannotDecompress,
            format!("cannot decompress a frame: {reason}"),
        )),
    }
}

fn unzstd(data: &[u8], raw: usize) -> Result<Vec<u8>, String> {
    let decoder = ruzstd::decoding::StreamingDecoder::new(data).map_err(|error| error.to_string())?;
    let mut out = Vec::new();
    decoder
        .take(raw as u64 + 1)
        .read_to_end(&mut out)
        .map_err(|error| error.to_string())?;
    Ok(out)
}

impl<R: Read> Read for FrameReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.position == self.frame.len() {
            match self.next_frame()? {
                Some(frame) => (self.frame, self.position) = (frame, 0),
                None => return Ok(0),
            }
        }
        let length = buffer.len().min(self.frame.len() - self.position);
        buffer[..length].copy_from_slice(&self.frame[self.position..self.position + length]);
        self.position += length;
        Ok(length)
    }
}

/// Carries an exception through `io::Read`; [`exception`] takes it out again.
#[derive(Debug)]
struct Carried(Exception);

impl std::fmt::Display for Carried {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.text)
    }
}

impl std::error::Error for Carried {}

pub(crate) fn carry(exception: Exception) -> io::Error {
    io::Error::other(Carried(exception))
}

pub(crate) fn refused(reason: Reason, message: impl AsRef<str>) -> io::Error {
    carry(reason.because(message))
}

/// The exception behind a failed read of the body.
pub(crate) fn exception(error: io::Error) -> Exception {
    match error.downcast::<Carried>() {
        Ok(Carried(exception)) => exception,
        Err(error) => Reason::CannotDecompress.because(format!("cannot read the request's body: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_back_what_it_packed() {
        let data: Vec<u8> = (0..3_000_000u32).map(|index| (index / 7) as u8).collect();
        let mut packed = Vec::new();
        compress(&data, &mut packed);
        let mut unpacked = Vec::new();
        FrameReader::new(packed.as_slice()).read_to_end(&mut unpacked).unwrap();
        assert!(unpacked == data && packed.len() < data.len());
    }

    #[test]
    fn refuses_damaged_frames() {
        let mut packed = Vec::new();
        compress(b"some rows, some rows, some rows", &mut packed);
        let read = |bytes: &[u8]| FrameReader::new(bytes).read_to_end(&mut Vec::new()).map_err(exception);
        for end in 1..packed.len() {
            assert_eq!(read(&packed[..end]).unwrap_err().code, 33, "cut at {end}");
        }
        for index in 0..packed.len() {
            let mut damaged = packed.clone();
            damaged[index] ^= 1;
            assert!(read(&damaged).is_err(), "byte {index}");
        }
    }
}
