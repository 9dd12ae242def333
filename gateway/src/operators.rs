//! Health and metrics of a process that serves nothing else, such as `clickpath load`.

use std::sync::Arc;

use axum::Router;
use axum::extract;
use axum::response::Response;
use axum::routing::get;
use prometheus_client::registry::Registry;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::serve::ServeError;
use crate::{clock, error, health, metrics, process};

struct Operators {
    registry: Registry,
    ready: Box<dyn Fn() -> Vec<(&'static str, bool)> + Send + Sync>,
}

/// Serves `/health/live`, `/health/ready` (200, or 503 when one of the components that `ready` names is not) and `/metrics` until
/// `shutdown`. For the operator's own
/// network: it has none of the gateway's limits.
pub async fn serve_operators(
    listener: TcpListener,
    mut registry: Registry,
    ready: impl Fn() -> Vec<(&'static str, bool)> + Send + Sync + 'static,
    shutdown: CancellationToken,
) -> Result<(), ServeError> {
    process::register(&mut registry, clock::now());
    let operators = Operators {
        registry,
        ready: Box::new(ready),
    };
    let app = Router::new()
        .route("/health/live", get(health::live))
        .route("/health/ready", get(is_ready))
        .route("/metrics", get(text))
        .fallback(error::not_found)
        .method_not_allowed_fallback(error::method_not_allowed)
        .with_state(Arc::new(operators));
    let served = axum::serve(listener, app).with_graceful_shutdown(shutdown.cancelled_owned());
    served.await.map_err(ServeError::Accept)
}

async fn is_ready(extract::State(operators): extract::State<Arc<Operators>>) -> Response {
    health::status(&(operators.ready)())
}

async fn text(extract::State(operators): extract::State<Arc<Operators>>) -> Response {
    metrics::encode(&operators.registry)
}
