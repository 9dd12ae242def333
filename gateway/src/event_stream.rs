use std::convert::Infallible;

use axum::body::{Body, Bytes};
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use futures_util::{Stream, StreamExt};

/// Server-sent events (<https://html.spec.whatwg.org/multipage/server-sent-events.html>): each message is one of them, with the empty line
/// at its end.
pub(crate) fn respond(messages: impl Stream<Item = String> + Send + 'static) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        // nginx would hold it back.
        (
            HeaderName::from_static("x-accel-buffering"),
            HeaderValue::from_static("no"),
        ),
    ];
    let pieces = messages.map(|message| Ok::<_, Infallible>(Bytes::from(message)));
    (headers, Body::from_stream(pieces)).into_response()
}
