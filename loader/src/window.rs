mod generation;
mod sites;
#[cfg(test)]
mod tests;

use hashbrown::DefaultHashBuilder;
use uuid::Uuid;

use generation::{FROM_TABLE, Generation, Key, hash};
use sites::Sites;

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
