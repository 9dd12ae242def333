use std::io::Read;
use std::pin::pin;
use std::time::Duration;

use axum::body::{Body, Bytes};
use event::limits::BODY_BYTES;
use flate2::bufread::MultiGzDecoder;
use futures_util::FutureExt;
use http_body_util::BodyExt;
use hyper::body::Body as _;
use tokio::time::timeout;

use super::error::EventsError;
use super::head::Head;

/// The body as it was before compression. Takes no more than the limit, and no longer than `wait`.
pub(super) async fn read(body: Body, head: &Head<'_>, wait: Duration) -> Result<Bytes, EventsError> {
    let mut collected = pin!(collect(body, head.content_length));
    let sent = match collected.as_mut().now_or_never() {
        Some(sent) => sent?,
        // Most bodies came with their head and need no timer.
        None => timeout(wait, collected).await.map_err(|_| EventsError::BodyTimeout)??,
    };
    if head.gzip { inflate(&sent) } else { Ok(sent) }
}

/// Most bodies come in one piece and are not copied.
async fn collect(mut body: Body, announced: Option<u64>) -> Result<Bytes, EventsError> {
    let mut first = Bytes::new();
    let mut all = Vec::new();
    while let Some(frame) = body.frame().await {
        let Ok(piece) = frame.map_err(EventsError::Read)?.into_data() else {
            continue;
        };
        if all.len() + first.len() + piece.len() > BODY_BYTES {
            return Err(EventsError::TooLarge);
        }
        if all.is_empty() && first.is_empty() {
            first = piece;
            if body.is_end_stream() {
                break;
            }
            continue;
        }
        if all.is_empty() {
            all.reserve_exact(announced.map_or(0, |bytes| bytes as usize));
            all.extend_from_slice(&std::mem::take(&mut first));
        }
        all.extend_from_slice(&piece);
    }
    Ok(if all.is_empty() { first } else { all.into() })
}

/// Stops at the limit, whatever the body claims to hold.
fn inflate(sent: &[u8]) -> Result<Bytes, EventsError> {
    let mut body = Vec::with_capacity((sent.len() * 4).min(BODY_BYTES));
    let mut decoder = MultiGzDecoder::new(sent).take(BODY_BYTES as u64 + 1);
    decoder.read_to_end(&mut body).map_err(EventsError::Gzip)?;
    if body.len() > BODY_BYTES {
        return Err(EventsError::TooLarge);
    }
    Ok(body.into())
}
