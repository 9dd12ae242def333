//! `POST /events`: one body to a receipt. A 202 says that the queue has confirmed every accepted event.

mod body;
mod cors;
mod error;
mod head;
mod receipt;

use std::cell::RefCell;
use std::collections::HashMap;
use std::time::Instant;

use axum::body::{Body, Bytes};
use axum::extract::{self, Request};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use enrich::Arrival;
use event::{Timestamp, decode, group};

use crate::State;
use crate::commit::{Batch, Outcome, SubmitError, Ticket};
use crate::ids::new_id;
use crate::metrics::AcceptedSlot;
use crate::rate::Allowance;
use crate::sites::SiteIndex;
pub(crate) use cors::preflight;
use error::EventsError;
use head::Head;
use receipt::Receipt;

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// `POST /events` and `/events/`
pub(crate) async fn post(extract::State(state): extract::State<State>, request: Request) -> Response {
    let started = Instant::now();
    let origin = request.headers().get(header::ORIGIN).cloned();
    let others = state.metrics.in_flight.inc();
    let guard = InFlight(&state);
    let result = take(&state, request, started, others).await;
    drop(guard);
    let expose = !matches!(result, Err(EventsError::Origin { .. }));
    let mut response = match result {
        Ok(receipt) => accepted(receipt),
        Err(error) => {
            if let EventsError::RateLimited(limited) = &error {
                state.metrics.count_limited(limited.limit);
            }
            error.into_response()
        }
    };
    if let Some(origin) = origin {
        cors::answer(response.headers_mut(), origin, expose);
    }
    state.metrics.count_events_request(response.status(), started);
    tracing::debug!(status = response.status().as_u16(), "answered events");
    response
}

fn accepted(receipt: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(receipt));
    *response.status_mut() = StatusCode::ACCEPTED;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, JSON);
    headers.insert(header::CACHE_CONTROL, NO_STORE);
    response
}

/// Counts down also when the client goes away in between.
struct InFlight<'s>(&'s State);

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.metrics.in_flight.dec();
    }
}

/// `others` are the requests in flight besides this one.
async fn take(state: &State, request: Request, started: Instant, others: i64) -> Result<Vec<u8>, EventsError> {
    let (parts, body) = request.into_parts();
    let head = Head::read(&parts, state)?;
    let allowance = state.rate.of(head.client, started);
    allowance.take_request(head.key, head.site)?;
    if usize::try_from(others).is_ok_and(|others| others >= state.settings.max_requests_in_flight) {
        return Err(EventsError::TooManyInFlight);
    }
    if !state.committer.is_ready() {
        return Err(EventsError::QueueAway { retry_after: None });
    }
    let body = body::read(body, &head, &allowance, &state.settings).await?;
    let (ticket, receipt) = accept(state, &head, &body, &allowance)?;
    match ticket.outcome().await {
        Outcome::Published => Ok(receipt),
        Outcome::Failed { retry_after } => Err(EventsError::QueueAway { retry_after }),
    }
}

thread_local! {
    /// Encoded events of the request at hand, before they join a group.
    static ENCODED: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Decodes, enriches, encodes and submits, all without waiting.
fn accept(
    state: &State,
    head: &Head<'_>,
    body: &Bytes,
    allowance: &Allowance<'_>,
) -> Result<(Ticket, Vec<u8>), EventsError> {
    let received_at = (state.clock)();
    let decoded = decode(state, head, body, received_at)?;
    allowance.take_events(decoded.len(), head.key)?;
    take_site_events(state, head, &decoded, allowance)?;
    ENCODED.with_borrow_mut(|encoded| {
        encoded.clear();
        let mut receipt = Receipt::with_capacity(decoded.len());
        let mut tally = Vec::with_capacity(1);
        let mut sender = state.enricher.sender(&head.request);
        for verdict in decoded {
            match verdict {
                Ok(event) => {
                    let site = head.site_of(&event, state)?;
                    receipt.accept(event.id);
                    count(&mut tally, AcceptedSlot::new(site, head.source));
                    let arrival = Arrival {
                        source: head.source,
                        received_at,
                        clock_skew_ms: head.sent_at.map(|sent_at| received_at.0.saturating_sub(sent_at.0)),
                        site_base_url: &state.sites.get(site).base_url,
                    };
                    let enriched = state.enricher.enrich(event, &mut sender, arrival);
                    group::append(&enriched, encoded).map_err(EventsError::Encode)?;
                }
                Err(refusal) => {
                    state.metrics.count_refused(refusal.reason.code());
                    receipt.refuse(refusal);
                }
            }
        }
        if receipt.accepted() == 0 {
            return Err(EventsError::AllRefused(receipt));
        }
        let batch = Batch {
            bytes: encoded,
            events: receipt.accepted(),
            tally: &tally,
        };
        let ticket = state.committer.submit(&batch).map_err(|error| match error {
            SubmitError::Full => EventsError::QueueFull,
            SubmitError::Closed => EventsError::ShuttingDown,
        })?;
        Ok((ticket, receipt.into_json()))
    })
}

type Decoded<'a> = Vec<Result<event::Event<'a>, event::Refusal>>;

fn decode<'a>(
    state: &State,
    head: &Head<'_>,
    body: &'a [u8],
    received_at: Timestamp,
) -> Result<Decoded<'a>, EventsError> {
    let default_site = head.site.map(|site| head.rules(state.sites.get(site)));
    let mut context = decode::Context {
        received_at,
        default_site: default_site.map(|site| site.name),
        site: &|name| match default_site {
            Some(site) if site.name == name => Some(site),
            _ => state.sites.find(name).map(|site| head.rules(state.sites.get(site))),
        },
        trusted: head.trusted,
        new_id: &mut || new_id(received_at),
    };
    Ok(decode::decode(body, &mut context)?)
}

/// Each site's events from its total, when some site has one.
fn take_site_events(
    state: &State,
    head: &Head<'_>,
    decoded: &Decoded<'_>,
    allowance: &Allowance<'_>,
) -> Result<(), EventsError> {
    if !state.rate.counts_site_events() {
        return Ok(());
    }
    let mut events = HashMap::<SiteIndex, usize>::new();
    for event in decoded.iter().flatten() {
        *events.entry(head.site_of(event, state)?).or_default() += 1;
    }
    for (site, events) in events {
        allowance.take_site_events(events, site)?;
    }
    Ok(())
}

fn count(tally: &mut Vec<(AcceptedSlot, u64)>, slot: AcceptedSlot) {
    match tally.iter_mut().find(|(counted, _)| *counted == slot) {
        Some((_, events)) => *events += 1,
        None => tally.push((slot, 1)),
    }
}

impl Head<'_> {
    /// The site of an event that was decoded by its rules.
    fn site_of(&self, event: &event::Event<'_>, state: &State) -> Result<SiteIndex, EventsError> {
        if let Some(site) = self.site
            && state.sites.get(site).name == event.site
        {
            return Ok(site);
        }
        let unknown = || EventsError::UnknownSite {
            site: event.site.to_string(),
        };
        state.sites.find(&event.site).ok_or_else(unknown)
    }
}
