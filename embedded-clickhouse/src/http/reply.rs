//! The answer: written by the worker, sent by the server, a bounded channel between them.

use std::io::Write;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use flate2::write::GzEncoder;
use futures_util::stream;
use lz4_flex::frame::FrameEncoder;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::exception::{Exception, Reason};
use super::format::content_type;
use super::frames;
use super::socket::Flushes;
use crate::engine::Facts;
use crate::engine::ffi::Counters;

/// ClickHouse's `send_timeout`.
const SILENCE: Duration = Duration::from_secs(300);
const PIECE_BYTES: usize = 256 << 10;
const PIECES_AHEAD: usize = 4;

/// How the answer's bytes are packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    Plain,
    /// `compress=1`
    Frames,
    Lz4,
    Gzip,
}

impl Encoding {
    /// The lightest one a client accepts.
    pub(crate) fn accepted(accept_encoding: &str) -> Self {
        let offers = |name: &str| {
            accept_encoding.split(',').any(|offer| {
                let (offered, quality) = offer.split_once(';').unwrap_or((offer, ""));
                offered.trim().eq_ignore_ascii_case(name) && !["q=0", "q=0.0"].contains(&quality.trim())
            })
        };
        match () {
            () if offers("lz4") => Self::Lz4,
            () if offers("gzip") => Self::Gzip,
            () => Self::Plain,
        }
    }

    fn name(self) -> Option<HeaderValue> {
        match self {
            Self::Plain | Self::Frames => None,
            Self::Lz4 => Some(HeaderValue::from_static("lz4")),
            Self::Gzip => Some(HeaderValue::from_static("gzip")),
        }
    }
}

enum Encoder {
    Plain,
    Frames,
    Lz4(Box<FrameEncoder<Vec<u8>>>),
    Gzip(Box<GzEncoder<Vec<u8>>>),
}

impl Encoder {
    fn new(encoding: Encoding) -> Self {
        match encoding {
            Encoding::Plain => Self::Plain,
            Encoding::Frames => Self::Frames,
            Encoding::Lz4 => Self::Lz4(Box::new(FrameEncoder::new(Vec::new()))),
            Encoding::Gzip => Self::Gzip(Box::new(GzEncoder::new(Vec::new(), flate2::Compression::fast()))),
        }
    }

    /// The bytes to send for `data`; with `flush`, all that is held back too.
    fn encode(&mut self, data: &[u8], flush: bool) -> std::io::Result<Vec<u8>> {
        match self {
            Self::Plain => Ok(data.to_vec()),
            Self::Frames => {
                let mut out = Vec::new();
                frames::compress(data, &mut out);
                Ok(out)
            }
            Self::Lz4(encoder) => {
                encoder.write_all(data)?;
                if flush {
                    encoder.flush()?;
                }
                Ok(std::mem::take(encoder.get_mut()))
            }
            Self::Gzip(encoder) => {
                encoder.write_all(data)?;
                if flush {
                    encoder.flush()?;
                }
                Ok(std::mem::take(encoder.get_mut()))
            }
        }
    }

    fn finish(self) -> std::io::Result<Vec<u8>> {
        match self {
            Self::Plain | Self::Frames => Ok(Vec::new()),
            Self::Lz4(encoder) => encoder.finish().map_err(std::io::Error::other),
            Self::Gzip(encoder) => encoder.finish(),
        }
    }
}

enum Part {
    Data(Bytes),
    /// The answer is complete. A channel that closes without it is an answer cut short, and the connection is cut.
    End,
}

struct Head {
    status: StatusCode,
    headers: HeaderMap,
    parts: mpsc::Receiver<Part>,
}

/// The client has gone, or reads no more.
#[derive(Debug)]
pub(crate) struct Gone;

/// The worker's end of an answer.
pub(crate) struct Reply {
    state: State,
    encoding: Encoding,
    headers: HeaderMap,
    tag: String,
    version: String,
    runtime: Handle,
    stop: CancellationToken,
}

enum State {
    Waiting(oneshot::Sender<Head>),
    Sending {
        parts: mpsc::Sender<Part>,
        encoder: Encoder,
    },
}

