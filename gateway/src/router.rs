use std::collections::BTreeSet;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderValue, Method, header};
use axum::middleware::{from_fn_with_state, map_response};
use axum::response::Response;
use axum::routing::{MethodRouter, get, post};

use crate::State;
use crate::assets::{self, page, part, shop, tracker};
use crate::settings::Settings;
use crate::{
    audit, console, entities, error, events, health, home, ledger, live, metrics, openapi, overlay, reads, replay,
    reports, resources, users,
};

/// Every route, grouped by who calls it.
pub fn app(state: State) -> Router {
    // Trackers and other programs. Hot: it counts for itself.
    let events = post(events::post).options(events::preflight);
    let mut senders = Router::new()
        .route("/events", events.clone())
        .route("/events/", events.clone());
    for path in own_event_paths(&state.settings) {
        senders = senders.route(&path, events.clone());
    }

    // Back ends with things that are no events.
    let publishers = Router::new().both("/entities/{stream}", post(entities::post));

    // Pages that carry the script tag.
    let mut pages = Router::new();
    for path in tracker_paths(&state) {
        pages = pages.route(&path, get(tracker));
    }
    for path in overlay_paths(&state) {
        pages = pages.route(&path, get(assets::overlay));
    }

    // People. What one address asks of these is limited.
    let drawn = get(overlay::report).options(overlay::preflight);
    let mut people = Router::new()
        .route("/", get(home::page))
        .route("/shop", get(shop))
        .route("/shop/", get(shop))
        .route("/shop/{*path}", get(shop))
        .both("/dashboard", get(page))
        .route("/assets/{*path}", get(part))
        .both("/reports", get(reports::catalogue))
        .both("/reports/{metric}", get(reports::report))
        .both("/get_resource", get(resources::list))
        .both("/get_resource/{id}", get(resources::one))
        .both("/ledger", get(ledger::ledger))
        .both("/heatmap", get(overlay::page))
        .both("/overlay/token", post(overlay::token))
        .both("/overlay/reports/{metric}", drawn.clone())
        .both("/live", get(page))
        .both("/live/stream", get(live::stream))
        .both("/journeys", get(page))
        .both("/console/events", get(console::stream))
        .both("/expect", post(console::expect))
        .both("/overview", get(home::overview))
        .both("/traffic", get(home::traffic).post(home::make_traffic))
        .route("/openapi.json", get(openapi::document));
    if let Some(folder) = state.settings.tracker_folder().filter(|folder| *folder != "/") {
        // Beside the script that asks, which a web server in front may be all that it forwards.
        people = people.both(&format!("{folder}overlay/reports/{{metric}}"), drawn);
    }
    let people = people.route_layer(from_fn_with_state(state.clone(), reads::limit));

    // The same people, from a bucket of its own.
    let writers = Router::new()
        .both("/create_resource", post(resources::create))
        .route_layer(from_fn_with_state(state.clone(), reads::limit_writes));

    // Those with a key of the scope admin.
    let administrators = Router::new()
        .both("/users", get(users::list))
        .both("/audit", get(audit::list))
        .route_layer(from_fn_with_state(state.clone(), reads::limit));

    // Operators and their machines.
    let operators = Router::new()
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready))
        .route("/metrics", get(metrics::text))
        .both("/replay", post(replay::post));

    pages
        .merge(publishers)
        .merge(people)
        .merge(writers)
        .merge(administrators)
        .merge(operators)
        .fallback(error::not_found)
        // Within the layers, so that people are told on a page; below for the senders, which have none.
        .method_not_allowed_fallback(error::method_not_allowed)
        .layer(from_fn_with_state(state.clone(), home::errors_for_people))
        .layer(map_response(as_it_says))
        .layer(from_fn_with_state(state.clone(), metrics::record))
        .merge(senders)
        .method_not_allowed_fallback(error::method_not_allowed)
        .with_state(state)
}

/// A browser that is shown an answer does not guess another type than it has.
async fn as_it_says(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// With the slash at its end and without: a redirect would make a GET of a POST in some clients.
trait Both {
    fn both(self, path: &str, routes: MethodRouter<State>) -> Self;
}

impl Both for Router<State> {
    fn both(self, path: &str, routes: MethodRouter<State>) -> Self {
        self.route(&format!("{path}/"), routes.clone()).route(path, routes)
    }
}

/// Whether [`app`] would give the request to [`events::post`]. [`crate::serve`] does so itself: on a router's way there a request
/// costs a twentieth more CPU.
pub(crate) fn is_events(request: &Request, settings: &Settings) -> bool {
    let path = request.uri().path();
    request.method() == Method::POST && (matches!(path, "/events" | "/events/") || settings.takes_events_at(path))
}

/// Ours and the operator's own, none of them twice: theirs may be `/stats/clickpath.js`.
fn tracker_paths(state: &State) -> BTreeSet<String> {
    let folders = ["/"].into_iter().chain(state.settings.tracker_folder());
    let in_folder = |folder| state.assets.tracker_files().map(move |name| format!("{folder}{name}"));
    folders
        .flat_map(in_folder)
        .chain(state.settings.tracker_path.clone())
        .collect()
}

/// Below each folder that has the tracker.
fn overlay_paths(state: &State) -> BTreeSet<String> {
    let folders = ["/"].into_iter().chain(state.settings.tracker_folder());
    let in_folder = |folder| {
        let files = state.assets.overlay_files();
        files.map(move |name| format!("{folder}overlay/{name}"))
    };
    folders.flat_map(in_folder).collect()
}

/// The operator's own, none of them twice.
fn own_event_paths(settings: &Settings) -> BTreeSet<String> {
    let beside = settings.tracker_folder().map(|folder| format!("{folder}events"));
    let paths = settings.events_path.iter().cloned().chain(beside);
    paths.filter(|path| path != "/events").collect()
}
