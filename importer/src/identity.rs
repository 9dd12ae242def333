//! Ids of rows that bring none: made of the site and all that the event says, so that the same row has the same id in every
//! import of it, wherever it stands.

use std::hash::BuildHasherDefault;

use hashbrown::HashMap;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Rows that are remembered to tell identical ones apart: as many as fit into 2^22 places, 7 of 8 of them taken.
const REMEMBERED: usize = (1 << 22) / 8 * 7;

#[derive(Debug)]
pub(crate) struct Identities {
    /// Over the site.
    begun: Sha256,
    seen: Seen,
}

impl Identities {
    pub(crate) fn new(site: &str) -> Self {
        let begun = Sha256::new()
            .chain_update("clickpath row\0")
            .chain_update(site)
            .chain_update([0]);
        Self {
            begun,
            seen: Seen::new(REMEMBERED),
        }
    }

    /// `event` is its JSON without an id. The second identical row has another id than the first, and so on.
    pub(crate) fn id(&mut self, event: &str) -> Uuid {
        let of_event = self.begun.clone().chain_update(event);
        let digest = of_event.clone().finalize();
        let key = u64::from_le_bytes(digest[16..24].try_into().expect("a digest has 32 bytes"));
        let digest = match self.seen.times(key) {
            0 => digest,
            times => of_event.chain_update([0]).chain_update(times.to_le_bytes()).finalize(),
        };
        event::id::from_digest(digest[..16].try_into().expect("a digest has 32 bytes"))
    }
}

/// How often each key came before, for the last ones: two generations, of which the older one is forgotten.
#[derive(Debug)]
struct Seen {
    generation: usize,
    young: Counts,
    old: Counts,
}

type Counts = HashMap<u64, u32, BuildHasherDefault<AsItIs>>;

impl Seen {
    fn new(generation: usize) -> Self {
        Self {
            generation,
            young: Counts::default(),
            old: Counts::default(),
        }
    }

    fn times(&mut self, key: u64) -> u32 {
        if let Some(times) = self.young.get_mut(&key) {
            *times += 1;
            return *times;
        }
        let times = self.old.get(&key).map_or(0, |times| times + 1);
        if self.young.len() >= self.generation {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, times);
        times
    }
}

/// Keys are parts of digests: as even as a hash can make them.
#[derive(Default)]
struct AsItIs(u64);

impl std::hash::Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, key: u64) {
        self.0 = key;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_stay_the_same_for_ever() {
        let mut identities = Identities::new("shop");
        assert_eq!(
            identities.id("{\"type\":\"view\"}").to_string(),
            "ae2e8574-0a1d-8ba2-90fd-14e8085f873d"
        );
        assert_eq!(
            identities.id("{\"type\":\"view\"}").to_string(),
            "df2b323e-9468-8278-a095-5b3e620ab60a"
        );
    }

    #[test]
    fn identical_rows_differ_by_their_number() {
        let ids = |site, rows: &[&str]| {
            let mut identities = Identities::new(site);
            rows.iter().map(|row| identities.id(row)).collect::<Vec<_>>()
        };
        let [a, b, a2, a3] = ids("shop", &["a", "b", "a", "a"])[..] else {
            unreachable!()
        };
        assert_eq!(ids("shop", &["b", "a", "a", "a"]), [b, a, a2, a3]);
        assert!(a != a2 && a2 != a3 && a != a3 && a != b);
        assert_ne!(ids("other", &["a"]), [a]);
    }

    #[test]
    fn what_came_long_ago_is_forgotten() {
        let mut seen = Seen::new(2);
        let times: Vec<_> = [1, 1, 2, 3, 1, 4, 5, 1, 6, 7, 8, 9, 1]
            .map(|key| seen.times(key))
            .to_vec();
        assert_eq!(times, [0, 1, 0, 0, 2, 0, 0, 3, 0, 0, 0, 0, 0]);
    }
}
