//! The request's body: pumped from the socket by a task, read by the worker that runs the statement, one bounded
//! channel between them, so that a slow engine slows the client and not the memory.

use std::io::{self, BufRead, BufReader, Read};
use std::time::Duration;

use axum::body::Body;
use bytes::{Buf, Bytes};
use flate2::read::{MultiGzDecoder, ZlibDecoder};
use http_body_util::BodyExt;
use lz4_flex::frame::FrameDecoder;
use ruzstd::decoding::StreamingDecoder;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::exception::{Exception, Reason};
use super::frames::{FrameReader, refused};

/// ClickHouse's `receive_timeout`.
const SILENCE: Duration = Duration::from_secs(300);
/// What is read and thrown away after a refusal, so that the client gets to read the reason.
const DRAIN_BYTES: usize = 64 << 20;
const PIECES_AHEAD: usize = 4;

pub(crate) enum Piece {
    Data(Bytes),
    /// The body is complete. A channel that closes without it is a body cut short.
    End,
    Failed(Exception),
}

pub(crate) fn channel() -> (mpsc::Sender<Piece>, BodyReader) {
    let (sender, pieces) = mpsc::channel(PIECES_AHEAD);
    (
        sender,
        BodyReader {
            pieces,
            current: Bytes::new(),
            ended: false,
        },
    )
}

/// Hands the body over until it ends, the worker wants no more of it, or `stop` is cancelled.
pub(crate) async fn pump(mut body: Body, pieces: mpsc::Sender<Piece>, stop: CancellationToken) {
    loop {
        let piece = tokio::select! {
            piece = next_piece(&mut body) => piece,
            () = stop.cancelled() => Piece::Failed(Reason::Cancelled.because("the server is stopping")),
        };
        let last = !matches!(piece, Piece::Data(_));
        if pieces.send(piece).await.is_err() {
            return drain(body, stop).await;
        }
        if last {
            return;
        }
    }
}

async fn next_piece(body: &mut Body) -> Piece {
    match timeout(SILENCE, body.frame()).await {
        Ok(Some(Ok(frame))) => Piece::Data(frame.into_data().unwrap_or_default()),
        Ok(Some(Err(error))) => Piece::Failed(Reason::IncompleteBody.because(format!("the body broke off: {error}"))),
        Ok(None) => Piece::End,
        Err(_) => Piece::Failed(Reason::SocketTimeout.because("the client sent nothing for 300 seconds")),
    }
}

async fn drain(mut body: Body, stop: CancellationToken) {
    let mut left = DRAIN_BYTES;
    while left > 0 && !stop.is_cancelled() {
        match next_piece(&mut body).await {
            Piece::Data(data) => left = left.saturating_sub(data.len()),
            Piece::End | Piece::Failed(_) => return,
        }
    }
}

/// The worker's end of the body.
pub(crate) struct BodyReader {
    pieces: mpsc::Receiver<Piece>,
    current: Bytes,
    ended: bool,
}

impl Read for BodyReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.current.is_empty() && !self.ended {
            match self.pieces.blocking_recv() {
                Some(Piece::Data(data)) => self.current = data,
                Some(Piece::End) => self.ended = true,
                Some(Piece::Failed(exception)) => return Err(super::frames::carry(exception)),
                None => return Err(refused(Reason::IncompleteBody, "the body broke off")),
            }
        }
        let length = buffer.len().min(self.current.len());
        buffer[..length].copy_from_slice(&self.current[..length]);
        self.current.advance(length);
        Ok(length)
    }
}

/// `Content-Encoding` of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coding {
    Identity,
    Gzip,
    Deflate,
    Lz4,
    Zstd,
}

impl Coding {
    pub(crate) fn parse(name: &str) -> Result<Self, Exception> {
        match name.trim().to_ascii_lowercase().as_str() {
            "" | "identity" => Ok(Self::Identity),
            "gzip" | "x-gzip" => Ok(Self::Gzip),
            "deflate" => Ok(Self::Deflate),
            "lz4" => Ok(Self::Lz4),
            "zstd" => Ok(Self::Zstd),
            other => Err(Reason::NotImplemented.because(format!(
                "Content-Encoding {other} is not supported here; use gzip, deflate, lz4, zstd or none"
            ))),
        }
    }