/// The server's end of an answer.
pub(crate) struct Pending {
    head: oneshot::Receiver<Head>,
    lost: (HeaderMap, String),
}

pub(crate) fn pair(query_id: &str, encoding: Encoding, facts: &Facts, stop: CancellationToken) -> (Reply, Pending) {
    let (sender, head) = oneshot::channel();
    let headers = base_headers(query_id, facts);
    let tag = uuid::Uuid::new_v4().simple().to_string()[..16].to_owned();
    let pending = Pending {
        head,
        lost: (headers.clone(), facts.version.clone()),
    };
    let reply = Reply {
        state: State::Waiting(sender),
        encoding,
        headers,
        tag,
        version: facts.version.clone(),
        runtime: Handle::current(),
        stop,
    };
    (reply, pending)
}

fn base_headers(query_id: &str, facts: &Facts) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(
        "x-clickhouse-server-display-name",
        HeaderValue::from_static("embedded-clickhouse"),
    );
    for (name, value) in [
        ("x-clickhouse-query-id", query_id),
        ("x-clickhouse-timezone", &facts.timezone),
    ] {
        // An id with bytes that no header can carry came from the caller, who knows it.
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    headers
}

impl Pending {
    /// `flushes`: of the connection, for an answer that has to be cut.
    pub(crate) async fn response(self, flushes: Option<Flushes>) -> Response {
        match self.head.await {
            Ok(head) => {
                let body = Body::from_stream(stream::unfold(
                    Sending {
                        parts: head.parts,
                        flushes,
                    },
                    next_part,
                ));
                (head.status, head.headers, body).into_response()
            }
            // The worker panicked; its task's end is logged where it is awaited.
            Err(_) => {
                let exception = Reason::NoConnection.because("the statement's worker ended without an answer");
                refusal(&exception, self.lost.0, &self.lost.1)
            }
        }
    }
}

struct Sending {
    parts: mpsc::Receiver<Part>,
    flushes: Option<Flushes>,
}

async fn next_part(mut sending: Sending) -> Option<(Result<Bytes, std::io::Error>, Sending)> {
    match sending.parts.recv().await {
        Some(Part::Data(data)) => Some((Ok(data), sending)),
        Some(Part::End) => None,
        None => {
            if let Some(flushes) = &mut sending.flushes {
                flushes.next().await;
            }
            Some((
                Err(std::io::Error::other("the statement failed after its answer began")),
                sending,
            ))
        }
    }
}

/// An exception as a whole answer.
pub(crate) fn refusal(exception: &Exception, mut headers: HeaderMap, version: &str) -> Response {
    headers.insert("x-clickhouse-exception-code", HeaderValue::from(exception.code));
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/plain; charset=UTF-8"),
    );
    if exception.status == StatusCode::SERVICE_UNAVAILABLE {
        headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    }
    (exception.status, headers, exception.body(version)).into_response()
}

/// Headers for a refusal that comes before a statement exists.
pub(crate) fn early_refusal(exception: &Exception, facts: &Facts) -> Response {
    refusal(exception, base_headers("", facts), &facts.version)
}

