use std::time::Duration;

/// Microseconds each.
#[derive(Debug, Clone, Default)]
pub(super) struct Latencies(Vec<u32>);

impl Latencies {
    /// More than an hour counts as an hour.
    pub(super) fn add(&mut self, latency: Duration) {
        self.0.push(u32::try_from(latency.as_micros()).unwrap_or(3_600_000_000));
    }

    pub(super) fn append(&mut self, mut other: Self) {
        self.0.append(&mut other.0);
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Milliseconds that `share` of all do not exceed (nearest rank); 0 of none.
    pub(super) fn quantile_ms(&self, share: f64) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let rank = (share * sorted.len() as f64).ceil() as usize;
        let latency = sorted.get(rank.saturating_sub(1)).copied();
        f64::from(latency.unwrap_or_default()) / 1_000.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_the_nearest_rank() {
        let mut latencies = Latencies::default();
        (1..=200).rev().for_each(|ms| latencies.add(Duration::from_millis(ms)));
        let found = [0.5, 0.99, 1.0].map(|share| latencies.quantile_ms(share));
        assert_eq!(found, [100.0, 198.0, 200.0]);
    }
}
