//! What the overlay asks for: a token for its operator, and the reports that it draws, for pages of other origins too; and the page
//! `/heatmap`, which shows a site's pages in a frame.

mod token;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{self, Path, RawQuery, Request};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use url::Url;

use crate::State;
use crate::assets;
use crate::caching::no_store;
use crate::error::{Detail, respond};
use crate::events::bearer;
use crate::query::{Query, refuse};
use crate::reports::{self, Asking, Parameters, ReportsError, find};
use crate::roles::{AccessError, Caller, Reader, Scope};
pub(crate) use token::Signer;
use token::TokenError;

/// A token reads these reports, and nothing else.
const METRICS: [&str; 3] = ["click_map", "page_elements", "scroll_reach"];
const METHODS: HeaderValue = HeaderValue::from_static("GET");
const HEADERS: HeaderValue = HeaderValue::from_static("authorization");
const EXPOSED: HeaderValue = HeaderValue::from_static("retry-after");

/// Why the overlay is told nothing; one status each.
#[derive(Debug, thiserror::Error)]
enum OverlayError {
    #[error("the token has expired; POST /overlay/token makes another")]
    Expired,
    #[error("pages of this origin are none of the token's site")]
    Origin,
    #[error(transparent)]
    Reports(#[from] ReportsError),
}

#[derive(Serialize)]
struct Token<'t> {
    token: &'t str,
    site: &'t str,
    expires_at: String,
    /// Address that the site's pages are below; a path where this gateway serves them.
    pages: &'t str,
}

/// `POST /overlay/token?site=`: what reads the overlay's reports of one site for an hour, for somebody who may read them all.
pub(crate) async fn token(
    extract::State(state): extract::State<State>,
    Reader(caller): Reader,
    RawQuery(query): RawQuery,
) -> Result<Response, ReportsError> {
    let query = query.as_deref().unwrap_or("");
    let query = Query::read(query, |name| name == "site", "is not known here: site is")?;
    let asking = Asking {
        caller: &caller,
        sites: &state.sites,
        now: (state.clock)(),
    };
    let parameters = Parameters::read(&query, find(METRICS[0])?, &asking, &[])?;
    let site = parameters.site.as_deref().and_then(|name| state.sites.find(name));
    let site = site.ok_or_else(|| refuse("site", "is required: there is no default site"))?;
    let site = state.sites.get(site);
    let (token, expires) = state.overlay.sign(&site.name, asking.now);
    let answer = Token {
        token: &token,
        site: &site.name,
        expires_at: expires.to_string(),
        pages: match state.sites.is_demo {
            true => assets::SHOP,
            false => &site.base_url,
        },
    };
    Ok((no_store(), Json(answer)).into_response())
}

/// `GET /overlay/reports/{metric}`: one of the overlay's reports, for a token or a key.
pub(crate) async fn report(
    extract::State(state): extract::State<State>,
    metric: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let answer = answer(&state, metric, &headers, query.as_deref().unwrap_or("")).await;
    let mut response = answer.unwrap_or_else(IntoResponse::into_response);
    allow(&state, &headers, response.headers_mut());
    response
}

/// `OPTIONS /overlay/reports/{metric}`, which a browser sends before the token from another origin.
pub(crate) async fn preflight(extract::State(state): extract::State<State>, headers: HeaderMap) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    let answer = response.headers_mut();
    answer.insert(header::ALLOW, HeaderValue::from_static("GET, HEAD, OPTIONS"));
    if allow(&state, &headers, answer) {
        answer.insert(header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
        answer.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HEADERS);
        answer.insert(
            header::ACCESS_CONTROL_MAX_AGE,
            state.settings.cors_max_age_seconds.into(),
        );
    }
    response
}

async fn answer(
    state: &State,
    metric: Result<Path<String>, PathRejection>,
    headers: &HeaderMap,
    query: &str,
) -> Result<Response, OverlayError> {
    let caller = identify(state, headers)?;
    let Path(metric) = metric.map_err(|_| ReportsError::UnknownMetric)?;
    if !METRICS.contains(&&*metric) {
        return Err(ReportsError::UnknownMetric.into());
    }
    Ok(reports::answer(state, &caller, &metric, headers, query).await?)
}

/// Nobody is anonymous here, also where reports are open: whichever page is open in a browser beside could ask.
fn identify(state: &State, headers: &HeaderMap) -> Result<Caller, OverlayError> {
    let Some(shown) = headers.get(header::AUTHORIZATION) else {
        let error = AccessError::KeyRequired {
            needs: Scope::Read,
            prompt: false,
        };
        return Err(ReportsError::from(error).into());
    };
    let shown = bearer(shown.as_bytes()).and_then(|shown| str::from_utf8(shown).ok());
    let Some(token) = shown.filter(|shown| shown.starts_with(token::PREFIX)) else {
        let caller = Caller::identify(state, &Method::GET, headers, Scope::Read);
        return Ok(caller.map_err(ReportsError::from)?);
    };
    let unknown = || ReportsError::from(AccessError::WrongKey { prompt: false });
    let name = match state.overlay.read(token, (state.clock)()) {
        Ok(name) => name,
        Err(TokenError::Unknown) => return Err(unknown().into()),
        Err(TokenError::Expired) => return Err(OverlayError::Expired),
    };
    let site = state.sites.find(name).ok_or_else(unknown)?;
    let site = state.sites.get(site);
    let origin = headers.get(header::ORIGIN);
    if origin.is_some_and(|origin| {
        !origin
            .to_str()
            .is_ok_and(|origin| site.allows(origin) || is_own(origin, headers))
    }) {
        return Err(OverlayError::Origin);
    }
    Ok(Caller::Site([site.name.clone()]))
}

/// Whether the page is one of the gateway's own, as those of the demo shop are.
fn is_own(origin: &str, headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    host.is_some_and(|host| origin.split_once("://").is_some_and(|(_, own)| own == host))
}

/// Lets pages of any site's origin read the answer, refusals too. No credentials: the token is in a header.
fn allow(state: &State, request: &HeaderMap, answer: &mut HeaderMap) -> bool {
    answer.append(header::VARY, HeaderValue::from_static("origin"));
    let Some(origin) = request.get(header::ORIGIN) else {
        return false;
    };
    let known = origin
        .to_str()
        .is_ok_and(|origin| state.sites.iter().any(|site| site.allows(origin)));
    if known {
        answer.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        answer.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
    }
    known
}

/// `GET /heatmap`: with leave to show the sites' pages in a frame.
pub(crate) async fn page(extract::State(state): extract::State<State>, request: Request) -> Response {
    let origins = state.sites.iter().filter_map(|site| Url::parse(&site.base_url).ok());
    let origins: Vec<String> = origins.map(|base| base.origin().ascii_serialization()).collect();
    assets::framing_page(&state, &request, &origins.join(" "))
}

impl IntoResponse for OverlayError {
    fn into_response(self) -> Response {
        let (status, code) = match self {
            Self::Reports(error) => return error.into_response(),
            Self::Expired => (StatusCode::UNAUTHORIZED, "token_expired"),
            Self::Origin => (StatusCode::FORBIDDEN, "origin_not_allowed"),
        };
        let message = self.to_string();
        let detail = Detail {
            code,
            message: &message,
            ..Detail::default()
        };
        let mut response = respond(status, &detail);
        if status == StatusCode::UNAUTHORIZED {
            let bearer = HeaderValue::from_static("Bearer");
            response.headers_mut().append(header::WWW_AUTHENTICATE, bearer);
        }
        response
    }
}
