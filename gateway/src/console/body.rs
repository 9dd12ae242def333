use axum::body::{Body, Bytes};
use axum::http::request::Parts;

use super::error::ConsoleError;
use crate::State;
use crate::client::client;
use crate::events::{EventsError, Form, content_type, read_body};

/// The JSON body of a request, `most_bytes` at most. A foreign page cannot send this type without asking first.
pub(crate) async fn read(state: &State, parts: &Parts, body: Body, most_bytes: usize) -> Result<Bytes, ConsoleError> {
    content_type(&parts.headers, &["application/json"]).map_err(|_| ConsoleError::ContentType)?;
    let client = client(&parts.headers, &parts.extensions, &state.proxies).map_err(EventsError::from)?;
    let allowance = state.rate.of(client, std::time::Instant::now());
    let body = read_body(body, Form::read(&parts.headers)?, &allowance, &state.settings).await?;
    match body.len() > most_bytes {
        true => Err(ConsoleError::TooLarge(most_bytes)),
        false => Ok(body),
    }
}
