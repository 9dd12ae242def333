//! What waits for a publish, and its bounds. No I/O: the committer locks it for the length of one copy.

use std::collections::VecDeque;

use std::time::Instant;

use super::Settings;
use super::verdict::{Decider, Ticket};

/// One request's events or records, encoded as the lane's groups want them.
pub(crate) struct Batch<'b, K> {
    pub(crate) bytes: &'b [u8],
    pub(crate) events: usize,
    /// How many events to count where, once their group's outcome is known.
    pub(crate) tally: &'b [(K, u64)],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SubmitError {
    #[error("as many bytes wait for the queue as may wait")]
    Full,
    #[error("the server is shutting down")]
    Closed,
}

pub(super) struct Pending<K> {
    open: OpenGroup<K>,
    /// Groups that reached a limit and wait for a free worker, oldest first.
    full: VecDeque<OpenGroup<K>>,
    full_bytes: usize,
    closed: bool,
    /// Waiting or being published.
    pub(super) unconfirmed_events: usize,
}

pub(super) struct OpenGroup<K> {
    pub(super) bytes: Vec<u8>,
    pub(super) events: usize,
    pub(super) tally: Vec<(K, u64)>,
    pub(super) verdict: Decider,
    /// When its first batch came.
    pub(super) opened: Instant,
    /// The first of its requests that is traced.
    pub(super) request: Option<traces::Context>,
}

impl<K: Copy + PartialEq> Pending<K> {
    pub(super) fn new() -> Self {
        Self {
            open: OpenGroup::with_capacity(0),
            full: VecDeque::new(),
            full_bytes: 0,
            closed: false,
            unconfirmed_events: 0,
        }
    }

    /// The second value says whether a worker has to be woken.
    pub(super) fn submit(&mut self, batch: &Batch<'_, K>, limits: &Settings) -> Result<(Ticket, bool), SubmitError> {
        if self.closed {
            return Err(SubmitError::Closed);
        }
        let waiting = self.full_bytes + self.open.bytes.len();
        if waiting > 0 && waiting + batch.bytes.len() > limits.pending_bytes {
            return Err(SubmitError::Full);
        }
        let mut wake = self.open.events == 0;
        if !wake && self.open.is_full_with(batch, limits) {
            let full = self.close_open();
            self.full_bytes += full.bytes.len();
            self.full.push_back(full);
            wake = true;
        }
        self.open.add(batch);
        self.unconfirmed_events += batch.events;
        Ok((self.open.verdict.ticket(), wake))
    }

    /// Says whose the batch was that was submitted last.
    pub(super) fn trace(&mut self, request: Option<traces::Context>) {
        self.open.request = self.open.request.or(request);
    }

    pub(super) fn take(&mut self) -> Option<OpenGroup<K>> {
        if let Some(full) = self.full.pop_front() {
            self.full_bytes -= full.bytes.len();
            return Some(full);
        }
        (self.open.events > 0).then(|| self.close_open())
    }

    fn close_open(&mut self) -> OpenGroup<K> {
        // The next group will be about as long.
        let next = OpenGroup::with_capacity(self.open.bytes.len());
        std::mem::replace(&mut self.open, next)
    }

    pub(super) fn close(&mut self) {
        self.closed = true;
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed
    }
}

impl<K: Copy + PartialEq> OpenGroup<K> {
    fn with_capacity(bytes: usize) -> Self {
        Self {
            bytes: Vec::with_capacity(bytes),
            events: 0,
            tally: Vec::new(),
            verdict: Decider::default(),
            opened: Instant::now(),
            request: None,
        }
    }

    fn is_full_with(&self, batch: &Batch<'_, K>, limits: &Settings) -> bool {
        self.bytes.len() + batch.bytes.len() > limits.group_bytes || self.events + batch.events > limits.group_events
    }

    fn add(&mut self, batch: &Batch<'_, K>) {
        if self.events == 0 {
            self.opened = Instant::now();
        }
        self.bytes.extend_from_slice(batch.bytes);
        self.events += batch.events;
        for &(key, events) in batch.tally {
            match self.tally.iter_mut().find(|(counted, _)| *counted == key) {
                Some((_, sum)) => *sum += events,
                None => self.tally.push((key, events)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn limits() -> Settings {
        Settings {
            groups_in_flight: 1,
            group_bytes: 10,
            group_events: 3,
            pending_bytes: 25,
            confirm_timeout: Duration::from_secs(1),
        }
    }

    fn submit(pending: &mut Pending<usize>, bytes: usize) -> Result<bool, SubmitError> {
        let batch = Batch {
            bytes: &vec![7; bytes],
            events: 1,
            tally: &[(0, 1)],
        };
        pending.submit(&batch, &limits()).map(|(_, wake)| wake)
    }

    #[test]
    fn fills_groups_up_to_their_limits() {
        let mut pending = Pending::new();
        let wakes = [4, 4, 4, 1, 1, 1].map(|bytes| submit(&mut pending, bytes).unwrap());
        assert_eq!(wakes, [true, false, true, false, false, true]);
        let groups =
            std::iter::from_fn(|| pending.take()).map(|group| (group.bytes.len(), group.events, group.tally[0].1));
        assert_eq!(groups.collect::<Vec<_>>(), [(8, 2, 2), (6, 3, 3), (1, 1, 1)]);
    }

    #[test]
    fn refuses_bytes_beyond_the_bound() {
        let mut pending = Pending::new();
        assert_eq!(
            submit(&mut pending, 40),
            Ok(true),
            "one request larger than the bound still passes alone"
        );
        assert_eq!(submit(&mut pending, 1), Err(SubmitError::Full));
        pending.take().unwrap();
        assert_eq!(submit(&mut pending, 1), Ok(true));
        pending.close();
        assert_eq!(submit(&mut pending, 1), Err(SubmitError::Closed));
    }
}
