use std::collections::HashMap;

use queue::Delivery;

use crate::batch::{Batch, Closed};
use crate::manifest::{GroupKey, Manifest};
use crate::memory::Memory;

/// The groups of a manifest, as the queue delivers them again.
pub(crate) struct Gathering {
    manifest: Manifest,
    /// How often each group is still to come.
    missing: HashMap<GroupKey, usize>,
    deliveries: Vec<Delivery>,
}

/// What a delivery means for the gathering.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Others are missing.
    More,
    /// It was the last one.
    Complete,
    /// It is not of the manifest: what is missing was acknowledged, or another loader has it.
    Foreign,
}

impl Gathering {
    pub(crate) fn new(manifest: Manifest) -> Self {
        let mut missing: HashMap<_, usize> = HashMap::new();
        for entry in &manifest.entries {
            *missing.entry(entry.group).or_default() += 1;
        }
        Self {
            manifest,
            missing,
            deliveries: Vec::new(),
        }
    }

    pub(crate) fn take(&mut self, delivery: Delivery) -> Step {
        let key = GroupKey::of(&delivery.group);
        self.deliveries.push(delivery);
        let Some(times) = self.missing.get_mut(&key) else {
            return Step::Foreign;
        };
        *times -= 1;
        if *times == 0 {
            self.missing.remove(&key);
        }
        match self.missing.is_empty() {
            true => Step::Complete,
            false => Step::More,
        }
    }

    /// The manifest's batch, or what was gathered if that does not make it.
    pub(crate) fn finish(self, memory: &mut Memory) -> Result<Closed, Vec<Delivery>> {
        if !self.missing.is_empty() {
            return Err(self.deliveries);
        }
        let mut places: HashMap<GroupKey, Vec<usize>> = HashMap::new();
        for (entry, place) in self.manifest.entries.iter().zip(0..) {
            places.entry(entry.group).or_default().push(place);
        }
        let mut placed: Vec<_> = self
            .deliveries
            .into_iter()
            .map(|delivery| {
                let place = places.get_mut(&GroupKey::of(&delivery.group)).and_then(Vec::pop);
                (place, delivery)
            })
            .collect();
        placed.sort_by_key(|(place, _)| *place);
        let deliveries = placed.into_iter().map(|(_, delivery)| delivery).collect();
        Batch::repeat(self.manifest, deliveries, memory)
    }
}
