use std::time::Duration;

use axum::Json;
use axum::extract;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use tokio::time::timeout;

use crate::State;
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
    /// Reports need it, taking events does not.
    warehouse: Condition,
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
    let warehouse = match timeout(PING_TIMEOUT, state.warehouse.ping()).await {
        Ok(Ok(())) => Condition::Ready,
        Ok(Err(error)) => {
            tracing::debug!(error = %chain(&error), "warehouse does not answer");
            Condition::Unavailable
        }
        Err(_) => Condition::Unavailable,
    };
    let status = match queue {
        Condition::Ready => StatusCode::OK,
        Condition::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
    };
    let components = Components { queue, warehouse };
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

impl Condition {
    fn of(ready: bool) -> Self {
        if ready { Self::Ready } else { Self::Unavailable }
    }
}

fn no_store() -> [(header::HeaderName, HeaderValue); 1] {
    [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))]
}
