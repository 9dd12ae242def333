use std::net::IpAddr;

use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;

use super::{AccessError, Caller, Scope};
use crate::State;
use crate::client::{X_FORWARDED_FOR, client};
use crate::serve::Peer;

/// Somebody who may read metrics: who is near, who shows a key of the scope read for every site, or anybody where reports are open.
pub(crate) struct Scraper;

impl FromRequestParts<State> for Scraper {
    type Rejection = AccessError;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, AccessError> {
        // A wrong key is refused wherever it comes from: its sender relies on it.
        if !parts.headers.contains_key(header::AUTHORIZATION) && is_near(parts, state) {
            return Ok(Self);
        }
        Caller::identify(state, &parts.method, &parts.headers, Scope::Read)?.everywhere()?;
        Ok(Self)
    }
}

/// On this machine or in a private network. What somebody forwards who is not trusted comes from anywhere.
fn is_near(parts: &Parts, state: &State) -> bool {
    let Ok(client) = client(&parts.headers, &parts.extensions, &state.proxies) else {
        return false;
    };
    let is_forwarded = parts.headers.contains_key(header::FORWARDED) || parts.headers.contains_key(&X_FORWARDED_FOR);
    let is_peer = parts.extensions.get::<Peer>().is_some_and(|Peer(peer)| *peer == client);
    is_private(client) && !(is_forwarded && is_peer)
}

fn is_private(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.is_loopback() || v4.is_private() || v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local(),
    }
}
