use std::hash::BuildHasher;

use hashbrown::hash_table::Entry;
use hashbrown::{DefaultHashBuilder, HashTable};
use uuid::Uuid;

use super::Seen;

/// An event of the window.
#[derive(Clone, Copy)]
pub(super) struct Key {
    pub(super) id: Uuid,
    /// The site's number; the highest bit says that the table brought it.
    pub(super) site: u32,
}

pub(super) const FROM_TABLE: u32 = 1 << 31;

/// Events that are forgotten together, each found by its hash.
#[derive(Default)]
pub(super) struct Generation {
    pub(super) keys: Vec<Key>,
    places: HashTable<u32>,
    /// No event in it was received later.
    pub(super) newest_ms: i64,
}

impl Key {
    pub(super) fn is(&self, id: Uuid, site: u32) -> bool {
        self.id == id && (self.site ^ site) & !FROM_TABLE == 0
    }

    pub(super) fn seen(&self) -> Seen {
        match self.site & FROM_TABLE {
            0 => Seen::Own,
            _ => Seen::Table,
        }
    }
}

impl Generation {
    pub(super) fn with_capacity(keys: usize) -> Self {
        Self {
            keys: Vec::with_capacity(keys),
            places: HashTable::with_capacity(keys),
            newest_ms: i64::MIN,
        }
    }

    pub(super) fn find(&self, hash: u64, id: Uuid, site: u32) -> Option<usize> {
        let found = self
            .places
            .find(hash, |place| self.keys[*place as usize].is(id, site))?;
        Some(*found as usize)
    }

    /// The place where the key stands already.
    pub(super) fn insert(
        &mut self,
        hasher: &DefaultHashBuilder,
        key_hash: u64,
        key: Key,
        received_ms: i64,
    ) -> Option<usize> {
        let keys = &mut self.keys;
        let entry = self.places.entry(
            key_hash,
            |place| keys[*place as usize].is(key.id, key.site),
            |place| {
                let key = keys[*place as usize];
                hash(hasher, key.id, key.site)
            },
        );
        match entry {
            Entry::Occupied(occupied) => Some(*occupied.get() as usize),
            Entry::Vacant(vacant) => {
                vacant.insert(keys.len() as u32);
                keys.push(key);
                self.newest_ms = self.newest_ms.max(received_ms);
                None
            }
        }
    }

    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        self.keys.capacity() * size_of::<Key>() + self.places.allocation_size()
    }

    pub(super) fn pop(&mut self, hasher: &DefaultHashBuilder) {
        if let Some(key) = self.keys.pop() {
            let place = self.keys.len() as u32;
            let found = self
                .places
                .find_entry(hash(hasher, key.id, key.site), |found| *found == place);
            if let Ok(found) = found {
                found.remove();
            }
        }
    }

    pub(super) fn remove(&mut self, hash: u64, id: Uuid, site: u32) {
        let found = self
            .places
            .find_entry(hash, |place| self.keys[*place as usize].is(id, site));
        if let Ok(found) = found {
            found.remove();
        }
    }

    pub(super) fn clear(&mut self) {
        self.keys.clear();
        self.places.clear();
        self.newest_ms = i64::MIN;
    }
}

pub(super) fn hash(hasher: &DefaultHashBuilder, id: Uuid, site: u32) -> u64 {
    hasher.hash_one((id.as_u128(), site & !FROM_TABLE))
}
