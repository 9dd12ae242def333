use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use event::Timestamp;
use tokio::sync::watch;

use super::arrival::Arrival;

/// The last arrivals, bounded in number and bytes.
pub(super) struct Ring {
    kept: Mutex<Kept>,
    most: usize,
    most_bytes: usize,
    /// [`Kept::ends`], for those who wait.
    ends: watch::Sender<u64>,
}

struct Kept {
    arrivals: VecDeque<Numbered>,
    bytes: usize,
    /// The number of the next arrival's first event.
    ends: u64,
}

/// An arrival with the number of its first event, counted from 1 since the start.
#[derive(Clone)]
pub(super) struct Numbered {
    pub(super) first: u64,
    pub(super) arrival: Arc<Arrival>,
}

impl Numbered {
    /// The number after its last event.
    pub(super) fn ends(&self) -> u64 {
        self.first + self.arrival.events() as u64
    }
}

impl Ring {
    pub(super) fn new(most: usize, most_bytes: usize) -> Self {
        Self {
            kept: Mutex::new(Kept {
                arrivals: VecDeque::new(),
                bytes: 0,
                ends: 1,
            }),
            most,
            most_bytes,
            ends: watch::Sender::new(1),
        }
    }

    pub(super) fn push(&self, arrival: Arrival) {
        let arrival = Arc::new(arrival);
        let ends = {
            let mut kept = self.kept();
            kept.bytes += arrival.bytes();
            let first = kept.ends;
            kept.ends += arrival.events() as u64;
            kept.arrivals.push_back(Numbered { first, arrival });
            while kept.arrivals.len() > self.most || (kept.bytes > self.most_bytes && kept.arrivals.len() > 1) {
                if let Some(oldest) = kept.arrivals.pop_front() {
                    kept.bytes -= oldest.arrival.bytes();
                }
            }
            kept.ends
        };
        self.ends.send_replace(ends);
    }

    /// The arrival that holds event `number`, or the first that is left after it.
    pub(super) fn from(&self, number: u64) -> Option<Numbered> {
        let kept = self.kept();
        let at = kept.arrivals.partition_point(|one| one.ends() <= number);
        kept.arrivals.get(at).cloned()
    }

    /// The arrival that ends before event `number`, the last of them.
    pub(super) fn before(&self, number: u64) -> Option<Numbered> {
        let kept = self.kept();
        let at = kept.arrivals.partition_point(|one| one.ends() <= number);
        kept.arrivals.get(at.checked_sub(1)?).cloned()
    }

    /// The number of the first event received at `moment` or later; the next one's when there is none.
    pub(super) fn since(&self, moment: Timestamp) -> u64 {
        let kept = self.kept();
        // Requests that end at the same time may lie in any order.
        let found = kept.arrivals.iter().find(|one| one.arrival.received_at >= moment);
        found.map_or(kept.ends, |one| one.first)
    }

    pub(super) fn subscribe(&self) -> watch::Receiver<u64> {
        self.ends.subscribe()
    }

    /// A panic elsewhere cannot leave it half changed in a way that matters: a count of bytes at most.
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrival(received_at: i64, bytes: usize) -> Arrival {
        Arrival::unreadable(Timestamp(received_at), vec![b'x'; bytes].into())
    }

    fn numbers(ring: &Ring) -> Vec<u64> {
        let mut number = 0;
        let next = || {
            let found = ring.from(number)?;
            number = found.ends();
            Some(found.first)
        };
        let forwards: Vec<_> = std::iter::from_fn(next).collect();
        let mut number = u64::MAX;
        let previous = || {
            let found = ring.before(number)?;
            number = found.first;
            Some(found.first)
        };
        let mut backwards: Vec<_> = std::iter::from_fn(previous).collect();
        backwards.reverse();
        assert_eq!(forwards, backwards);
        forwards
    }

    #[test]
    fn forgets_the_oldest_beyond_its_bounds() {
        let ring = Ring::new(3, 100_000);
        (0..5).for_each(|at| ring.push(arrival(at, 10_000)));
        assert_eq!(numbers(&ring), [3, 4, 5]);
        ring.push(arrival(5, 85_000));
        assert_eq!(numbers(&ring), [5, 6], "by bytes");
        ring.push(arrival(6, 1_000_000));
        assert_eq!(numbers(&ring), [7], "one passes alone");
        ring.push(arrival(7, 1));
        assert_eq!(numbers(&ring), [8]);
    }

    #[test]
    fn finds_what_came_since() {
        let ring = Ring::new(10, 100_000);
        assert_eq!(ring.since(Timestamp(0)), 1, "what is to come");
        [10, 20, 19, 30].into_iter().for_each(|at| ring.push(arrival(at, 1)));
        let since = [0, 10, 15, 20, 25, 31].map(|moment| ring.since(Timestamp(moment)));
        assert_eq!(since, [1, 1, 2, 2, 4, 5]);
    }
}
