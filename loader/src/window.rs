use std::collections::HashMap;
use std::hash::BuildHasher;

use hashbrown::hash_table::Entry;
use hashbrown::{DefaultHashBuilder, HashTable};
use uuid::Uuid;

/// The last stored events, by site and id, exactly: two generations of `remembered` events each, of which the older is
/// forgotten when the younger is full. So it knows `remembered` events at least, and twice as many at most.
///
/// An event takes 20 bytes and its place in the index 10.5 (`u32`, one byte of control, at most 7 of 8 places in use, rounded up to
/// a power of two): 31 MB for two generations of half a million. The pages are taken when they are first used.
pub(crate) struct Window {
    remembered: usize,
    sites: Sites,
    hasher: DefaultHashBuilder,
    young: Generation,
    old: Generation,
    /// Where the batch in hand begins in `young`.
    batch: usize,
    /// No later `received_at` was ever forgotten; [`i64::MIN`] while every stored event is known.
    forgotten_ms: i64,
}

/// What the window knows of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Seen {
    /// Nothing; it is known from now on.
    New,
    /// It came before in the batch in hand.
    Batch,
    /// This loader stored it, in another group.
    Own,
    /// The table had it before this loader's turn: in which group is not known here.
    Table,
}

/// Place of an event among the young, to undo what came after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark(usize);

#[derive(Clone, Copy)]
struct Key {
    id: Uuid,
    /// The site's number; the highest bit says that the table brought it.
    site: u32,
}

const FROM_TABLE: u32 = 1 << 31;

#[derive(Default)]
struct Generation {
    keys: Vec<Key>,
    places: HashTable<u32>,
    newest_ms: i64,
}

impl Window {
    pub(crate) fn new(remembered: usize) -> Self {
        // A place is a `u32`, and a batch comes on top of what is remembered.
        let remembered = remembered.clamp(1, u32::MAX as usize / 4);
        Self {
            remembered,
            sites: Sites::default(),
            hasher: DefaultHashBuilder::default(),
            young: Generation::with_capacity(remembered),
            old: Generation::with_capacity(remembered),
            batch: 0,
            forgotten_ms: i64::MIN,
        }
    }

    /// Takes the event in as one of the batch in hand, unless it is known.
    pub(crate) fn insert(&mut self, site: &str, id: Uuid, received_ms: i64) -> Seen {
        let site = self.sites.number(site);
        let hash = hash(&self.hasher, id, site);
        if let Some(place) = self.old.find(hash, id, site) {
            return self.old.keys[place].seen();
        }
        match self.young.insert(&self.hasher, hash, Key { id, site }, received_ms) {
            None => Seen::New,
            Some(place) if place >= self.batch => Seen::Batch,
            Some(place) => self.young.keys[place].seen(),
        }
    }

    /// Takes in what the table has, one by one: all of it, or the events that were received last. Between batches only.
    pub(crate) fn warming(&mut self) -> Warming<'_> {
        // What comes now fills a generation: the older of the two gives its place, and of what it knew the table tells again.
        if !self.young.keys.is_empty() {
            std::mem::swap(&mut self.young, &mut self.old);
            self.young.clear();
        }
        self.batch = 0;
        Warming {
            window: self,
            oldest_ms: i64::MAX,
        }
    }

    /// Where the next event will stand.
    pub(crate) fn mark(&self) -> Mark {
        Mark(self.young.keys.len())
    }

    /// Forgets the events of the batch in hand that came after the mark.
    pub(crate) fn undo(&mut self, Mark(mark): Mark) {
        while self.young.keys.len() > mark {
            self.young.pop(&self.hasher);
        }
    }

    /// The batch in hand is stored: the next one begins.
    pub(crate) fn settle(&mut self) {
        if self.young.keys.len() >= self.remembered {
            std::mem::swap(&mut self.young, &mut self.old);
            if !self.young.keys.is_empty() {
                self.forgotten_ms = self.forgotten_ms.max(self.young.newest_ms);
            }
            self.young.clear();
        }
        self.batch = self.young.keys.len();
    }

    /// The event was not stored after all: a replay must find it unknown.
    pub(crate) fn forget(&mut self, site: &str, id: Uuid) {
        let site = self.sites.number(site);
        let hash = hash(&self.hasher, id, site);
        self.young.remove(hash, id, site);
        self.old.remove(hash, id, site);
    }

    /// Whether an event that is not known here, and was received then, cannot be in the table.
    pub(crate) fn covers(&self, received_ms: i64) -> bool {
        received_ms > self.forgotten_ms
    }
}

