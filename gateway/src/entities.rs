//! `POST /entities/{stream}`: stores, products, customers, purchases and users. They are no events: the ledger does not count them.
//!
//! Closed unless the settings open it. What leaves through it has its phone numbers and e-mail addresses sealed; a 202 says that the
//! queue has confirmed every accepted entity.

mod body;
mod door;
mod entity;
mod error;
mod head;
mod metrics;
mod receipt;
mod settings;

use std::time::Instant;

use axum::extract::rejection::PathRejection;
use axum::extract::{self, Path, Request};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use event::entity::Stream;

use crate::State;
use crate::client::client;
use crate::commit::{Batch, Outcome, SubmitError, Ticket};
use crate::events::{EventsError, InFlight, JSON, NO_STORE, read_body};
use door::Counted;
pub(crate) use door::Entities;
use entity::{Arrival, Refusal};
use error::EntitiesError;
use head::Head;
pub(crate) use metrics::EntitiesMetrics;
use receipt::Receipt;
pub use settings::{KeyText, SealerError, Settings};

/// `POST /entities/{stream}` and `/entities/{stream}/`
pub(crate) async fn post(
    extract::State(state): extract::State<State>,
    stream: Result<Path<String>, PathRejection>,
    request: Request,
) -> Response {
    let stream = stream.as_ref().map_or("", |Path(stream)| stream.as_str());
    match take(&state, stream, request).await {
        Ok(receipt) => {
            let headers = [(header::CONTENT_TYPE, JSON), (header::CACHE_CONTROL, NO_STORE)];
            (StatusCode::ACCEPTED, headers, receipt.into_json()).into_response()
        }
        Err(error) => {
            if let EntitiesError::Request(EventsError::RateLimited(limited)) = &error {
                state.metrics.count_limited(limited.limit);
            }
            error.into_response()
        }
    }
}

async fn take(state: &State, stream: &str, request: Request) -> Result<Receipt, EntitiesError> {
    let (parts, body) = request.into_parts();
    let client = client(&parts.headers, &parts.extensions, &state.proxies).map_err(EventsError::from)?;
    let allowance = state.rate.of(client, Instant::now());
    // First of all: whoever guesses keys is limited too.
    allowance.take_request()?;
    let door = state.entities.as_ref().ok_or(EntitiesError::Closed)?;
    let stream = Stream::parse(stream).ok_or(EntitiesError::NoStream)?;
    let head = Head::read(&parts, state)?;
    allowance.take_request_of(None, Some(head.site))?;
    let guard = InFlight::enter(state);
    if guard.is_too_many() {
        return Err(EventsError::TooManyInFlight.into());
    }
    if !door.is_ready(stream) {
        return Err(EventsError::QueueAway { retry_after: None }.into());
    }
    let body = read_body(body, head.form, &allowance, &state.settings).await?;
    let texts = body::split(&body, head.lines)?;
    allowance.take_events(texts.len(), None)?;
    if state.rate.counts_site_events() {
        allowance.take_site_events(texts.len(), head.site)?;
    }
    let arrival = Arrival {
        site: &state.sites.get(head.site).name,
        stream,
        received_at: (state.clock)(),
    };
    let (receipt, encoded) = accept(door, arrival, &texts)?;
    door.count_refused(receipt.refused());
    let Some(ticket) = submit(door, &head, stream, &receipt, &encoded)? else {
        return Err(EntitiesError::AllRefused(receipt));
    };
    match ticket.outcome().await {
        Outcome::Published => Ok(receipt),
        Outcome::Failed { retry_after } => Err(EventsError::QueueAway { retry_after }.into()),
    }
}

/// Seals and encodes what can be accepted, without waiting.
fn accept(door: &Entities, arrival: Arrival<'_>, texts: &[&str]) -> Result<(Receipt, Vec<u8>), EntitiesError> {
    let (mut receipt, mut encoded) = (Receipt::default(), Vec::new());
    for (index, text) in texts.iter().enumerate() {
        match entity::read(text, arrival, door.sealer()) {
            Ok(entity) => {
                event::entity::append(&entity, &mut encoded).map_err(EventsError::Encode)?;
                receipt.accept(&entity.key);
            }
            Err(refusal) => receipt.refuse(index, refusal),
        }
    }
    Ok((receipt, encoded))
}

/// `None` when nothing was accepted.
fn submit(
    door: &Entities,
    head: &Head,
    stream: Stream,
    receipt: &Receipt,
    encoded: &[u8],
) -> Result<Option<Ticket>, EventsError> {
    let entities = receipt.accepted();
    if entities == 0 {
        return Ok(None);
    }
    let counted = Counted {
        site: head.site,
        stream,
    };
    let batch = Batch {
        bytes: encoded,
        events: entities,
        tally: &[(counted, entities as u64)],
    };
    match door.submit(stream, &batch) {
        Ok(ticket) => Ok(Some(ticket)),
        Err(SubmitError::Full) => Err(EventsError::QueueFull),
        Err(SubmitError::Closed) => Err(EventsError::ShuttingDown),
    }
}
