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
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use event::Timestamp;
use traces::{Context, Kind, Span};

use crate::State;
use crate::client::client;
use crate::commit::{Batch, Outcome, SubmitError, Ticket};
use crate::console::{Arrival, CameTo, Witness};
use crate::intake::{self, Ids, Sender, Taken, Verdicts};
use crate::ledger::{Counts, Minute};
use crate::quarantine::{Door, Refused};
use crate::rate::Allowance;
use crate::sites::SiteIndex;
pub(crate) use body::{Form, InflateError, inflate, read as read_body};
pub(crate) use cors::preflight;
pub(crate) use error::EventsError;
use head::Head;
pub(crate) use head::{bearer, content_type};
use receipt::Receipt;

pub(crate) const JSON: HeaderValue = HeaderValue::from_static("application/json");
pub(crate) const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// `POST /events` and `/events/`
pub(crate) async fn post(extract::State(state): extract::State<State>, request: Request) -> Response {
    let started = Instant::now();
    let origin = request.headers().get(header::ORIGIN).cloned();
    let guard = InFlight::enter(&state);
    let mut body = Bytes::new();
    let result = take(&state, request, started, (&guard, &mut body)).await;
    drop(guard);
    if let Err(error) = &result {
        show(&state, body, error);
    }
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
pub(crate) struct InFlight<'s> {
    state: &'s State,
    /// Requests in flight when this one came.
    others: i64,
}

impl<'s> InFlight<'s> {
    pub(crate) fn enter(state: &'s State) -> Self {
        let others = state.metrics.in_flight.inc();
        Self { state, others }
    }

    pub(crate) fn is_too_many(&self) -> bool {
        usize::try_from(self.others).is_ok_and(|others| others >= self.state.settings.max_requests_in_flight)
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.state.metrics.in_flight.dec();
    }
}

