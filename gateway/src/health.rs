use std::collections::BTreeMap;
use std::time::Duration;

use axum::Json;
use axum::extract;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use event::Timestamp;
use serde::Serialize;
use tokio::time::timeout;

use crate::State;
use crate::caching::no_store;
use crate::error::chain;

/// A probe must answer before its caller gives up.
const PING_TIMEOUT: Duration = Duration::from_millis(500);

#[derive(Serialize)]
struct Readiness {
    status: Condition,
    components: Components,
}

#[derive(Serialize)]
struct Components {
    queue: Condition,
    /// What waits on this machine for the broker; `null` where nothing ever does.
    spool: Option<Waiting>,
    /// Reports need it, taking events does not.
    warehouse: Condition,
}

#[derive(Serialize)]
struct Waiting {
    groups: u64,
    bytes: u64,
    /// When the oldest group was made.
    oldest: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Condition {
    Ready,
    Unavailable,
}

/// `GET /health/live`: the process answers.
pub(crate) async fn live() -> Response {
    #[derive(Serialize)]
    struct Live {
        status: &'static str,
    }
    (no_store(), Json(Live { status: "live" })).into_response()
}

/// `GET /health/ready`: 200 when events are taken, 503 when not.
pub(crate) async fn ready(extract::State(state): extract::State<State>) -> Response {
    let queue = Condition::of(state.committer.is_ready());
    let warehouse = Condition::of(warehouse_answers(&state).await);
    let status = queue.status();
    let spool = state.committer.spool().map(|spool| Waiting {
        groups: spool.groups,
        bytes: spool.bytes,
        oldest: spool.oldest_ms.map(|oldest_ms| Timestamp(oldest_ms).to_string()),
    });
    let components = Components {
        queue,
        spool,
        warehouse,
    };
    (
        status,
        no_store(),
        Json(Readiness {
            status: queue,
            components,
        }),
    )
        .into_response()
}

/// Within the time that a probe waits.
pub(crate) async fn warehouse_answers(state: &State) -> bool {
    match timeout(PING_TIMEOUT, state.warehouse.ping()).await {
        Ok(Ok(())) => true,
        Ok(Err(error)) => {
            tracing::debug!(error = %chain(&error), "warehouse does not answer");
            false
        }
        Err(_) => false,
    }
}

/// The readiness of a process by its components; ready when all are.
pub(crate) fn status(components: &[(&'static str, bool)]) -> Response {
    #[derive(Serialize)]
    struct Whole {
        status: Condition,
        components: BTreeMap<&'static str, Condition>,
    }
    let status = Condition::of(components.iter().all(|(_, ready)| *ready));
    let components = components.iter().map(|(name, ready)| (*name, Condition::of(*ready)));
    let components = components.collect();
    (status.status(), no_store(), Json(Whole { status, components })).into_response()
}

impl Condition {
    fn of(ready: bool) -> Self {
        if ready { Self::Ready } else { Self::Unavailable }
    }

    fn status(self) -> StatusCode {
        match self {
            Self::Ready => StatusCode::OK,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}
