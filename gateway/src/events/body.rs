use std::io::{self, Read};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, header};
use event::limits::BODY_BYTES;
use flate2::bufread::MultiGzDecoder;
use futures_util::FutureExt;
use http_body_util::BodyExt;
use hyper::body::Body as _;
use tokio::time::{Instant, timeout_at};

use super::error::EventsError;
use crate::rate::Allowance;
use crate::settings::Settings;

/// What the headers say of how the body travels.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Form {
    gzip: bool,
    content_length: Option<u64>,
}

impl Form {
    /// A body that announces more than the limit is refused before it is sent.
    pub(crate) fn read(headers: &HeaderMap) -> Result<Self, EventsError> {
        Ok(Self {
            gzip: is_gzip(headers)?,
            content_length: content_length(headers)?,
        })
    }
}

fn is_gzip(headers: &HeaderMap) -> Result<bool, EventsError> {
    let mut encodings = headers.get_all(header::CONTENT_ENCODING).iter();
    match (
        encodings.next().map(|value| value.as_bytes().trim_ascii()),
        encodings.next(),
    ) {
        (None, _) => Ok(false),
        (Some(one), None) if one.eq_ignore_ascii_case(b"gzip") || one.eq_ignore_ascii_case(b"x-gzip") => Ok(true),
        (Some(one), None) if one.eq_ignore_ascii_case(b"identity") => Ok(false),
        (Some(one), _) => Err(EventsError::ContentEncoding {
            found: String::from_utf8_lossy(one).chars().take(100).collect(),
        }),
    }
}

fn content_length(headers: &HeaderMap) -> Result<Option<u64>, EventsError> {
    let length = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse().ok());
    match length {
        Some(length) if length > BODY_BYTES as u64 => Err(EventsError::TooLarge),
        // Without a readable length the body is counted while it is read.
        _ => Ok(length),
    }
}

/// The body as it was before compression. Takes no more than the limit, and no longer than the settings say.
pub(crate) async fn read(
    body: Body,
    form: Form,
    allowance: &Allowance<'_>,
    settings: &Settings,
) -> Result<Bytes, EventsError> {
    let mut arriving = Arriving::new(body, form.content_length);
    // Most bodies came with their head and need no timer.
    let sent = match arriving.all().now_or_never() {
        Some(sent) => sent?,
        None => {
            let _held = allowance.hold_body()?;
            // In a box: hardly a request needs the room.
            Box::pin(arriving.all_in_time(settings)).await?
        }
    };
    if form.gzip { Ok(inflate(&sent)?) } else { Ok(sent) }
}

/// A body and what has come of it. Most come in one piece and are not copied.
struct Arriving {
    body: Body,
    announced: Option<u64>,
    first: Bytes,
    all: Vec<u8>,
}

impl Arriving {
    fn new(body: Body, announced: Option<u64>) -> Self {
        Self {
            body,
            announced,
            first: Bytes::new(),
            all: Vec::new(),
        }
    }

    /// May be dropped and called again.
    async fn all(&mut self) -> Result<Bytes, EventsError> {
        while self.piece().await? {}
        Ok(self.take())
    }

    async fn all_in_time(&mut self, settings: &Settings) -> Result<Bytes, EventsError> {
        let started = Instant::now();
        loop {
            let (patience, error) = patience(self.bytes(), settings);
            match timeout_at(started + patience, self.piece()).await {
                Ok(more) => {
                    if !more? {
                        return Ok(self.take());
                    }
                }
                Err(_) => return Err(error),
            }
        }
    }

    /// Whether more may come.
    async fn piece(&mut self) -> Result<bool, EventsError> {
        let Some(frame) = self.body.frame().await else {
            return Ok(false);
        };
        let Ok(piece) = frame.map_err(EventsError::Read)?.into_data() else {
            return Ok(true);
        };
        if self.bytes() + piece.len() > BODY_BYTES {
            return Err(EventsError::TooLarge);
        }
        if self.bytes() == 0 {
            self.first = piece;
            return Ok(!self.body.is_end_stream());
        }
        if self.all.is_empty() {
            self.all.reserve_exact(self.announced.map_or(0, |bytes| bytes as usize));
            self.all.extend_from_slice(&std::mem::take(&mut self.first));
        }
        self.all.extend_from_slice(&piece);
        Ok(true)
    }

    fn bytes(&self) -> usize {
        self.first.len() + self.all.len()
    }

    fn take(&mut self) -> Bytes {
        match self.all.is_empty() {
            true => std::mem::take(&mut self.first),
            false => std::mem::take(&mut self.all).into(),
        }
    }
}

/// How long to wait, from the start, for the piece after `bytes`, and what it means when it does not come.
fn patience(bytes: usize, settings: &Settings) -> (Duration, EventsError) {
    let rate = settings.body_min_bytes_per_second;
    let earned = match rate {
        0 => Duration::MAX,
        _ => settings.body_timeout / 4 + Duration::from_secs_f64(bytes as f64 / f64::from(rate)),
    };
    if earned < settings.body_timeout {
        (earned, EventsError::BodyTooSlow)
    } else {
        (settings.body_timeout, EventsError::BodyTimeout)
    }
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum InflateError {
    #[error("body is not gzip")]
    Gzip(#[source] io::Error),
    #[error("body exceeds {BODY_BYTES} bytes")]
    TooLarge,
}

impl From<InflateError> for EventsError {
    fn from(error: InflateError) -> Self {
        match error {
            InflateError::Gzip(error) => Self::Gzip(error),
            InflateError::TooLarge => Self::TooLarge,
        }
    }
}

/// A gzip body as it was before compression. Stops at the limit, whatever it claims to hold.
pub(crate) fn inflate(sent: &[u8]) -> Result<Bytes, InflateError> {
    let mut body = Vec::with_capacity((sent.len() * 4).min(BODY_BYTES));
    let mut decoder = MultiGzDecoder::new(sent).take(BODY_BYTES as u64 + 1);
    decoder.read_to_end(&mut body).map_err(InflateError::Gzip)?;
    if body.len() > BODY_BYTES {
        return Err(InflateError::TooLarge);
    }
    Ok(body.into())
}