/// What the table has, on its way into the window.
pub(crate) struct Warming<'a> {
    window: &'a mut Window,
    oldest_ms: i64,
}

impl Warming<'_> {
    pub(crate) fn add(&mut self, site: &str, id: Uuid, received_ms: i64) {
        let window = &mut *self.window;
        self.oldest_ms = self.oldest_ms.min(received_ms);
        let site = window.sites.number(site);
        let hash = hash(&window.hasher, id, site);
        // What stands among the old already is to be remembered as long as the rest.
        let known = window.old.find(hash, id, site).map(|place| window.old.keys[place]);
        let site = site | FROM_TABLE;
        let key = known.unwrap_or(Key { id, site });
        window.young.insert(&window.hasher, hash, key, received_ms);
    }

    /// `complete`: the table has nothing else.
    pub(crate) fn finish(self, complete: bool) {
        self.window.forgotten_ms = if complete { i64::MIN } else { self.oldest_ms };
        self.window.settle();
    }
}

impl Key {
    fn is(&self, id: Uuid, site: u32) -> bool {
        self.id == id && (self.site ^ site) & !FROM_TABLE == 0
    }

    fn seen(&self) -> Seen {
        match self.site & FROM_TABLE {
            0 => Seen::Own,
            _ => Seen::Table,
        }
    }
}

impl Generation {
    fn with_capacity(keys: usize) -> Self {
        Self {
            keys: Vec::with_capacity(keys),
            places: HashTable::with_capacity(keys),
            newest_ms: i64::MIN,
        }
    }

    fn find(&self, hash: u64, id: Uuid, site: u32) -> Option<usize> {
        let found = self
            .places
            .find(hash, |place| self.keys[*place as usize].is(id, site))?;
        Some(*found as usize)
    }

