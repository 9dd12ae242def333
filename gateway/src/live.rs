//! Who is there now, pushed each second: `GET /live/stream`.
//!
//! What this gateway accepted is counted in memory. Who is there says the metric `live`, and the last half hour `events_per_minute`:
//! asked once a second and site for all who watch, less often where the engine needs long.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::{self, RawQuery};
use axum::response::Response;
use event::Timestamp;
use futures_util::stream;
use serde_json::{Value, json};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use warehouse::ReportFormat;

use crate::State;
use crate::event_stream;
use crate::query::{Query, refuse};
use crate::reports::{Asking, Parameters, ReportsError, find};
use crate::roles::Reader;
use crate::sites::SiteIndex;

const TICK: Duration = Duration::from_secs(1);
/// Of the time between two looks, the engine may work a third.
const REST: u32 = 3;
/// Watchers at once; more are told to come back.
const STREAMS: usize = 200;
const MINUTES: &str = "30m";

/// What all who watch share.
pub(crate) struct Live {
    streams: Arc<Semaphore>,
    looks: Mutex<HashMap<Asked, Arc<tokio::sync::Mutex<Look>>>>,
    /// Ends every stream.
    closing: CancellationToken,
}

/// Site and the parameter `bots`.
type Asked = (SiteIndex, String);

/// The last answer, for whoever asks before the next is due.
struct Look {
    due: Instant,
    seen: Value,
}

impl Live {
    pub(crate) fn new() -> Self {
        Self {
            streams: Arc::new(Semaphore::new(STREAMS)),
            looks: Mutex::default(),
            closing: CancellationToken::new(),
        }
    }

    /// Ends what would hold connections open: the server stops.
    pub(crate) fn close(&self) {
        self.closing.cancel();
    }

    fn look(&self, asked: Asked) -> Arc<tokio::sync::Mutex<Look>> {
        let mut looks = self.looks.lock().unwrap_or_else(PoisonError::into_inner);
        let first = || {
            let look = Look {
                due: Instant::now(),
                seen: Value::Null,
            };
            Arc::new(tokio::sync::Mutex::new(look))
        };
        Arc::clone(looks.entry(asked).or_insert_with(first))
    }
}

/// `GET /live/stream?site=&bots=`: server-sent events `now`, one a second.
pub(crate) async fn stream(
    extract::State(state): extract::State<State>,
    Reader(caller): Reader,
    RawQuery(query): RawQuery,
) -> Result<Response, ReportsError> {
    let is_known = |name: &str| ["site", "bots"].contains(&name);
    let query = Query::read(
        query.as_deref().unwrap_or(""),
        is_known,
        "is not known here: site and bots are",
    )?;
    let asking = Asking {
        caller: &caller,
        sites: &state.sites,
        now: (state.clock)(),
    };
    let parameters = Parameters::read(&query, find("live")?, &asking, &[])?;
    let site = parameters.site.as_deref().and_then(|name| state.sites.find(name));
    let site = site.ok_or_else(|| refuse("site", "is required: there is no default site"))?;
    let bots = parameters.values.iter().find(|value| value.name == "bots");
    let bots = bots.map_or_else(|| "0".to_owned(), |bots| bots.shown.clone());
    let permit = Arc::clone(&state.live.streams)
        .try_acquire_owned()
        .map_err(|_| ReportsError::TooManyStreams)?;
    let watcher = Watcher {
        look: state.live.look((site, bots.clone())),
        state,
        site,
        bots,
        next: Instant::now(),
        _permit: permit,
    };
    let messages = stream::unfold(watcher, async |mut watcher| {
        let message = watcher.message().await?;
        Some((message, watcher))
    });
    Ok(event_stream::respond(messages))
}

struct Watcher {
    state: State,
    look: Arc<tokio::sync::Mutex<Look>>,
    site: SiteIndex,
    bots: String,
    next: Instant,
    _permit: OwnedSemaphorePermit,
}

#[derive(serde::Deserialize)]
struct Answer {
    data: Vec<Value>,
}

impl Watcher {
    /// `None` when the server stops.
    async fn message(&mut self) -> Option<String> {
        let closing = self.state.live.closing.clone();
        let message = async {
            sleep_until(self.next).await;
            self.next = Instant::now() + TICK;
            let seen = self.seen().await;
            let now = (self.state.clock)();
            let data = json!({
                "at": now.to_string(),
                "accepted": self.state.metrics.accepted.of_site(self.site),
                "seen": seen,
            });
            format!("event: now\ndata: {data}\n\n")
        };
        closing.run_until_cancelled(message).await
    }

    /// Null while the engine gives no answer.
    async fn seen(&self) -> Value {
        let mut look = self.look.lock().await;
        let begun = Instant::now();
        if look.due > begun {
            return look.seen.clone();
        }
        let now = (self.state.clock)();
        look.seen = match self.ask(now).await {
            Ok(seen) => seen,
            Err(error) => {
                tracing::debug!(error = %crate::error::chain(&error), "who is there is not known");
                Value::Null
            }
        };
        // A little early, so that the next second's tick finds it due.
        look.due = begun + (begun.elapsed() * REST).max(TICK - TICK / 20);
        look.seen.clone()
    }

    async fn ask(&self, now: Timestamp) -> Result<Value, ReportsError> {
        let (mut live, minutes) =
            tokio::try_join!(self.rows("live", "", now), self.rows("events_per_minute", MINUTES, now))?;
        let mut seen = live.pop().unwrap_or_else(|| json!({}));
        seen["minutes"] = minutes.iter().map(|row| row["events"].clone()).collect();
        Ok(seen)
    }

    async fn rows(&self, name: &str, from: &str, now: Timestamp) -> Result<Vec<Value>, ReportsError> {
        let metric = find(name)?;
        let site = &self.state.sites.get(self.site).name;
        let query = format!("site={site}&bots={}&from={from}", self.bots);
        let query = Query::read(&query, |_| true, "")?;
        let asking = Asking {
            // Whoever watches was let in for this site.
            caller: &crate::roles::Caller::Operator,
            sites: &self.state.sites,
            now,
        };
        let parameters = Parameters::read(&query, metric, &asking, &[])?;
        let rows = self
            .state
            .warehouse
            .report_of(
                metric,
                &parameters.given(),
                parameters.seen(metric).as_deref(),
                ReportFormat::Json,
            )
            .await?;
        let answer: Answer = serde_json::from_slice(&rows).map_err(ReportsError::Answer)?;
        Ok(answer.data)
    }
}
