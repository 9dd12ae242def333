//! `POST /replay`: what is in quarantine goes through the pipeline again, after the cause was mended.
//!
//! A page of rows is read, published, confirmed, and only then marked as replayed. What stops in between is replayed again, with
//! the same ids, and stored once.

mod error;
mod metrics;
mod page;
mod parameters;
mod summary;

use std::time::Duration;

use axum::Json;
use axum::extract::{self, RawQuery};
use axum::http::{HeaderMap, Method};
use axum::response::{IntoResponse, Response};
use event::Timestamp;
use warehouse::{Milliseconds, QuarantinedRow};

use crate::State;
use crate::audit;
use crate::caching::no_store;
use crate::commit::{Batch, Outcome, SubmitError, Ticket};
use crate::quarantine::Door;
use crate::roles::{AccessError, Caller, Scope};
use error::ReplayError;
pub(crate) use metrics::ReplayMetrics;
use page::Page;
use parameters::{Parameters, cursor_text};
use summary::Summary;

/// A row holds an event of up to 64 KiB, seldom a whole group.
const PAGE_ROWS: usize = 100;
/// Before the next try when too many events wait for the queue.
const PAUSE: Duration = Duration::from_millis(100);
const PAUSES: u32 = 100;

/// `POST /replay?reason=&site=&since=&until=&dry_run=&limit=&after=`
pub(crate) async fn post(
    extract::State(state): extract::State<State>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, ReplayError> {
    let caller = caller(&state, &headers)?;
    let query = query.as_deref().unwrap_or("");
    let parameters = Parameters::read(query, (state.clock)())?;
    let action = audit::begin(&state, &caller, "replay", &serde_json::json!({"query": query})).await?;
    let replayed = replay(&state, &parameters).await.map(|summary| {
        state.metrics.replay.count(&summary);
        (no_store(), Json(summary)).into_response()
    });
    Ok(action.answer(replayed).await)
}

/// Loopback gets no exception: what runs beside the gateway is not the operator.
fn caller(state: &State, headers: &HeaderMap) -> Result<Caller, ReplayError> {
    if state.settings.operator_key.is_none() && !state.keys.has(Scope::Admin) {
        return Err(ReplayError::NotEnabled);
    }
    let caller = Caller::identify(state, &Method::POST, headers, Scope::Admin);
    let caller = caller.map_err(|error| match error {
        AccessError::KeyRequired { .. } | AccessError::WrongKey { .. } => ReplayError::Key,
        error => ReplayError::Access(error),
    })?;
    caller.everywhere().map_err(ReplayError::Access)?;
    Ok(caller)
}

async fn replay(state: &State, parameters: &Parameters) -> Result<Summary, ReplayError> {
    let mut summary = Summary::new(parameters.dry_run);
    let mut after = parameters.after;
    let mut left = parameters.limit;
    loop {
        let rows = left.min(PAGE_ROWS);
        if rows == 0 {
            summary.next = after.map(cursor_text);
            return Ok(summary);
        }
        let page = state.warehouse.quarantined(&parameters.filter, after, rows).await?;
        let is_last = page.len() < rows;
        after = page.last().map(QuarantinedRow::cursor);
        left -= page.len();
        one_page(state, page, &mut summary).await?;
        if is_last {
            return Ok(summary);
        }
    }
}

async fn one_page(state: &State, rows: Vec<QuarantinedRow>, summary: &mut Summary) -> Result<(), ReplayError> {
    let now = (state.clock)();
    let mut page = Page::default();
    for row in rows {
        page.take(state, row, now, summary);
    }
    if !summary.dry_run && !page.replayed.is_empty() {
        publish(state, &page).await?;
        mark(state, &page.replayed, now).await?;
    }
    Ok(())
}

async fn publish(state: &State, page: &Page) -> Result<(), ReplayError> {
    let mut tickets = Vec::new();
    for batch in &page.batches {
        let batch = Batch {
            bytes: &batch.bytes,
            events: batch.events,
            tally: &batch.tally,
        };
        tickets.push(submitted(|| state.committer.submit(&batch).map(Some)).await?);
    }
    for things in &page.things {
        // Counted as accepted when they were.
        let batch = Batch {
            bytes: &things.bytes,
            events: things.entities,
            tally: &[],
        };
        let door = state.entities.as_ref().ok_or(ReplayError::ShuttingDown)?;
        tickets.push(submitted(|| door.submit(things.stream, &batch).map(Some)).await?);
    }
    for (refused, _) in &page.refused {
        tickets.push(submitted(|| refused.submit(state, Door::Inbox)).await?);
    }
    for ticket in tickets.into_iter().flatten() {
        if let Outcome::Failed { retry_after } = ticket.outcome().await {
            return Err(ReplayError::QueueAway { retry_after });
        }
    }
    for (refused, minute) in &page.refused {
        refused.count_reasons(state);
        state.ledger.add(*minute, refused.counts.iter().copied());
    }
    Ok(())
}

async fn submitted(submit: impl Fn() -> Result<Option<Ticket>, SubmitError>) -> Result<Option<Ticket>, ReplayError> {
    for _ in 0..PAUSES {
        match submit() {
            Ok(ticket) => return Ok(ticket),
            Err(SubmitError::Closed) => return Err(ReplayError::ShuttingDown),
            Err(SubmitError::Full) => tokio::time::sleep(PAUSE).await,
        }
    }
    Err(ReplayError::QueueAway { retry_after: None })
}

/// The rows' own write, so that the list is empty of them even if the next page fails.
async fn mark(state: &State, rows: &[QuarantinedRow], now: Timestamp) -> Result<(), ReplayError> {
    Ok(state.warehouse.mark_replayed(rows, Milliseconds(now.0)).await?)
}
