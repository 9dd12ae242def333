use std::sync::Arc;
use std::time::Duration;

use enrich::Sealer;
use event::Timestamp;
use event::entity::Stream;
use queue::{Backlog, Route};

use super::Refusal;
use super::metrics::EntitiesMetrics;
use crate::commit::{self, Batch, CommitMetrics, Committer, Lane, Outcome, Sink, SubmitError, Ticket, Unfinished};
use crate::sites::SiteIndex;

/// Entities in one group.
const GROUP_ENTITIES: usize = 1_000;

/// The open door: what seals, and a committer for each stream, because a group holds one.
pub(crate) struct Entities {
    sealer: Sealer,
    /// In the order of [`Stream::ALL`].
    streams: [Committer<Counted>; Stream::ALL.len()],
    metrics: EntitiesMetrics,
}

/// Where published entities are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counted {
    pub(super) site: SiteIndex,
    pub(super) stream: Stream,
}

impl Entities {
    /// Starts the committers on the current runtime; [`Entities::finish`] ends them.
    pub(crate) fn open(
        sealer: Sealer,
        sink: &Arc<impl Sink>,
        settings: &commit::Settings,
        clock: fn() -> Timestamp,
        (metrics, groups): (EntitiesMetrics, CommitMetrics),
    ) -> Self {
        let settings = commit::Settings {
            // One after the other: what a sender sends later is stored later.
            groups_in_flight: 1,
            group_events: GROUP_ENTITIES.min(settings.group_events),
            ..settings.clone()
        };
        let committer = |_| {
            let accepted = metrics.clone();
            let lane = Lane {
                route: Route::Entities,
                seal: event::entity::seal,
                settle: Box::new(move |tally, outcome| {
                    if outcome == Outcome::Published {
                        for &(counted, entities) in tally {
                            accepted.count_accepted(counted, entities);
                        }
                    }
                }),
                metrics: groups.clone(),
                clock,
            };
            Committer::start(Arc::clone(sink), settings.clone(), lane)
        };
        Self {
            sealer,
            streams: Stream::ALL.map(committer),
            metrics,
        }
    }

    pub(super) fn sealer(&self) -> &Sealer {
        &self.sealer
    }

    pub(super) fn is_ready(&self, stream: Stream) -> bool {
        self.of(stream).is_ready()
    }

    /// What waits on this machine for the loader, of all streams: they share one route.
    pub(crate) fn backlog(&self) -> Option<Backlog> {
        self.streams[0].backlog()
    }

    pub(crate) fn submit(&self, stream: Stream, batch: &Batch<'_, Counted>) -> Result<Ticket, SubmitError> {
        self.of(stream).submit(batch)
    }

    pub(super) fn count_refused<'r>(&self, refused: impl Iterator<Item = &'r Refusal>) {
        for refusal in refused {
            self.metrics.count_refused(refusal.reason.code());
        }
    }

    /// Takes nothing more, publishes what it has and ends the committers.
    pub(crate) async fn finish(&self, grace: Duration) -> Result<(), Unfinished> {
        let [stores, products, customers, purchases, users] = &self.streams;
        let (one, two, three, four, five) = tokio::join!(
            stores.finish(grace),
            products.finish(grace),
            customers.finish(grace),
            purchases.finish(grace),
            users.finish(grace)
        );
        one.and(two).and(three).and(four).and(five)
    }

    fn of(&self, stream: Stream) -> &Committer<Counted> {
        &self.streams[stream as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_have_their_places() {
        for (place, stream) in Stream::ALL.into_iter().enumerate() {
            assert_eq!(stream as usize, place, "{stream}");
        }
    }
}
