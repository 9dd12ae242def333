//! The client's address behind proxies.
//!
//! Every proxy appends the address it was called from, so the header is read from the right: as long as an address is a trusted
//! proxy's, its left neighbour was written by that proxy. What stands further left anybody may have written.

mod forwarded;

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use ipnet::IpNet;

/// Whose `Forwarded` and `X-Forwarded-For` are believed. The default is this machine (127.0.0.0/8 and `::1`):
/// a web server in front of the gateway on one machine works at once, and nobody from outside can call from there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedProxies {
    networks: Vec<IpNet>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected an IP address or a CIDR block such as 10.0.0.0/8, found {found:?}")]
pub struct NotNetwork {
    pub found: String,
}

/// The address the request came from.
///
/// `peer` is the connection's other end; the headers are their lines joined with `, `, in order. An address is an IPv4-mapped IPv6 one's
/// IPv4. Where a proxy hides the client (`unknown`, `_name`, an unreadable entry), the answer is the last proxy that is known.
/// When both headers are there and disagree, one of them came from the client and passed a proxy that knows the other only:
/// neither is believed and the answer is `peer`.
pub fn client_ip(
    peer: IpAddr,
    forwarded: Option<&str>,
    x_forwarded_for: Option<&str>,
    trusted: &TrustedProxies,
) -> IpAddr {
    let peer = peer.to_canonical();
    let by_forwarded = forwarded.map(|header| match forwarded::hops(header) {
        Some(hops) => walk(peer, hops.into_iter().rev(), trusted),
        None => peer,
    });
    let by_x_forwarded_for = x_forwarded_for.map(|header| {
        let hops = header.rsplit(',').map(str::trim).filter(|hop| !hop.is_empty());
        walk(peer, hops.map(address), trusted)
    });
    match (by_forwarded, by_x_forwarded_for) {
        (Some(one), Some(other)) if one != other => peer,
        (Some(client), _) | (None, Some(client)) => client,
        (None, None) => peer,
    }
}

fn walk(peer: IpAddr, hops: impl Iterator<Item = Option<IpAddr>>, trusted: &TrustedProxies) -> IpAddr {
    let mut known = peer;
    for hop in hops {
        match hop {
            Some(hop) if trusted.contains(known) => known = hop,
            _ => break,
        }
    }
    known
}

/// `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]` or `[2001:db8::1]:80`.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    let ip = match bare.unwrap_or(text).parse::<IpAddr>() {
        Ok(ip) => ip,
        Err(_) => text.parse::<SocketAddr>().ok()?.ip(),
    };
    Some(ip.to_canonical())
}

impl TrustedProxies {
    /// Believes nobody: the client is who connects.
    pub fn none() -> Self {
        Self { networks: Vec::new() }
    }

    pub fn contains(&self, ip: IpAddr) -> bool {
        self.networks.iter().any(|network| network.contains(&ip))
    }
}

impl Default for TrustedProxies {
    fn default() -> Self {
        let networks = vec![
            IpNet::new_assert(IpAddr::from([127, 0, 0, 0]), 8),
            IpNet::new_assert(std::net::Ipv6Addr::LOCALHOST.into(), 128),
        ];
        Self { networks }
    }
}

/// Addresses and CIDR blocks, separated by commas; an empty text trusts nobody.
impl FromStr for TrustedProxies {
    type Err = NotNetwork;

    fn from_str(text: &str) -> Result<Self, NotNetwork> {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        let networks = parts.map(network).collect::<Result<_, _>>()?;
        Ok(Self { networks })
    }
}

fn network(text: &str) -> Result<IpNet, NotNetwork> {
    let not_network = || NotNetwork { found: text.to_owned() };
    match text.parse::<IpAddr>() {
        Ok(ip) => Ok(IpNet::from(ip.to_canonical())),
        Err(_) => text.parse().map_err(|_| not_network()),
    }
}

impl fmt::Display for TrustedProxies {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, network) in self.networks.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            write!(formatter, "{comma}{network}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod chains;
#[cfg(test)]
mod tests;
