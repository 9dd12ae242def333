use std::collections::HashMap;

use event::EnrichedEvent;
use event::group::Opened;
use queue::Group;
use uuid::Uuid;
use warehouse::EventKey;

use crate::batch::{DECODED, reopen};
use crate::duplicates::Stored;

/// The events about which the table must be asked, with their groups, decoded once more.
pub(crate) struct Questions<'a>(Vec<(Opened, &'a Group, &'a [u32])>);

impl<'a> Questions<'a> {
    /// Of each group the events at these indexes, ascending.
    pub(crate) fn new(groups: Vec<(&'a Group, &'a [u32])>) -> Self {
        let open = |(group, indexes)| (reopen(group), group, indexes);
        Self(groups.into_iter().map(open).collect())
    }

    pub(crate) fn events(&self) -> Vec<(EnrichedEvent<'_>, &Group)> {
        let mut asked = Vec::new();
        for (opened, group, indexes) in &self.0 {
            for (event, index) in opened.events().zip(0..) {
                if indexes.binary_search(&index).is_ok() {
                    asked.push((event.expect(DECODED), *group));
                }
            }
        }
        asked
    }
}

/// The event as the table would have it.
pub(crate) fn key<'a>(event: &'a EnrichedEvent<'_>) -> EventKey<'a> {
    EventKey {
        site: &event.event.site,
        created_at_ms: event.event.created_at.0,
        session_id: &event.event.session_id,
        id: event.event.id,
    }
}

/// What the table said: site and group of each row, by the event's id.
#[derive(Debug, Default)]
pub(crate) struct Answers(HashMap<Uuid, Vec<(String, Uuid)>>);

impl Answers {
    pub(crate) fn add(&mut self, site: String, id: Uuid, group_id: Uuid) {
        self.0.entry(id).or_default().push((site, group_id));
    }

    pub(crate) fn stored(&self, event: &EnrichedEvent<'_>, group: &Group) -> Stored {
        let rows = self.0.get(&event.event.id).into_iter().flatten();
        let mut stored = Stored::Nowhere;
        for (site, group_id) in rows {
            if *site == event.event.site {
                if *group_id == group.id {
                    return Stored::Here;
                }
                stored = Stored::Elsewhere;
            }
        }
        stored
    }
}