impl Reply {
    /// Sends status and headers: from here on a failure cuts the answer.
    pub(crate) fn start(&mut self, format: Option<&str>, summary: &Summary) {
        let mut headers = std::mem::take(&mut self.headers);
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static(content_type(format.unwrap_or("TSV"))),
        );
        if let Some(format) = format.and_then(|format| HeaderValue::from_str(format).ok()) {
            headers.insert("x-clickhouse-format", format);
        }
        if let Some(encoding) = self.encoding.name() {
            headers.insert(header::CONTENT_ENCODING, encoding);
        }
        for (name, value) in [
            ("x-clickhouse-exception-tag", &self.tag),
            ("x-clickhouse-summary", &summary.json()),
        ] {
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.insert(HeaderName::from_static(name), value);
            }
        }
        self.send_head(StatusCode::OK, headers, Encoder::new(self.encoding));
    }

    fn send_head(&mut self, status: StatusCode, headers: HeaderMap, encoder: Encoder) {
        let (parts, receiver) = mpsc::channel(PIECES_AHEAD);
        let next = State::Sending { parts, encoder };
        if let State::Waiting(head) = std::mem::replace(&mut self.state, next)
            && head
                .send(Head {
                    status,
                    headers,
                    parts: receiver,
                })
                .is_err()
        {
            tracing::debug!("the client left before its answer began");
        }
    }

    pub(crate) fn write(&mut self, data: &[u8]) -> Result<(), Gone> {
        for piece in data.chunks(PIECE_BYTES) {
            self.write_piece(piece, false)?;
        }
        Ok(())
    }

    fn write_piece(&mut self, piece: &[u8], flush: bool) -> Result<(), Gone> {
        let State::Sending { encoder, .. } = &mut self.state else {
            return Err(Gone);
        };
        // Encoders write into memory: they fail only on a bug of theirs, and then the answer is cut.
        let encoded = encoder.encode(piece, flush).map_err(|_| Gone)?;
        self.send(encoded)
    }

    fn send(&self, data: Vec<u8>) -> Result<(), Gone> {
        match &self.state {
            State::Sending { parts, .. } if !data.is_empty() => self.send_part(parts, Part::Data(data.into())),
            State::Sending { .. } => Ok(()),
            State::Waiting(_) => Err(Gone),
        }
    }

    fn send_part(&self, parts: &mpsc::Sender<Part>, part: Part) -> Result<(), Gone> {
        let sent = async {
            tokio::select! {
                sent = timeout(SILENCE, parts.send(part)) => matches!(sent, Ok(Ok(()))),
                () = self.stop.cancelled() => false,
            }
        };
        self.runtime.block_on(sent).then_some(()).ok_or(Gone)
    }

    /// The answer is complete.
    pub(crate) fn finish(mut self) -> Result<(), Gone> {
        let State::Sending { parts, encoder } = &mut self.state else {
            return Err(Gone);
        };
        let (parts, encoder) = (parts.clone(), std::mem::replace(encoder, Encoder::Plain));
        self.send(encoder.finish().map_err(|_| Gone)?)?;
        self.send_part(&parts, Part::End)
    }

    /// The statement failed: the whole answer when nothing was sent yet, else the exception's text and a cut.
    pub(crate) fn fail(mut self, exception: &Exception) -> Result<(), Gone> {
        let text = exception.body(&self.version);
        if matches!(self.state, State::Waiting(_)) {
            let refusal = refusal(exception, std::mem::take(&mut self.headers), &self.version);
            self.send_head(exception.status, refusal.headers().clone(), Encoder::Plain);
            self.write(text.as_bytes())?;
            return self.finish();
        }
        self.write_piece(&[], true)?;
        let tag = &self.tag;
        let marked = format!(
            "\r\n__exception__\r\n{tag}\r\n{text}{} {tag}\r\n__exception__\r\n",
            text.len()
        );
        self.write_piece(marked.as_bytes(), true)
    }
}

/// What `X-ClickHouse-Summary` says.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Summary {
    pub(crate) counters: Counters,
    pub(crate) result_bytes: u64,
    pub(crate) elapsed: Duration,
}

impl Summary {
    pub(crate) fn add(&mut self, counters: Counters, bytes: usize) {
        self.counters.result_rows += counters.result_rows;
        self.counters.read_rows += counters.read_rows;
        self.counters.read_bytes += counters.read_bytes;
        self.counters.written_rows += counters.written_rows;
        self.counters.written_bytes += counters.written_bytes;
        self.result_bytes += bytes as u64;
    }

    fn json(&self) -> String {
        let Counters {
            result_rows,
            read_rows,
            read_bytes,
            written_rows,
            written_bytes,
        } = self.counters;
        format!(
            r#"{{"read_rows":"{read_rows}","read_bytes":"{read_bytes}","written_rows":"{written_rows}","written_bytes":"{written_bytes}","total_rows_to_read":"0","result_rows":"{result_rows}","result_bytes":"{}","elapsed_ns":"{}"}}"#,
            self.result_bytes,
            self.elapsed.as_nanos(),
        )
    }
}