/// `body` is the request's, once it is read.
async fn take(
    state: &State,
    request: Request,
    started: Instant,
    (guard, body): (&InFlight<'_>, &mut Bytes),
) -> Result<Vec<u8>, EventsError> {
    let (parts, arriving) = request.into_parts();
    let client = client(&parts.headers, &parts.extensions, &state.proxies)?;
    let allowance = state.rate.of(client, started);
    // First of all: whoever guesses keys is limited too.
    allowance.take_request()?;
    let head = Head::read(&parts, client, state)?;
    allowance.take_request_of(head.key, head.site)?;
    if guard.is_too_many() {
        return Err(EventsError::TooManyInFlight);
    }
    if !state.committer.is_ready() {
        return Err(EventsError::QueueAway { retry_after: None });
    }
    let span = traces::root(caller(&parts.headers, head.trusted)).map(|span| span.earlier(started.elapsed()));
    *body = body::read(arriving, head.form, &allowance, &state.settings).await?;
    let submitted = accept(state, &head, body, (&allowance, span.as_ref()))?;
    match submitted.ticket.outcome().await {
        Outcome::Published => {
            if let Some(span) = span {
                span.end("POST /events", Kind::Server, &[("clickpath.bytes", body.len() as i64)]);
            }
            // Not before: a request that is answered 503 brings its refused events again.
            submitted.refused.submit_if_room(state);
            if let Some(witness) = submitted.witness {
                witness.published();
            }
            Ok(submitted.receipt)
        }
        Outcome::Failed { retry_after } => Err(EventsError::QueueAway { retry_after }),
    }
}

/// The trace that the sender is in. Strangers' word does not count: all their requests would be traced.
fn caller(headers: &HeaderMap, trusted: bool) -> Option<Context> {
    let header = headers.get("traceparent").filter(|_| trusted)?;
    header.to_str().ok()?.parse().ok()
}

thread_local! {
    /// Encoded events of the request at hand, before they join a group.
    static ENCODED: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// A request whose accepted events are on their way.
struct Submitted {
    ticket: Ticket,
    receipt: Vec<u8>,
    refused: Refused,
    /// Where somebody watches.
    witness: Option<Witness>,
}

/// Decodes, enriches, encodes and submits, all without waiting.
fn accept(
    state: &State,
    head: &Head<'_>,
    body: &Bytes,
    (allowance, span): (&Allowance<'_>, Option<&Span>),
) -> Result<Submitted, EventsError> {
    let received_at = (state.clock)();
    let sender = Sender {
        site: head.site.map(|site| state.sites.get(site).name.as_str()),
        source: head.source,
        received_at,
        sent_at: head.sent_at,
        trusted: head.trusted,
        request: head.request.clone(),
        rules: &|site| head.rules(site),
        ids: Ids::Random,
        receipt: true,
    };
    let validate = span.map(Span::child);
    let verdicts = intake::decode(state, &sender, body, received_at)?;
    if let Some(validate) = validate {
        validate.end(
            "validate",
            Kind::Internal,
            &[("clickpath.events", verdicts.len() as i64)],
        );
    }
    allowance.take_events(verdicts.len(), head.key)?;
    take_site_events(state, head, &verdicts, allowance)?;
    ENCODED.with_borrow_mut(|encoded| {
        encoded.clear();
        let mut receipt = Receipt::with_capacity(verdicts.len());
        let enrich = span.map(Span::child);
        let taken =
            intake::encode(state, &sender, verdicts, encoded, |id| receipt.accept(id)).map_err(EventsError::Encode)?;
        if let Some(enrich) = enrich {
            enrich.end("enrich", Kind::Internal, &[("clickpath.events", taken.events as i64)]);
        }
        let refused = Refused::of(state, &sender, body, &taken.refused);
        let witness = witness(state, &sender, body, (encoded, &taken));
        let submitted = submit(state, &taken, encoded, span);
        count(state, received_at, &taken, &refused, submitted.is_ok());
        refused.count_reasons(state);
        taken.refused.into_iter().for_each(|refusal| receipt.refuse(refusal));
        match submitted {
            Ok(Some(ticket)) => Ok(Submitted {
                ticket,
                receipt: receipt.into_json(),
                refused,
                witness,
            }),
            Ok(None) => {
                refused.submit_if_room(state);
                Err(EventsError::AllRefused(receipt))
            }
            Err(SubmitError::Full) => Err(EventsError::QueueFull),
            Err(SubmitError::Closed) => Err(EventsError::ShuttingDown),
        }
    })
}

/// For the console, where somebody watches.
fn witness(state: &State, sender: &Sender<'_>, body: &Bytes, (encoded, taken): (&[u8], &Taken)) -> Option<Witness> {
    let console = state.console.as_ref()?;
    let arrival = || Arrival::of(Door::Http, sender, body.clone(), (encoded, taken));
    console
        .is_watched(sender.received_at)
        .then(|| Witness::new(console, arrival()))
}

/// Shows a request that was refused as a whole, where somebody watches.
#[cold]
fn show(state: &State, body: Bytes, error: &EventsError) {
    let Some(console) = &state.console else { return };
    let judged = matches!(
        error,
        EventsError::AllRefused(_) | EventsError::QueueAway { .. } | EventsError::QueueFull | EventsError::ShuttingDown
    );
    if judged && !body.is_empty() {
        // Its events were shown one by one.
        return;
    }
    let received_at = (state.clock)();
    if console.is_watched(received_at) {
        let (status, code) = error.status_and_code();
        let came_to = CameTo::Nothing {
            code: code.to_owned(),
            message: error.message(),
            again: status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error(),
        };
        let arrival = Arrival {
            door: Door::Http,
            source: None,
            received_at,
            site: None,
            body,
            came_to,
        };
        drop(Witness::new(console, arrival));
    }
}

/// `None` when nothing was accepted.
fn submit(state: &State, taken: &Taken, encoded: &[u8], span: Option<&Span>) -> Result<Option<Ticket>, SubmitError> {
    if taken.events == 0 {
        return Ok(None);
    }
    let batch = Batch {
        bytes: encoded,
        events: taken.events,
        tally: &taken.tally,
    };
    let request = span.map(Span::context);
    state.committer.submit_traced(&batch, request).map(Some)
}

/// What becomes of submitted events is counted when their group's outcome is known.
fn count(state: &State, received_at: Timestamp, taken: &Taken, refused: &Refused, submitted: bool) {
    let accepted = taken.tally.iter().map(|(key, events)| {
        let counts = Counts {
            received: *events,
            deferred: if submitted { 0 } else { *events },
            ..Counts::default()
        };
        (Some(key.slot.site()), counts)
    });
    let refused = refused.counts.iter().copied();
    state.ledger.add(Minute::of(received_at), accepted.chain(refused));
}

/// Each site's events from its total, when some site has one.
fn take_site_events(
    state: &State,
    head: &Head<'_>,
    verdicts: &Verdicts<'_>,
    allowance: &Allowance<'_>,
) -> Result<(), EventsError> {
    if !state.rate.counts_site_events() {
        return Ok(());
    }
    let mut events = HashMap::<SiteIndex, usize>::new();
    for event in verdicts.iter().flatten() {
        *events.entry(head.site_of(event, state)?).or_default() += 1;
    }
    for (site, events) in events {
        allowance.take_site_events(events, site)?;
    }
    Ok(())
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
