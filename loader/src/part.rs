use std::ops::Range;

use sha2::{Digest, Sha256};
use warehouse::{Block, EventColumns, EventRow};

use crate::batch::{DECODED, Held, reopen};
use crate::manifest::{Share, Token};

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
    /// Two halves, or the one event that the part is. A single group divides into its `events`, of which it has one at least.
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
    pub(crate) fn token(&self, groups: &[Held]) -> Token {
        let mut hash = Sha256::new();
        let (groups, events) = match self {
            Self::Groups(range) => (&groups[range.clone()], None),
            Self::Events { group, events } => (std::slice::from_ref(&groups[*group]), Some(events)),
        };
        for held in groups {
            hash.update(held.group.id);
            let Share::Without(skipped) = &held.share else {
                // No row of it.
                hash.update([1]);
                continue;
            };
            hash.update([0]);
            hash.update((skipped.len() as u64).to_le_bytes());
            skipped.iter().for_each(|index| hash.update(index.to_le_bytes()));
        }
        if let Some(events) = events {
            hash.update([2]);
            hash.update((events.start as u64).to_le_bytes());
            hash.update((events.end as u64).to_le_bytes());
        }
        hash.finalize().into()
    }

    /// The part's rows, decoded once more.
    pub(crate) fn block(&self, groups: &[Held]) -> Block {
        let mut columns = EventColumns::default();
        match self {
            Self::Groups(range) => {
                for held in &groups[range.clone()] {
                    push(held, 0..held.events, &mut columns);
                }
            }
            Self::Events { group, events } => push(&groups[*group], events.clone(), &mut columns),
        }
        columns.finish()
    }
}

fn push(held: &Held, range: Range<usize>, columns: &mut EventColumns) {
    if !matches!(held.share, Share::Without(_)) {
        return;
    }
    let opened = reopen(&held.group);
    for (index, event) in opened.events().enumerate().skip(range.start).take(range.len()) {
        if !held.skips(index) {
            columns.push(&EventRow::new(&event.expect(DECODED), held.group.id));
        }
    }
}

fn cut(range: &Range<usize>) -> [Range<usize>; 2] {
    let middle = range.start + range.len() / 2;
    [range.start..middle, middle..range.end]
}

/// The token as the database gets it.
pub(crate) fn hexadecimal(token: &Token) -> String {
    token.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use queue::Group;
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

    fn held(id: u128, share: Share) -> Held {
        let group = Group {
            id: Uuid::from_u128(id),
            body: Default::default(),
        };
        Held::new(group, share, EVENTS[id as usize])
    }

    #[test]
    fn gives_each_cut_its_own_token() {
        let whole = || Share::Without(vec![]);
        let groups = [held(0, whole()), held(1, whole()), held(2, whole())];
        let skipping = |first: Share| [held(0, first), held(1, whole()), held(2, whole())];
        let events = |events| Part::Events { group: 0, events };
        let all = Part::Groups(0..3);
        let tokens = [
            all.token(&groups),
            all.token(&skipping(Share::Without(vec![0]))),
            all.token(&skipping(Share::Without(vec![1]))),
            all.token(&skipping(Share::Repeated)),
            Part::Groups(0..2).token(&groups),
            Part::Groups(0..1).token(&groups),
            events(0..2).token(&groups),
            events(0..1).token(&groups),
            events(1..2).token(&groups),
        ];
        assert_eq!(HashSet::from(tokens).len(), tokens.len());
        assert_eq!(
            Part::Groups(0..2).token(&groups),
            Part::Groups(0..2).token(&groups[..2])
        );
    }
}
