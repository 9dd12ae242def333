//! A token bucket as one number: the moment at which it is full again (GCRA).

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// What an idle sender may send at once, in seconds of its rate.
const BURST_SECONDS: u64 = 2;
const SECOND_NS: u64 = 1_000_000_000;

#[derive(Debug, Clone, Copy)]
pub(super) struct Rate {
    ns_per_token: u64,
}

/// Nanoseconds since the limiter's start.
pub(super) type Now = u64;

/// Full at first.
#[derive(Debug, Default)]
pub(super) struct Bucket {
    full_at: AtomicU64,
}

impl Rate {
    /// A rate of 0 sets no limit.
    pub(super) fn new(per_second: u32) -> Option<Self> {
        (per_second > 0).then(|| Self {
            ns_per_token: (SECOND_NS / u64::from(per_second)).max(1),
        })
    }
}

impl Bucket {
    /// More tokens than the bucket holds are given when it is full, and are paid for afterwards. The error says how long to wait.
    pub(super) fn take(&self, tokens: u64, rate: Option<Rate>, now: Now) -> Result<(), Duration> {
        let Some(rate) = rate else { return Ok(()) };
        let burst = (BURST_SECONDS * SECOND_NS).max(rate.ns_per_token);
        let cost = tokens.saturating_mul(rate.ns_per_token);
        let allowed_debt = burst - cost.min(burst);
        let taken = self
            .full_at
            .try_update(Ordering::Relaxed, Ordering::Relaxed, |full_at| {
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
