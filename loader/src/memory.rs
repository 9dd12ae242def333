use std::collections::{HashSet, VecDeque};

use warehouse::EventColumns;

use crate::manifest::GroupKey;
use crate::window::Window;

/// What the loader remembers of what it stored, and the rows of the batch in hand: their memory serves batch after batch.
pub(crate) struct Memory {
    pub(crate) window: Window,
    pub(crate) groups: Groups,
    pub(crate) columns: EventColumns,
}

impl Memory {
    pub(crate) fn new(generation: usize) -> Self {
        Self {
            window: Window::new(generation),
            groups: Groups::default(),
            columns: EventColumns::default(),
        }
    }
}

/// The last groups that were taken into a batch. Many more than a queue hands out ahead of its acknowledgements: what it
/// delivers once more is among them.
#[derive(Default)]
pub(crate) struct Groups {
    known: HashSet<GroupKey>,
    order: VecDeque<GroupKey>,
}

const REMEMBERED: usize = 100_000;

impl Groups {
    pub(crate) fn knows(&self, group: &GroupKey) -> bool {
        self.known.contains(group)
    }

    pub(crate) fn insert(&mut self, group: GroupKey) {
        if !self.known.insert(group) {
            return;
        }
        self.order.push_back(group);
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn remembers_so_many_groups() {
        let mut groups = Groups::default();
        let key = |id: usize| GroupKey {
            id: Uuid::from_u128(id as u128),
            checksum: 0,
        };
        (0..=REMEMBERED).for_each(|id| groups.insert(key(id)));
        assert!(!groups.knows(&key(0)) && groups.knows(&key(1)) && groups.knows(&key(REMEMBERED)));
        assert_eq!(groups.known.len(), REMEMBERED);
        let other_bytes = GroupKey {
            checksum: 1,
            ..key(REMEMBERED)
        };
        assert!(
            !groups.knows(&other_bytes),
            "the same id with other bytes is another group"
        );
    }
}
