use axum::Router;
use axum::extract::Request;
use axum::http::Method;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};

use crate::State;
use crate::assets::{dashboard, shop, tracker};
use crate::{error, events, health, home, ledger, metrics, reads, replay, reports};

/// Every route, grouped by who calls it.
pub fn app(state: State) -> Router {
    // Trackers and other programs. Hot: it counts for itself.
    let events = post(events::post).options(events::preflight);
    let senders = Router::new().route("/events", events.clone()).route("/events/", events);

    // Pages that carry the script tag.
    let mut pages = Router::new();
    for name in state.assets.tracker_files() {
        pages = pages.route(&format!("/{name}"), get(tracker));
    }

    // People. What one address asks of these is limited.
    let people = Router::new()
        .route("/", get(home::page))
        .route("/shop", get(shop))
        .route("/shop/", get(shop))
        .route("/shop/{*path}", get(shop))
        .route("/dashboard", get(dashboard))
        .route("/dashboard/", get(dashboard))
        .route("/dashboard/{*path}", get(dashboard))
        .route("/reports", get(reports::catalogue))
        .route("/reports/{name}", get(reports::report))
        .route("/ledger", get(ledger::ledger))
        .route_layer(from_fn_with_state(state.clone(), reads::limit));

    // Operators and their machines.
    let operators = Router::new()
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready))
        .route("/metrics", get(metrics::text))
        .route("/replay", post(replay::post));

    pages
        .merge(people)
        .merge(operators)
        .fallback(error::not_found)
        .layer(from_fn_with_state(state.clone(), metrics::record))
        .merge(senders)
        .method_not_allowed_fallback(error::method_not_allowed)
        .with_state(state)
}

/// Whether [`app`] would give the request to [`events::post`]. [`crate::serve`] does so itself: on a router's way there a request
/// costs a twentieth more CPU.
pub(crate) fn is_events(request: &Request) -> bool {
    request.method() == Method::POST && matches!(request.uri().path(), "/events" | "/events/")
}
