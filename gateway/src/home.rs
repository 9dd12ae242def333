//! `GET /`: what runs here, how one's own site sends to it, and traffic to look at; pages for people where nothing is.

mod errors;
mod overview;
mod traffic;

use axum::extract;
use axum::response::Response;

use crate::State;
use crate::assets::made;
pub(crate) use errors::for_people as errors_for_people;
pub(crate) use overview::get as overview;
pub(crate) use traffic::Traffic;
pub use traffic::{MakeTraffic, Order};
pub(crate) use traffic::{get as traffic, post as make_traffic};

/// `GET /`
pub(crate) async fn page(extract::State(state): extract::State<State>) -> Response {
    made(state.assets.home().to_owned())
}
