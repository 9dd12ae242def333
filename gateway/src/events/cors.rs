//! Pages of other origins may send events, without cookies, when their site lists the origin.

use axum::extract::{self, Request};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use url::form_urlencoded;

use super::error::EventsError;
use crate::State;

const METHODS: HeaderValue = HeaderValue::from_static("POST");
const HEADERS: HeaderValue = HeaderValue::from_static("content-type, content-encoding, authorization, x-clickpath-key");
const EXPOSED: HeaderValue = HeaderValue::from_static("retry-after");
const ORIGIN: HeaderValue = HeaderValue::from_static("origin");

/// `OPTIONS /events`, which a browser sends before `application/json` from another origin.
pub(crate) async fn preflight(extract::State(state): extract::State<State>, request: Request) -> Response {
    let Some(origin) = request.headers().get(header::ORIGIN).cloned() else {
        return (
            [(header::ALLOW, HeaderValue::from_static("POST, OPTIONS"))],
            StatusCode::NO_CONTENT,
        )
            .into_response();
    };
    if !may_send(&state, &origin, request.uri().query().unwrap_or("")) {
        let mut response = EventsError::Origin { site: None }.into_response();
        answer(response.headers_mut(), origin, false);
        return response;
    }
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HEADERS);
    headers.insert(
        header::ACCESS_CONTROL_MAX_AGE,
        state.settings.cors_max_age_seconds.into(),
    );
    answer(headers, origin, true);
    response
}

/// Lets the page read the answer. No credentials: the tracker sends no cookies.
pub(super) fn answer(headers: &mut HeaderMap, origin: HeaderValue, allowed: bool) {
    headers.insert(header::VARY, ORIGIN);
    if allowed {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
    }
}

/// The site of the query decides; without one any site will do, and the events themselves are checked when they come.
fn may_send(state: &State, origin: &HeaderValue, query: &str) -> bool {
    let Ok(origin) = origin.to_str() else { return false };
    let named = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "site");
    match named {
        Some((_, site)) => state
            .sites
            .find(&site)
            .is_some_and(|site| state.sites.get(site).allows(origin)),
        None => state.sites.iter().any(|site| site.allows(origin)),
    }
}