    /// `body` decoded; `frames`: inside it are ClickHouse's own frames (`decompress=1`).
    pub(crate) fn decode(self, body: impl Read + Send + 'static, frames: bool) -> Box<dyn Read + Send> {
        let decoded: Box<dyn Read + Send> = match self {
            Self::Identity => Box::new(body),
            Self::Gzip => Box::new(MultiGzDecoder::new(body)),
            Self::Deflate => Box::new(ZlibDecoder::new(body)),
            Self::Lz4 => Box::new(Lz4Frames(FrameDecoder::new(BufReader::new(body)))),
            Self::Zstd => Box::new(ZstdFrames::Between(BufReader::new(body))),
        };
        if frames {
            Box::new(FrameReader::new(decoded))
        } else {
            decoded
        }
    }
}

/// One LZ4 frame after the other: the decoder alone stops at the end of the first.
struct Lz4Frames<R: Read>(FrameDecoder<BufReader<R>>);

impl<R: Read> Read for Lz4Frames<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let length = self.0.read(buffer)?;
            if length > 0 || buffer.is_empty() || self.0.get_mut().fill_buf()?.is_empty() {
                return Ok(length);
            }
        }
    }
}

/// One zstd frame after the other.
enum ZstdFrames<R: Read> {
    Between(BufReader<R>),
    Within(Box<StreamingDecoder<BufReader<R>, ruzstd::decoding::FrameDecoder>>),
    Failed,
}

impl<R: Read> Read for ZstdFrames<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match std::mem::replace(self, Self::Failed) {
                Self::Between(mut body) => {
                    if body.fill_buf()?.is_empty() {
                        *self = Self::Between(body);
                        return Ok(0);
                    }
                    let decoder = StreamingDecoder::new(body).map_err(io::Error::other)?;
                    *self = Self::Within(Box::new(decoder));
                }
                Self::Within(mut decoder) => {
                    let length = decoder.read(buffer)?;
                    if length > 0 || buffer.is_empty() {
                        *self = Self::Within(decoder);
                        return Ok(length);
                    }
                    *self = Self::Between(decoder.into_inner());
                }
                Self::Failed => return Err(refused(Reason::CannotDecompress, "the zstd body failed before")),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn decoded(coding: Coding, body: Vec<u8>) -> Result<Vec<u8>, io::Error> {
        let mut out = Vec::new();
        coding.decode(io::Cursor::new(body), false).read_to_end(&mut out)?;
        Ok(out)
    }

    fn gzip(data: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap()
    }

    fn lz4(data: &[u8]) -> Vec<u8> {
        let mut encoder = lz4_flex::frame::FrameEncoder::new(Vec::new());
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap()
    }

    fn zstd(data: &[u8]) -> Vec<u8> {
        ruzstd::encoding::compress_to_vec(data, ruzstd::encoding::CompressionLevel::Fastest)
    }

    #[test]
    fn decodes_concatenated_frames() {
        for (coding, encode) in [
            (Coding::Gzip, gzip as fn(&[u8]) -> Vec<u8>),
            (Coding::Lz4, lz4),
            (Coding::Zstd, zstd),
        ] {
            let body = [encode(b"one,1\n"), encode(b"two,2\n")].concat();
            assert_eq!(decoded(coding, body).unwrap(), b"one,1\ntwo,2\n", "{coding:?}");
        }
    }

    #[test]
    fn refuses_truncated_frames() {
        for (coding, mut body) in [
            (Coding::Gzip, gzip(b"one,1\n")),
            (Coding::Lz4, lz4(b"one,1\n")),
            (Coding::Zstd, zstd(b"one,1\n")),
        ] {
            // The LZ4 decoder forgives a missing end mark (4 bytes); HTTP's own framing notices that cut.
            body.truncate(body.len() - 6);
            assert!(decoded(coding, body).is_err(), "{coding:?}");
        }
    }

    #[test]
    fn refuses_unknown_coding() {
        assert_eq!(Coding::parse("br").unwrap_err().code, 48);
    }
}
