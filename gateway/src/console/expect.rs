//! `POST /expect`: waits for an event, for people's own tests.

mod condition;
mod nearest;
mod wanted;

use std::time::Duration;

use axum::Json;
use axum::extract::{self, Request};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::Value;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::error::ConsoleError;
use super::filter::Filter;
use super::reader::Reader;
use super::seen::{Seen, each};
use crate::State;
use crate::caching::no_store;
use nearest::Nearest;
use wanted::Wanted;

const BODY_BYTES: usize = 64 * 1024;
/// Looked at before a pause, so that a busy gateway keeps its cores.
const EXAMINED: u64 = 500;
const PAUSE: Duration = Duration::from_millis(25);

#[derive(Serialize)]
struct Found {
    /// As `GET /console/events` gives it.
    event: Value,
    waited_ms: u64,
    /// Events looked at, this one included.
    seen: u64,
}

#[derive(Serialize)]
struct NotFound {
    error: Reason,
    /// Events looked at.
    seen: u64,
    /// Events that were forgotten before they were looked at, and whether some came that were not kept as nobody watched.
    missed: u64,
    unwatched: bool,
    /// The event that fitted best.
    nearest: Option<Value>,
}

#[derive(Serialize)]
struct Reason {
    code: &'static str,
    message: String,
}

/// `POST /expect`: `{"match": {path: condition, …}, "within_ms", "since"}`. 200 with the event as soon as one matches, 404 with the
/// nearest miss when none did in time.
pub(crate) async fn post(
    extract::State(state): extract::State<State>,
    request: Request,
) -> Result<Response, ConsoleError> {
    let (parts, body) = request.into_parts();
    let (console, caller) = super::may_watch(&state, &parts.method, &parts.headers)?;
    let body = super::read_json(&state, &parts, body, BODY_BYTES).await?;
    let now = (state.clock)();
    let longest = Duration::from_millis(state.settings.console.expect_longest_ms);
    let wanted = Wanted::read(&body, now, longest)?;
    let reader = console.read_since(wanted.since).ok_or(ConsoleError::TooMany)?;
    let search = Search {
        reader,
        may_see: Filter::of(&caller),
        wanted,
        began: Instant::now(),
        seen: 0,
        found: None,
        nearest: None,
    };
    Ok(search.run().await)
}

struct Search {
    reader: Reader,
    may_see: Filter,
    wanted: Wanted,
    began: Instant,
    seen: u64,
    found: Option<Value>,
    nearest: Option<Nearest>,
}

impl Search {
    async fn run(mut self) -> Response {
        let until = self.began + self.wanted.within;
        let mut paused_at = 0;
        loop {
            while self.found.is_none()
                && let Some(arrival) = self.reader.next()
            {
                each(&arrival, |seen| self.look(&seen));
                if self.seen - paused_at >= EXAMINED {
                    paused_at = self.seen;
                    sleep_until(Instant::now() + PAUSE).await;
                    if Instant::now() >= until {
                        break;
                    }
                }
            }
            if let Some(event) = self.found {
                let waited_ms = self.began.elapsed().as_millis() as u64;
                return respond(
                    StatusCode::OK,
                    &Found {
                        event,
                        waited_ms,
                        seen: self.seen,
                    },
                );
            }
            match timeout_at(until, self.reader.wait()).await {
                Ok(true) if Instant::now() < until => {}
                _ => return self.not_found(),
            }
        }
    }

    fn look(&mut self, seen: &Seen<'_>) {
        if self.found.is_some() || !self.may_see.passes(seen) {
            return;
        }
        self.seen += 1;
        let missed = self.wanted.misses(&seen.document());
        if missed.is_empty() {
            self.found = Some(seen.json());
            return;
        }
        let candidate = Nearest::new(self.wanted.conditions.len(), missed);
        // The later of two that are as near.
        if self
            .nearest
            .as_ref()
            .is_none_or(|nearest| candidate.is_as_near_as(nearest))
        {
            self.nearest = Some(candidate.with(seen));
        }
    }

    fn not_found(mut self) -> Response {
        let within = self.wanted.within.as_millis();
        let message = match &self.nearest {
            None => format!("no event came within {within} ms"),
            Some(nearest) => format!(
                "none of {} events matched within {within} ms; the nearest differs: {}",
                self.seen,
                nearest.text()
            ),
        };
        let answer = NotFound {
            error: Reason {
                code: "no_matching_event",
                message,
            },
            seen: self.seen,
            missed: self.reader.take_missed(),
            unwatched: self.reader.overlooked_since(self.wanted.since),
            nearest: self.nearest.as_ref().map(Nearest::json),
        };
        respond(StatusCode::NOT_FOUND, &answer)
    }
}

fn respond(status: StatusCode, answer: &impl Serialize) -> Response {
    (status, no_store(), Json(answer)).into_response()
}
