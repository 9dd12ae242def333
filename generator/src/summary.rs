use std::fmt;
use std::time::Duration;

/// What became of the events.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    pub sent: u64,
    pub accepted: u64,
    pub rejected: u64,
    /// Written to a file or the standard output.
    pub written: u64,
    /// Requests that were sent again, with the same ids.
    pub retries: u64,
    /// Of each answered request, in ascending order.
    latencies: Vec<Duration>,
}

impl Summary {
    pub(crate) fn answered(&mut self, latency: Duration) {
        let position = self.latencies.partition_point(|other| *other <= latency);
        self.latencies.insert(position, latency);
    }

    pub fn requests(&self) -> usize {
        self.latencies.len()
    }

    /// The latency that this share of the requests, 0 to 100, did not exceed; zero without requests.
    pub fn latency(&self, percent: usize) -> Duration {
        let rank = (self.latencies.len() * percent).div_ceil(100).max(1);
        self.latencies.get(rank - 1).copied().unwrap_or_default()
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            sent,
            accepted,
            rejected,
            retries,
            written,
            ..
        } = self;
        if *written > 0 {
            return write!(formatter, "{written} events written");
        }
        write!(
            formatter,
            "{sent} events sent in {} requests: {accepted} accepted, {rejected} rejected, {retries} requests repeated; \
             answered within {:.1?} (p50), {:.1?} (p95), {:.1?} (p99)",
            self.requests(),
            self.latency(50),
            self.latency(95),
            self.latency(99),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_nearest_ranks() {
        let mut summary = Summary::default();
        assert_eq!(summary.latency(99), Duration::ZERO);
        for milliseconds in (1..=200).rev() {
            summary.answered(Duration::from_millis(milliseconds));
        }
        let percentiles = [0, 50, 95, 99, 100].map(|percent| summary.latency(percent).as_millis());
        assert_eq!(percentiles, [1, 100, 190, 198, 200]);
    }
}
