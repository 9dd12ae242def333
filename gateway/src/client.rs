//! Whose request it is.

use std::borrow::Cow;
use std::net::IpAddr;

use axum::http::{Extensions, HeaderMap, HeaderName, header};
use enrich::proxies::{TrustedProxies, client_ip};

use crate::serve::Peer;

pub(crate) static X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// [`crate::serve`] gives each request its peer; somebody else called [`crate::app`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the request came without its connection's address")]
pub(crate) struct NoPeer;

/// The address of the client: the connection's other end, or whom trusted proxies name.
pub(crate) fn client(headers: &HeaderMap, extensions: &Extensions, trusted: &TrustedProxies) -> Result<IpAddr, NoPeer> {
    let Peer(peer) = *extensions.get::<Peer>().ok_or(NoPeer)?;
    let forwarded = lines(headers, &header::FORWARDED);
    let x_forwarded_for = lines(headers, &X_FORWARDED_FOR);
    Ok(client_ip(
        peer,
        forwarded.as_deref(),
        x_forwarded_for.as_deref(),
        trusted,
    ))
}

/// A header's lines as one; none when the header is absent. What is not UTF-8 becomes an entry that names nobody.
fn lines<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<Cow<'h, str>> {
    let mut lines = headers
        .get_all(name)
        .iter()
        .map(|line| String::from_utf8_lossy(line.as_bytes()));
    let mut all = lines.next()?;
    for line in lines {
        let all = all.to_mut();
        all.push_str(", ");
        all.push_str(&line);
    }
    Some(all)
}
