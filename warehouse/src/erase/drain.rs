use serde::Deserialize;

use super::EraseError;
use crate::Warehouse;

const SETTLED: &str = include_str!("../../../sql/erase/settled.sql");

/// How far gateways and loaders have come, Unix milliseconds; `None` where nobody has said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Settled {
    /// What gateways accepted before waits in no spool; `None` also when there is none.
    pub spool: Option<i64>,
    /// What was in the queue before is in the table, or was given up to the quarantine.
    pub events: Option<i64>,
    /// The same.
    pub entities: Option<i64>,
    /// What was refused or given up before is in the table.
    pub quarantine: Option<i64>,
}

/// Waits for what was accepted before a moment, in the order in which it comes: out of the spools into the queue, out of the queue
/// into the tables, and what the broker gave up meanwhile, out of the quarantine's queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drain {
    Spools { accepted_before: i64 },
    Queues { sent_before: i64 },
    DeadLetters { given_up_before: i64 },
    Done,
}

/// What is waited for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    pub place: &'static str,
    /// `None` when nobody has ever said.
    pub behind_ms: Option<i64>,
}

impl Drain {
    pub fn of(accepted_before: i64) -> Self {
        Self::Spools { accepted_before }
    }

    /// Goes on as far as `settled`, which was read before `now_ms` of the database's clock, allows; what it waits for then.
    pub fn look(&mut self, settled: &Settled, now_ms: i64) -> Option<Waiting> {
        loop {
            let (until, after, places): (_, _, &[(&str, Option<i64>)]) = match *self {
                Self::Spools { accepted_before } => (
                    accepted_before,
                    Self::Queues { sent_before: now_ms },
                    &[("a gateway's spool", settled.spool.or(Some(i64::MAX)))],
                ),
                Self::Queues { sent_before } => (
                    sent_before,
                    Self::DeadLetters {
                        given_up_before: now_ms,
                    },
                    &[
                        ("the queue of events", settled.events),
                        ("the queue of entities", settled.entities),
                        ("the queue of refused events", settled.quarantine),
                    ],
                ),
                Self::DeadLetters { given_up_before } => (
                    given_up_before,
                    Self::Done,
                    &[("the queue of refused events and dead letters", settled.quarantine)],
                ),
                Self::Done => return None,
            };
            let waiting = places
                .iter()
                .find(|(_, settled)| settled.is_none_or(|settled| settled < until));
            if let Some((place, settled)) = waiting {
                return Some(Waiting {
                    place,
                    behind_ms: settled.map(|settled| until - settled),
                });
            }
            *self = after;
        }
    }
}

impl Warehouse {
    /// What gateways and loaders have said of how far they have come.
    pub async fn settled(&self) -> Result<Settled, EraseError> {
        self.ask(SETTLED, &[]).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Settled = Settled {
        spool: None,
        events: Some(i64::MAX),
        entities: Some(i64::MAX),
        quarantine: Some(i64::MAX),
    };

    #[track_caller]
    fn check(settled: Settled, expect: &str) {
        let waiting = Drain::of(1_000).look(&settled, 2_000);
        assert_eq!(waiting.map_or("", |waiting| waiting.place), expect);
    }

    #[test]
    fn waits_for_every_place() {
        check(ALL, "");
        check(
            Settled {
                spool: Some(999),
                ..ALL
            },
            "a gateway's spool",
        );
        check(Settled { events: None, ..ALL }, "the queue of events");
        check(
            Settled {
                entities: Some(999),
                ..ALL
            },
            "the queue of entities",
        );
        check(
            Settled {
                quarantine: None,
                ..ALL
            },
            "the queue of refused events",
        );
    }

    #[test]
    fn what_left_a_spool_is_waited_for_in_the_queue() {
        let mut drain = Drain::of(1_000);
        let spooled = Settled {
            spool: Some(5),
            events: Some(1_500),
            ..ALL
        };
        assert_eq!(drain.look(&spooled, 1_600).unwrap().place, "a gateway's spool");
        // The loaders were idle while it waited there.
        let sent = Settled { spool: None, ..spooled };
        let waiting = drain.look(&sent, 9_000).unwrap();
        assert_eq!((waiting.place, waiting.behind_ms), ("the queue of events", Some(7_500)));
    }

    #[test]
    fn what_was_given_up_is_waited_for_last() {
        let mut drain = Drain::of(1_000);
        let idle = Settled {
            quarantine: Some(3_000),
            ..ALL
        };
        let waiting = drain.look(&idle, 5_000).unwrap();
        assert_eq!(waiting.place, "the queue of refused events");
        let idle = Settled {
            quarantine: Some(6_000),
            ..ALL
        };
        let waiting = drain.look(&idle, 7_000).unwrap();
        assert_eq!(waiting.place, "the queue of refused events and dead letters");
        assert_eq!(
            drain.look(
                &Settled {
                    quarantine: Some(7_000),
                    ..ALL
                },
                8_000
            ),
            None
        );
        assert_eq!(drain, Drain::Done);
    }
}
