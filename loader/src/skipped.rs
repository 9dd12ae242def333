use std::collections::BTreeMap;

use event::EnrichedEvent;
use uuid::Uuid;
use warehouse::{LedgerRow, LowCardinality, Milliseconds, Seconds};

use crate::duplicates::Kind;

/// Duplicates of a batch: for the ledger by group, site and minute, for the metrics by kind.
#[derive(Debug, Default)]
pub(crate) struct Skipped {
    minutes: BTreeMap<(Uuid, u32), BTreeMap<Box<str>, u64>>,
    kinds: Vec<(Kind, u64)>,
}

impl Skipped {
    pub(crate) fn count(&mut self, event: &EnrichedEvent<'_>, group_id: Uuid, kind: Kind) {
        let minute = event.received_at.0.div_euclid(60_000) * 60;
        let minute = u32::try_from(minute).unwrap_or_default();
        let sites = self.minutes.entry((group_id, minute)).or_default();
        match sites.get_mut(&*event.event.site) {
            Some(count) => *count += 1,
            None => _ = sites.insert((*event.event.site).into(), 1),
        }
        match self.kinds.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, count)) => *count += 1,
            None => self.kinds.push((kind, 1)),
        }
    }

    pub(crate) fn kinds(&self) -> &[(Kind, u64)] {
        &self.kinds
    }

    /// The writer is the group: whoever finds its duplicates, and in whatever batch, writes the same rows.
    pub(crate) fn rows(&self, at: Milliseconds) -> Vec<LedgerRow<'_>> {
        let mut rows = Vec::new();
        for ((group, minute), sites) in &self.minutes {
            rows.extend(sites.iter().map(|(site, count)| LedgerRow {
                minute: Seconds(*minute),
                site: LowCardinality(site),
                stage: LowCardinality("loader"),
                writer: *group,
                counter: LowCardinality("duplicate"),
                count: *count,
                at,
            }));
        }
        rows
    }
}
