use event::EnrichedEvent;
use event::group::{self, GroupError, Opened};
use queue::Group;

use crate::manifest::{Entry, GroupKey, Share};

/// A group whose share is decided.
pub(crate) struct Held {
    pub(crate) group: Group,
    pub(crate) share: Share,
    pub(super) key: GroupKey,
    /// Events in the group.
    pub(crate) events: usize,
}

impl GroupKey {
    pub(crate) fn of(group: &Group) -> Self {
        Self {
            id: group.id,
            checksum: crc32c::crc32c(&group.body),
        }
    }
}

impl Held {
    #[cfg(test)]
    pub(crate) fn new(group: Group, share: Share, events: usize) -> Self {
        let key = GroupKey::of(&group);
        Self {
            group,
            share,
            key,
            events,
        }
    }

    pub(super) fn entry(&self) -> Entry {
        Entry {
            group: self.key,
            share: self.share.clone(),
        }
    }

    pub(crate) fn skips(&self, event: usize) -> bool {
        match &self.share {
            Share::Without(skipped) => skipped.binary_search(&(event as u32)).is_ok(),
            Share::Repeated | Share::Poison => true,
        }
    }

    /// Why the group does not decode.
    pub(crate) fn error(&self) -> Option<GroupError> {
        match group::open(&self.group.body) {
            Ok(opened) => decode(&opened).err(),
            Err(error) => Some(error),
        }
    }
}

pub(crate) const DECODED: &str = "the group was decoded before";

pub(crate) fn reopen(group: &Group) -> Opened {
    group::open(&group.body).expect(DECODED)
}

pub(crate) fn decode(opened: &Opened) -> Result<Vec<EnrichedEvent<'_>>, GroupError> {
    opened.events().collect()
}