    /// The place where the key stands already.
    fn insert(&mut self, hasher: &DefaultHashBuilder, key_hash: u64, key: Key, received_ms: i64) -> Option<usize> {
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
    fn bytes(&self) -> usize {
        self.keys.capacity() * size_of::<Key>() + self.places.allocation_size()
    }

    fn pop(&mut self, hasher: &DefaultHashBuilder) {
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

    fn remove(&mut self, hash: u64, id: Uuid, site: u32) {
        let found = self
            .places
            .find_entry(hash, |place| self.keys[*place as usize].is(id, site));
        if let Ok(found) = found {
            found.remove();
        }
    }

    fn clear(&mut self) {
        self.keys.clear();
        self.places.clear();
        self.newest_ms = i64::MIN;
    }
}

fn hash(hasher: &DefaultHashBuilder, id: Uuid, site: u32) -> u64 {
    hasher.hash_one((id.as_u128(), site & !FROM_TABLE))
}

/// Sites are as many as the operator registered; each gets a number when it is first seen.
#[derive(Default)]
struct Sites {
    names: Vec<Box<str>>,
    numbers: HashMap<Box<str>, u32>,
    last: u32,
}

impl Sites {
    fn number(&mut self, site: &str) -> u32 {
        if self.names.get(self.last as usize).is_some_and(|name| **name == *site) {
            return self.last;
        }
        self.last = self.numbers.get(site).copied().unwrap_or_else(|| {
            let next = self.names.len() as u32;
            self.names.push(site.into());
            self.numbers.insert(site.into(), next);
            next
        });
        self.last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn warm(window: &mut Window, ids: impl IntoIterator<Item = u128>, complete: bool) {
        let mut warming = window.warming();
        ids.into_iter()
            .for_each(|id| warming.add("shop", Uuid::from_u128(id), id as i64));
        warming.finish(complete);
    }

    fn insert(window: &mut Window, ids: impl IntoIterator<Item = u128>) -> Vec<Seen> {
        let insert = |id| window.insert("shop", Uuid::from_u128(id), id as i64);
        ids.into_iter().map(insert).collect()
    }

    fn known(window: &mut Window, id: u128) -> bool {
        let mark = window.mark();
        let seen = insert(window, [id])[0];
        window.undo(mark);
        seen != Seen::New
    }

    #[test]
    fn knows_what_it_was_told() {
        let mut window = Window::new(10);
        assert_eq!(insert(&mut window, [1, 2, 1]), [Seen::New, Seen::New, Seen::Batch]);
        window.settle();
        assert_eq!(insert(&mut window, [1, 3]), [Seen::Own, Seen::New]);
        assert_eq!(window.insert("blog", Uuid::from_u128(1), 0), Seen::New);
        assert_eq!(window.insert("shop", Uuid::from_u128(1), 0), Seen::Own);
    }

    #[test]
    fn remembers_as_many_as_it_promises() {
        let mut window = Window::new(100);
        for batch in 0..50u128 {
            insert(&mut window, batch * 30..(batch + 1) * 30);
            window.settle();
            let end = (batch + 1) * 30;
            for id in end.saturating_sub(100)..end {
                assert!(known(&mut window, id), "{id} of {end}");
            }
            assert!(window.young.keys.len() + window.old.keys.len() <= 230);
        }
        assert!(!known(&mut window, 0));
        assert!(window.covers(1_500) && !window.covers(100));
    }

    #[test]
    fn covers_all_until_it_forgets() {
        let mut window = Window::new(100);
        insert(&mut window, 0..100);
        window.settle();
        insert(&mut window, 100..199);
        window.settle();
        assert!(window.covers(0));
        insert(&mut window, 199..200);
        window.settle();
        assert!(!window.covers(99) && window.covers(100));
    }

    #[test]
    fn takes_in_what_the_table_has() {
        let mut window = Window::new(10);
        insert(&mut window, [7]);
        window.settle();
        warm(&mut window, 5..9, false);
        assert_eq!(insert(&mut window, [5, 7, 9]), [Seen::Table, Seen::Own, Seen::New]);
        assert!(!window.covers(5) && window.covers(6));
        warm(&mut window, [], true);
        assert!(window.covers(i64::MIN + 1));
    }

    #[test]
    fn stays_within_its_bounds_however_often_it_is_warmed() {
        let mut window = Window::new(1_000);
        let bytes = |window: &Window| [&window.young, &window.old].map(Generation::bytes);
        let at_first = bytes(&window);
        for turn in 1..20u128 {
            warm(&mut window, (turn * 700..turn * 700 + 1_000).rev(), false);
            insert(&mut window, turn * 700 + 1_000..turn * 700 + 1_600);
            window.settle();
            assert!((turn * 700 + 600..turn * 700 + 1_600).all(|id| known(&mut window, id)));
            assert_eq!(bytes(&window), at_first, "turn {turn}");
        }
    }

    #[test]
    fn undoes_and_forgets() {
        let mut window = Window::new(10);
        insert(&mut window, [1, 2]);
        let mark = window.mark();
        insert(&mut window, [3, 4]);
        window.undo(mark);
        assert_eq!(insert(&mut window, [3, 2]), [Seen::New, Seen::Batch]);
        window.settle();
        window.forget("shop", Uuid::from_u128(2));
        assert_eq!(insert(&mut window, [1, 2, 3]), [Seen::Own, Seen::New, Seen::Own]);
    }
}
