//! How much one client address may send: two token buckets per address, in bounded memory.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use quick_cache::sync::Cache;

/// Addresses remembered; one that was forgotten starts with full buckets.
const ADDRESSES: usize = 100_000;
/// What an idle client may send at once, in seconds of its rate.
const BURST_SECONDS: u64 = 2;
const SECOND_NS: u64 = 1_000_000_000;

pub(crate) struct RateLimiter {
    requests: Option<Rate>,
    events: Option<Rate>,
    clients: Cache<IpAddr, Arc<Buckets>>,
    started: Instant,
}

/// One client's buckets at one moment.
pub(crate) struct Allowance<'l> {
    limiter: &'l RateLimiter,
    buckets: Arc<Buckets>,
    /// Nanoseconds since the limiter's start.
    now: u64,
}

#[derive(Debug, Clone, Copy)]
struct Rate {
    ns_per_token: u64,
}

/// Nanoseconds since the start at which each bucket is full again.
#[derive(Debug, Default)]
struct Buckets {
    requests_full_at: AtomicU64,
    events_full_at: AtomicU64,
}

impl RateLimiter {
    /// A rate of 0 sets no limit.
    pub(crate) fn new(requests_per_second: u32, events_per_second: u32) -> Self {
        Self {
            requests: Rate::new(requests_per_second),
            events: Rate::new(events_per_second),
            clients: Cache::new(ADDRESSES),
            started: Instant::now(),
        }
    }

    /// What `client` may still send at `now`.
    pub(crate) fn of(&self, client: IpAddr, now: Instant) -> Allowance<'_> {
        let full = || Ok::<_, Infallible>(Arc::default());
        let Ok(buckets) = self.clients.get_or_insert_with(&subscriber(client), full);
        Allowance {
            limiter: self,
            buckets,
            now: self.ns(now),
        }
    }

    fn ns(&self, now: Instant) -> u64 {
        u64::try_from(now.saturating_duration_since(self.started).as_nanos()).unwrap_or(u64::MAX)
    }
}

impl Allowance<'_> {
    /// The error says how long to wait.
    pub(crate) fn take_request(&self) -> Result<(), Duration> {
        let rate = self.limiter.requests;
        rate.map_or(Ok(()), |rate| rate.take(1, &self.buckets.requests_full_at, self.now))
    }

    /// A batch larger than the bucket passes when the bucket is full, and is paid for afterwards.
    pub(crate) fn take_events(&self, events: usize) -> Result<(), Duration> {
        let rate = self.limiter.events;
        rate.map_or(Ok(()), |rate| {
            rate.take(events as u64, &self.buckets.events_full_at, self.now)
        })
    }
}

impl Rate {
    fn new(per_second: u32) -> Option<Self> {
        (per_second > 0).then(|| Self {
            ns_per_token: (SECOND_NS / u64::from(per_second)).max(1),
        })
    }

    fn take(self, tokens: u64, full_at: &AtomicU64, now: u64) -> Result<(), Duration> {
        let burst = (BURST_SECONDS * SECOND_NS).max(self.ns_per_token);
        let cost = tokens.saturating_mul(self.ns_per_token);
        let allowed_debt = burst - cost.min(burst);
        let taken = full_at.try_update(Ordering::Relaxed, Ordering::Relaxed, |full_at| {
            let debt = full_at.saturating_sub(now);
            (debt <= allowed_debt).then(|| full_at.max(now).saturating_add(cost))
        });
        match taken {
            Ok(_) => Ok(()),
            Err(full_at) => Err(Duration::from_nanos(
                full_at.saturating_sub(now).saturating_sub(allowed_debt),
            )),
        }
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
mod tests {
    use super::*;

    const CLIENT: IpAddr = IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 1, 0, 0, 0, 1));
    const NEIGHBOUR: IpAddr = IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 1, 9, 9, 9, 9));
    const STRANGER: IpAddr = IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 2, 0, 0, 0, 1));

    #[test]
    fn refuses_requests_over_the_rate() {
        let limiter = RateLimiter::new(10, 0);
        let now = Instant::now();
        for _ in 0..20 {
            limiter.of(CLIENT, now).take_request().unwrap();
        }
        let wait = limiter.of(NEIGHBOUR, now).take_request().unwrap_err();
        assert_eq!(wait, Duration::from_millis(100));
        limiter.of(STRANGER, now).take_request().unwrap();
        limiter.of(CLIENT, now + wait).take_request().unwrap();
        limiter.of(CLIENT, now).take_events(1_000_000).unwrap();
    }

    #[test]
    fn lets_large_batches_pass_into_debt() {
        let limiter = RateLimiter::new(0, 100);
        let now = Instant::now();
        limiter.of(CLIENT, now).take_events(1_000).unwrap();
        assert_eq!(
            limiter.of(CLIENT, now).take_events(1),
            Err(Duration::from_millis(8_010))
        );
        assert!(
            limiter
                .of(CLIENT, now + Duration::from_secs(9))
                .take_events(1_000)
                .is_err()
        );
        limiter
            .of(CLIENT, now + Duration::from_secs(10))
            .take_events(1_000)
            .unwrap();
    }
}
