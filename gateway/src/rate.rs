//! How much a client address, a key and a site may send, in bounded memory.
//!
//! - per address: a bucket of requests with events, one of events, one of reads (pages and reports), one of writes (saved reports)
//! - per key and per site: a bucket of requests and one of events, whoever sends them
//! - [`Held`]: what an address holds at the moment, such as connections

mod bucket;
mod held;

use std::convert::Infallible;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use quick_cache::sync::Cache;

use crate::settings::Settings;
use crate::sites::{KeyIndex, SiteIndex, Sites};
use bucket::{Bucket, Now, Rate};
pub(crate) use held::{Held, Hold};

/// Addresses remembered; one that was forgotten starts with full buckets.
const ADDRESSES: usize = 100_000;
/// When a body will have arrived is not known.
const BODY_RETRY: Duration = Duration::from_secs(1);

pub(crate) struct RateLimiter {
    started: Instant,
    address: Rates,
    reads: Option<Rate>,
    writes: Option<Rate>,
    clients: Cache<IpAddr, Arc<Client>>,
    /// By index.
    keys: Vec<Account>,
    sites: Vec<Account>,
    /// Bodies of /events that are still being read.
    bodies: Arc<Held>,
    pub(crate) connections: Arc<Held>,
}

/// Which limit a sender ran into, and when to try again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", limit.message())]
pub(crate) struct Limited {
    pub(crate) limit: Limit,
    pub(crate) wait: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Limit {
    AddressRequests,
    AddressEvents,
    AddressReads,
    AddressWrites,
    AddressBodies,
    KeyRequests,
    KeyEvents,
    SiteRequests,
    SiteEvents,
}

/// One client's buckets at one moment.
pub(crate) struct Allowance<'l> {
    limiter: &'l RateLimiter,
    address: IpAddr,
    client: Arc<Client>,
    now: Now,
}

#[derive(Debug, Default)]
struct Client {
    requests: Bucket,
    events: Bucket,
    reads: Bucket,
    writes: Bucket,
}

#[derive(Debug, Clone, Copy)]
struct Rates {
    requests: Option<Rate>,
    events: Option<Rate>,
}

#[derive(Debug)]
struct Account {
    rates: Rates,
    requests: Bucket,
    events: Bucket,
}

impl RateLimiter {
    pub(crate) fn new(settings: &Settings, sites: &Sites) -> Self {
        let key = || {
            Account::new(
                settings.rate_key_requests_per_second,
                settings.rate_key_events_per_second,
            )
        };
        let site = sites.iter().map(|site| {
            let requests = site
                .rate_requests_per_second
                .unwrap_or(settings.rate_site_requests_per_second);
            let events = site
                .rate_events_per_second
                .unwrap_or(settings.rate_site_events_per_second);
            Account::new(requests, events)
        });
        Self {
            started: Instant::now(),
            address: Rates::new(settings.rate_requests_per_second, settings.rate_events_per_second),
            reads: Rate::new(settings.rate_reads_per_second),
            writes: Rate::new(settings.rate_writes_per_second),
            clients: Cache::new(ADDRESSES),
            keys: std::iter::repeat_with(key).take(sites.keys.len()).collect(),
            sites: site.collect(),
            bodies: Held::new(settings.max_bodies_per_address),
            connections: Held::new(settings.max_connections_per_address),
        }
    }

    /// What `address` may still send at `now`.
    pub(crate) fn of(&self, address: IpAddr, now: Instant) -> Allowance<'_> {
        let full = || Ok::<_, Infallible>(Arc::default());
        let Ok(client) = self.clients.get_or_insert_with(&subscriber(address), full);
        Allowance {
            limiter: self,
            address,
            client,
            now: u64::try_from(now.saturating_duration_since(self.started).as_nanos()).unwrap_or(u64::MAX),
        }
    }

    /// Whether any site has a limit of events; without one nobody needs to count them by site.
    pub(crate) fn counts_site_events(&self) -> bool {
        self.sites.iter().any(|site| site.rates.events.is_some())
    }
}

