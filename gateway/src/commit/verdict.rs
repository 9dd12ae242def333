use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::sync::Notify;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Durable in the queue.
    Published,
    /// Perhaps not in the queue: the sender has to send again.
    Failed {
        /// How long the sender should wait, where it is known.
        retry_after: Option<Duration>,
    },
}

/// A request's claim on the outcome of its group.
#[derive(Debug)]
pub(crate) struct Ticket(Arc<Verdict>);

/// The group's end of its tickets. Dropped undecided, as when a worker panics, it decides `Failed`.
#[derive(Debug, Default)]
pub(super) struct Decider(Arc<Verdict>);

#[derive(Debug, Default)]
struct Verdict {
    outcome: OnceLock<Outcome>,
    decided: Notify,
}

impl Ticket {
    pub(crate) async fn outcome(self) -> Outcome {
        loop {
            // Created before the look, so that a decision in between wakes it.
            let decided = self.0.decided.notified();
            if let Some(outcome) = self.0.outcome.get() {
                return *outcome;
            }
            decided.await;
        }
    }
}

impl Decider {
    pub(super) fn ticket(&self) -> Ticket {
        Ticket(Arc::clone(&self.0))
    }

    pub(super) fn decide(self, outcome: Outcome) {
        self.set(outcome);
    }

    /// The first decision stands.
    fn set(&self, outcome: Outcome) {
        self.0.outcome.get_or_init(|| outcome);
        self.0.decided.notify_waiters();
    }
}

impl Drop for Decider {
    fn drop(&mut self) {
        self.set(Outcome::Failed { retry_after: None });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn tells_every_ticket_the_outcome() {
        let decider = Decider::default();
        let (early, late) = (decider.ticket(), decider.ticket());
        let early = tokio::spawn(early.outcome());
        tokio::task::yield_now().await;
        decider.decide(Outcome::Published);
        assert_eq!(early.await.unwrap(), Outcome::Published);
        assert_eq!(late.outcome().await, Outcome::Published);
    }

    #[tokio::test]
    async fn fails_tickets_of_dropped_groups() {
        let decider = Decider::default();
        let ticket = decider.ticket();
        drop(decider);
        assert_eq!(ticket.outcome().await, Outcome::Failed { retry_after: None });
    }
}
