use axum::Json;
use axum::extract;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::State;
use crate::caching::no_store;
use crate::console::is_open;

#[derive(Serialize)]
struct Overview<'s> {
    version: &'static str,
    default_site: Option<&'s str>,
    sites: Vec<Entry<'s>>,
    /// Whether the live console is on.
    console: bool,
    /// Whether console and traffic want a key of the scope admin.
    needs_key: bool,
}

#[derive(Serialize)]
struct Entry<'s> {
    name: &'s str,
    /// Its pages have to carry one of its keys, which this does not tell.
    requires_key: bool,
}

/// `GET /overview/`: the sites' names, which every page of theirs carries, and what is turned on: for the home page.
pub(crate) async fn get(extract::State(state): extract::State<State>) -> Response {
    let sites = state.sites.iter().map(|site| Entry {
        name: &site.name,
        requires_key: site.requires_key(),
    });
    let answer = Overview {
        version: env!("CARGO_PKG_VERSION"),
        default_site: state.sites.default_site().map(|site| &*state.sites.get(site).name),
        sites: sites.collect(),
        console: state.console.is_some(),
        needs_key: !is_open(&state.settings),
    };
    (no_store(), Json(answer)).into_response()
}