impl Allowance<'_> {
    /// A request with events, before anybody looks at it. What an address has too many costs the key and the site nothing.
    pub(crate) fn take_request(&self) -> Result<(), Limited> {
        let rate = self.limiter.address.requests;
        let taken = self.client.requests.take(1, rate, self.now);
        taken.map_err(Limit::AddressRequests.after())
    }

    /// The same request, of its key and its site.
    pub(crate) fn take_request_of(&self, key: Option<KeyIndex>, site: Option<SiteIndex>) -> Result<(), Limited> {
        let Self { limiter, now, .. } = self;
        if let Some(key) = key {
            let taken = limiter.keys[key].take_request(*now);
            taken.map_err(Limit::KeyRequests.after())?;
        }
        if let Some(site) = site {
            let taken = limiter.sites[site].take_request(*now);
            taken.map_err(Limit::SiteRequests.after())?;
        }
        Ok(())
    }

    /// The events of one request. More than a bucket holds pass when it is full, and are paid for afterwards.
    pub(crate) fn take_events(&self, events: usize, key: Option<KeyIndex>) -> Result<(), Limited> {
        let Self {
            limiter, client, now, ..
        } = self;
        let address = client.events.take(events as u64, limiter.address.events, *now);
        address.map_err(Limit::AddressEvents.after())?;
        if let Some(key) = key {
            let taken = limiter.keys[key].take_events(events, *now);
            taken.map_err(Limit::KeyEvents.after())?;
        }
        Ok(())
    }

    pub(crate) fn take_site_events(&self, events: usize, site: SiteIndex) -> Result<(), Limited> {
        let taken = self.limiter.sites[site].take_events(events, self.now);
        taken.map_err(Limit::SiteEvents.after())
    }

    /// A page, a file or a report.
    pub(crate) fn take_read(&self) -> Result<(), Limited> {
        let taken = self.client.reads.take(1, self.limiter.reads, self.now);
        taken.map_err(Limit::AddressReads.after())
    }

    /// A request that saves something.
    pub(crate) fn take_write(&self) -> Result<(), Limited> {
        let taken = self.client.writes.take(1, self.limiter.writes, self.now);
        taken.map_err(Limit::AddressWrites.after())
    }

    /// Before waiting for a body; it counts until the hold is dropped.
    pub(crate) fn hold_body(&self) -> Result<Hold, Limited> {
        let limited = || Limit::AddressBodies.after()(BODY_RETRY);
        self.limiter.bodies.take(self.address).ok_or_else(limited)
    }
}

impl Limit {
    fn after(self) -> impl Fn(Duration) -> Limited {
        move |wait| Limited { limit: self, wait }
    }

    /// The stable name in answers, metrics and docs.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::AddressRequests => "address_requests",
            Self::AddressEvents => "address_events",
            Self::AddressReads => "address_reads",
            Self::AddressWrites => "address_writes",
            Self::AddressBodies => "address_bodies",
            Self::KeyRequests => "key_requests",
            Self::KeyEvents => "key_events",
            Self::SiteRequests => "site_requests",
            Self::SiteEvents => "site_events",
        }
    }

    fn message(self) -> &'static str {
        match self {
            Self::AddressRequests => "too many requests with events from this address",
            Self::AddressEvents => "too many events from this address",
            Self::AddressReads => "too many requests for pages and reports from this address",
            Self::AddressWrites => "too many requests that save something from this address",
            Self::AddressBodies => "too many requests of this address have not sent all of their body yet",
            Self::KeyRequests => "too many requests with this key",
            Self::KeyEvents => "too many events with this key",
            Self::SiteRequests => "too many requests for this site",
            Self::SiteEvents => "too many events for a site of this request",
        }
    }
}

impl Rates {
    fn new(requests_per_second: u32, events_per_second: u32) -> Self {
        Self {
            requests: Rate::new(requests_per_second),
            events: Rate::new(events_per_second),
        }
    }
}

impl Account {
    fn new(requests_per_second: u32, events_per_second: u32) -> Self {
        Self {
            rates: Rates::new(requests_per_second, events_per_second),
            requests: Bucket::default(),
            events: Bucket::default(),
        }
    }

    fn take_request(&self, now: Now) -> Result<(), Duration> {
        self.requests.take(1, self.rates.requests, now)
    }

    fn take_events(&self, events: usize, now: Now) -> Result<(), Duration> {
        self.events.take(events as u64, self.rates.events, now)
    }
}

/// An IPv6 subscriber holds a whole /64.
fn subscriber(client: IpAddr) -> IpAddr {
    match client {
        IpAddr::V4(_) => client,
        IpAddr::V6(address) => match address.to_ipv4_mapped() {
            Some(address) => IpAddr::V4(address),
            None => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX))),
        },
    }
}

#[cfg(test)]
mod tests;
