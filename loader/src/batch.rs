use std::ops::Range;

use event::EnrichedEvent;
use event::group::{self, GroupError};
use queue::{Delivery, Group, Tag};
use sha2::{Digest, Sha256};
use warehouse::{Block, EventColumns, EventRow};

/// When a batch is full.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) rows: usize,
    pub(crate) bytes: usize,
}

/// Groups that are inserted together and acknowledged together, in the order of their delivery.
#[derive(Default)]
pub(crate) struct Batch {
    groups: Vec<Group>,
    poison: Vec<(Group, GroupError)>,
    columns: EventColumns,
    last: Option<Tag>,
}

impl Batch {
    /// Adds the group's rows; a group that does not decode is kept apart, whole.
    pub(crate) fn add(&mut self, delivery: Delivery) {
        let Delivery { tag, group, .. } = delivery;
        self.last = Some(tag);
        match push(&group, &mut self.columns) {
            Ok(()) => self.groups.push(group),
            Err(error) => self.poison.push((group, error)),
        }
    }

    pub(crate) fn is_full(&self, limits: Limits) -> bool {
        self.columns.rows() >= limits.rows || self.columns.bytes() >= limits.bytes
    }

    /// Ends the batch; `None` when nothing was delivered.
    pub(crate) fn close(self) -> Option<Closed> {
        Some(Closed {
            last: self.last?,
            block: self.columns.finish(),
            groups: self.groups,
            poison: self.poison,
        })
    }
}

/// A batch that takes no more groups.
pub(crate) struct Closed {
    /// Acknowledging this delivery acknowledges the batch.
    pub(crate) last: Tag,
    pub(crate) groups: Vec<Group>,
    /// Groups that do not decode, with the reason.
    pub(crate) poison: Vec<(Group, GroupError)>,
    /// All rows of `groups`.
    pub(crate) block: Block,
}

/// A share of a batch that is inserted by itself after the whole was refused: of its groups, or of one group's events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    Groups(Range<usize>),
    Events { group: usize, events: Range<usize> },
}

/// A [`Part`], taken apart.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Divided {
    Halves([Part; 2]),
    Single { group: usize, event: usize },
}

impl Part {
    /// Two halves, or the one event that the part is. A single group divides into its `events`.
    pub(crate) fn divide(&self, events: impl Fn(usize) -> usize) -> Divided {
        match self {
            Self::Groups(groups) if groups.len() > 1 => Divided::Halves(cut(groups).map(Self::Groups)),
            Self::Groups(groups) => Self::Events {
                group: groups.start,
                events: 0..events(groups.start),
            }
            .divide(events),
            Self::Events { group, events } if events.len() > 1 => {
                Divided::Halves(cut(events).map(|events| Self::Events { group: *group, events }))
            }
            Self::Events { group, events } => Divided::Single {
                group: *group,
                event: events.start,
            },
        }
    }

    /// The same for the same rows in the same cut, different for every other.
    pub(crate) fn token(&self, groups: &[Group]) -> String {
        let mut hash = Sha256::new();
        match self {
            Self::Groups(range) => groups[range.clone()].iter().for_each(|group| hash.update(group.id)),
            Self::Events { group, events } => {
                hash.update(groups[*group].id);
                hash.update(format!("{events:?}"));
            }
        }
        hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The part's rows, decoded once more.
    pub(crate) fn block(&self, groups: &[Group]) -> Block {
        const DECODED: &str = "the groups were decoded before";
        let mut columns = EventColumns::default();
        match self {
            Self::Groups(range) => {
                for group in &groups[range.clone()] {
                    push(group, &mut columns).expect(DECODED);
                }
            }
            Self::Events { group, events } => {
                let group = &groups[*group];
                let opened = group::open(&group.body).expect(DECODED);
                for event in opened.events().skip(events.start).take(events.len()) {
                    columns.push(&EventRow::new(&event.expect(DECODED), group.id));
                }
            }
        }
        columns.finish()
    }
}

fn cut(range: &Range<usize>) -> [Range<usize>; 2] {
    let middle = range.start + range.len() / 2;
    [range.start..middle, middle..range.end]
}

/// Appends a group's rows, all or none.
fn push(group: &Group, columns: &mut EventColumns) -> Result<(), GroupError> {
    let opened = group::open(&group.body)?;
    let events: Vec<EnrichedEvent<'_>> = opened.events().collect::<Result<_, _>>()?;
    for event in &events {
        columns.push(&EventRow::new(event, group.id));
    }
    Ok(())
}

/// Events of a group that was decoded before.
pub(crate) fn events_of(group: &Group) -> usize {
    group::open(&group.body).map_or(0, |opened| opened.events().count())
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const EVENTS: [usize; 3] = [2, 1, 3];

    fn singles(part: Part, found: &mut Vec<(usize, usize)>) {
        match part.divide(|group| EVENTS[group]) {
            Divided::Halves(halves) => halves.into_iter().for_each(|half| singles(half, found)),
            Divided::Single { group, event } => found.push((group, event)),
        }
    }

    #[test]
    fn divides_down_to_every_event_once() {
        let mut found = Vec::new();
        singles(Part::Groups(0..3), &mut found);
        assert_eq!(found, [(0, 0), (0, 1), (1, 0), (2, 0), (2, 1), (2, 2)]);
    }

    #[test]
    fn gives_each_cut_its_own_token() {
        let groups = [1, 2, 3].map(|id| Group {
            id: Uuid::from_u128(id),
            body: Default::default(),
        });
        let events = |events| Part::Events { group: 0, events };
        let parts = [
            Part::Groups(0..3),
            Part::Groups(0..2),
            Part::Groups(0..1),
            events(0..2),
            events(0..1),
            events(1..2),
        ];
        let tokens: std::collections::HashSet<_> = parts.iter().map(|part| part.token(&groups)).collect();
        assert_eq!(tokens.len(), parts.len());
        assert_eq!(
            Part::Groups(0..2).token(&groups),
            Part::Groups(0..2).token(&groups[..2])
        );
    }

    #[test]
    fn keeps_a_broken_group_apart() {
        let mut batch = Batch::default();
        batch.add(Delivery {
            tag: Tag(7),
            group: Group {
                id: Uuid::nil(),
                body: b"\x63\x00".as_slice().into(),
            },
            redelivered: false,
            epoch: 0,
            dead_letter: None,
        });
        let closed = batch.close().expect("something was delivered");
        assert_eq!((closed.poison.len(), closed.groups.len(), closed.last), (1, 0, Tag(7)));
    }
}
