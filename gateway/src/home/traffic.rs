//! A week of made-up visitors, for who wants to see the pages with something in them. Who composes the gateway brings the generator.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use axum::Json;
use axum::extract::{self, Request};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use event::{Source, Timestamp};
use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::State;
use crate::caching::no_store;
use crate::console::{ConsoleError, administrator, read_json};
use crate::error::{Detail, respond};
use crate::metrics::AcceptedSlot;
use crate::sites::SiteIndex;

/// Some thousand visits: enough for every chart, and seconds of work.
const EVENTS: u64 = 20_000;
const DAYS: u32 = 7;
const BODY_BYTES: usize = 1_024;

/// What is to be made up.
#[derive(Debug, Clone)]
pub struct Order {
    pub site: String,
    pub events: u64,
    /// Up to now.
    pub days: u32,
    /// Another for each order: the same visitors would be the same events.
    pub seed: u64,
    pub stop: CancellationToken,
}

/// Sends made-up events to this gateway and tells what became of them, or why it failed.
pub type MakeTraffic = Box<dyn Fn(Order) -> BoxFuture<'static, Result<String, String>> + Send + Sync>;

/// The generator, where there is one, and its last run.
#[derive(Default)]
pub(crate) struct Traffic {
    make: OnceLock<MakeTraffic>,
    run: Arc<Mutex<Option<Run>>>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

#[derive(Clone)]
struct Run {
    site: SiteIndex,
    /// Generated events that the site had before.
    before: u64,
    /// `None` while it goes on.
    outcome: Option<Result<String, String>>,
}

#[derive(Serialize)]
struct Status<'s> {
    /// Whether this gateway can make traffic at all.
    available: bool,
    state: &'static str,
    site: Option<&'s str>,
    accepted: u64,
    of: u64,
    days: u32,
    /// What became of them, in words.
    said: Option<String>,
}

#[derive(Debug, thiserror::Error)]
enum TrafficError {
    /// Who may order, and how a body comes, is the console's affair.
    #[error(transparent)]
    Console(#[from] ConsoleError),
    #[error("this gateway has no generator: `clickpath up` has one, `clickpath generate` sends to any gateway")]
    None,
    #[error("traffic is being made already")]
    Running,
    #[error("body is not an object with the name of a site here: {{\"site\": \"shop\"}}")]
    Body,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sent {
    site: String,
}

impl Traffic {
    pub(crate) fn offer(&self, make: MakeTraffic) {
        if self.make.set(make).is_err() {
            tracing::warn!("this gateway has a generator already");
        }
    }

    /// Ends a run and waits for it.
    pub(crate) async fn finish(&self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }

    fn run(&self) -> MutexGuard<'_, Option<Run>> {
        lock(&self.run)
    }
}

/// Each change is one assignment.
fn lock(run: &Mutex<Option<Run>>) -> MutexGuard<'_, Option<Run>> {
    run.lock().unwrap_or_else(PoisonError::into_inner)
}

/// `GET /traffic/`: how far it is.
pub(crate) async fn get(extract::State(state): extract::State<State>, method: Method, headers: HeaderMap) -> Response {
    match administrator(&state, &method, &headers) {
        Ok(_) => status(&state, StatusCode::OK),
        Err(error) => error.into_response(),
    }
}

/// `POST /traffic/`: `{"site"}`, answered 202 once it has begun. Open to the operator's own machine or a key of the scope admin.
pub(crate) async fn post(extract::State(state): extract::State<State>, request: Request) -> Response {
    match begin(&state, request).await {
        Ok(()) => status(&state, StatusCode::ACCEPTED),
        Err(error) => error.into_response(),
    }
}

async fn begin(state: &State, request: Request) -> Result<(), TrafficError> {
    let (parts, body) = request.into_parts();
    let caller = administrator(state, &parts.method, &parts.headers)?;
    let traffic = &state.traffic;
    let make = traffic.make.get().ok_or(TrafficError::None)?;
    let body = read_json(state, &parts, body, BODY_BYTES).await?;
    let Sent { site } = serde_json::from_slice(&body).map_err(|_| TrafficError::Body)?;
    let index = state.sites.find(&site).ok_or(TrafficError::Body)?;
    let site = caller.site(Some(site)).map_err(ConsoleError::from)?;
    {
        let mut run = traffic.run();
        if run.as_ref().is_some_and(|run| run.outcome.is_none()) {
            return Err(TrafficError::Running);
        }
        *run = Some(Run {
            site: index,
            before: generated(state, index),
            outcome: None,
        });
    }
    let Timestamp(now) = (state.clock)();
    let making = make(Order {
        site: site.unwrap_or_default(),
        events: EVENTS,
        days: DAYS,
        seed: now.unsigned_abs(),
        stop: traffic.stop.clone(),
    });
    let run = Arc::clone(&traffic.run);
    tracing::info!(
        caller = caller.name(),
        events = EVENTS,
        days = DAYS,
        "traffic is made up"
    );
    traffic.tasks.spawn(async move {
        let outcome = making.await;
        if let Err(error) = &outcome {
            tracing::warn!(error, "traffic could not be made up");
        }
        if let Some(run) = &mut *lock(&run) {
            run.outcome = Some(outcome);
        }
    });
    Ok(())
}

fn generated(state: &State, site: SiteIndex) -> u64 {
    state
        .metrics
        .accepted
        .counted(AcceptedSlot::new(site, Source::Generator))
}

fn status(state: &State, status: StatusCode) -> Response {
    let run = state.traffic.run().clone();
    let (name, said) = match run.as_ref().map(|run| run.outcome.clone()) {
        None => ("none", None),
        Some(None) => ("running", None),
        Some(Some(Ok(said))) => ("done", Some(said)),
        Some(Some(Err(error))) => ("failed", Some(error)),
    };
    let answer = Status {
        available: state.traffic.make.get().is_some(),
        state: name,
        site: run.as_ref().map(|run| &*state.sites.get(run.site).name),
        accepted: run.as_ref().map_or(0, |run| {
            generated(state, run.site).saturating_sub(run.before).min(EVENTS)
        }),
        of: EVENTS,
        days: DAYS,
        said,
    };
    (status, no_store(), Json(answer)).into_response()
}

impl IntoResponse for TrafficError {
    fn into_response(self) -> Response {
        let (status, code) = match self {
            Self::Console(error) => return error.into_response(),
            Self::None => (StatusCode::NOT_FOUND, "no_generator"),
            Self::Running => (StatusCode::CONFLICT, "traffic_runs"),
            Self::Body => (StatusCode::UNPROCESSABLE_ENTITY, "invalid_order"),
        };
        let message = self.to_string();
        let detail = Detail {
            code,
            message: &message,
            ..Detail::default()
        };
        respond(status, &detail)
    }
}
