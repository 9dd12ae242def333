//! Networks and storages that fail as they like, and a page's side in them.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use serde_json::Value;

use super::super::Way;

/// Browser and gateway as one page after the other meets them.
#[derive(Default)]
pub(super) struct World {
    pub(super) now: Cell<f64>,
    pub(super) stored: RefCell<BTreeMap<String, String>>,
    pub(super) room: Cell<usize>,
    pub(super) beacons: Cell<bool>,
    /// Beacons that were taken and got lost.
    pub(super) beacons_lost: Cell<bool>,
    pub(super) sent: RefCell<Vec<(u32, String)>>,
    /// Ids, and how many events each stands for.
    pub(super) received: RefCell<BTreeMap<String, u32>>,
    pub(super) fired: Cell<u32>,
    pub(super) random: Cell<u32>,
    pub(super) writes: RefCell<BTreeMap<String, String>>,
}

impl World {
    pub(super) fn receive(&self, body: &str) {
        let events: Vec<Value> = serde_json::from_str(body).unwrap();
        for event in events {
            let id = event["id"].as_str().unwrap().to_owned();
            let reported = event["lost"].as_u64().unwrap_or(1);
            self.received.borrow_mut().insert(id, reported as u32);
        }
    }

    pub(super) fn received(&self) -> u32 {
        self.received.borrow().values().sum()
    }

    pub(super) fn save(&self, name: &str, lines: &str) -> bool {
        let mut stored = self.stored.borrow_mut();
        let used: usize = stored.values().map(String::len).sum();
        let fits = used + lines.len() <= self.room.get();
        if fits {
            let before = self.writes.borrow_mut().insert(name.to_owned(), lines.to_owned());
            assert_eq!(before, None, "a stored text never changes");
            stored.insert(name.to_owned(), lines.to_owned());
        }
        fits
    }

    pub(super) fn remove(&self, names: &[String]) {
        for name in names {
            self.stored.borrow_mut().remove(name);
        }
    }

    pub(super) fn random(&self) -> u32 {
        self.random
            .set(self.random.get().wrapping_mul(1_664_525).wrapping_add(1_013_904_223));
        self.random.get()
    }
}

/// The page's side, as `host/outbox.js` has it.
pub(super) struct Page {
    pub(super) world: Rc<World>,
    /// Text and weight by number, from 1 on.
    pub(super) events: RefCell<BTreeMap<u32, (String, u32)>>,
    pub(super) next: Cell<u32>,
    pub(super) packed: RefCell<Vec<u32>>,
    pub(super) stored: RefCell<Option<String>>,
    pub(super) found: RefCell<Vec<String>>,
}

impl Page {
    pub(super) fn new(world: &Rc<World>) -> Self {
        Self {
            world: Rc::clone(world),
            events: RefCell::default(),
            next: Cell::new(1),
            packed: RefCell::default(),
            stored: RefCell::default(),
            found: RefCell::default(),
        }
    }

    pub(super) fn put(&self, text: String, weight: u32) -> u32 {
        let number = self.next.get();
        self.next.set(number + 1);
        self.events.borrow_mut().insert(number, (text, weight));
        number
    }

    pub(super) fn body(&self) -> String {
        let events = self.events.borrow();
        let texts: Vec<&str> = self
            .packed
            .take()
            .iter()
            .map(|number| events[number].0.as_str())
            .collect();
        format!("[{}]", texts.join(","))
    }
}

impl Way for Page {
    fn bytes(&self, event: u32) -> u32 {
        let events = self.events.borrow();
        events.get(&event).map_or(0, |(text, _)| text.len() as u32 + 1)
    }

    fn weight(&self, event: u32) -> u32 {
        self.events.borrow()[&event].1
    }

    fn pack(&self, event: u32) {
        self.packed.borrow_mut().push(event);
    }

    fn send(&self, request: u32) {
        let body = self.body();
        self.world.sent.borrow_mut().push((request, body));
    }

    fn beacon(&self) -> bool {
        let body = self.body();
        assert!(body.len() < 65_536 + 2, "a beacon of {} bytes", body.len());
        let taken = self.world.beacons.get();
        if taken && !self.world.beacons_lost.get() {
            self.world.receive(&body);
        }
        taken
    }

    fn store(&self, lost: u32) -> bool {
        let mut lines = if lost > 0 { format!("#{lost}\n") } else { String::new() };
        for number in self.packed.take() {
            let (text, weight) = &self.events.borrow()[&number];
            let weight = if *weight > 1 { weight.to_string() } else { String::new() };
            lines += &format!("{weight}{text}\n");
        }
        let mut outdated = self.found.take();
        outdated.extend(self.stored.take());
        if lines.is_empty() {
            self.world.remove(&outdated);
            return true;
        }
        let name = format!("stored {}", self.world.random());
        let mut stored = self.world.save(&name, &lines);
        self.world.remove(&outdated);
        stored = stored || self.world.save(&name, &lines);
        self.stored.replace(stored.then_some(name));
        stored
    }

    fn release(&self) {
        self.stored.take();
    }

    fn find(&self) -> Option<u32> {
        let own = self.stored.borrow().clone();
        let stored = self.world.stored.borrow();
        let mut known: BTreeSet<String> = self.events.borrow().values().map(|(text, _)| text.clone()).collect();
        let mut lost = 0;
        for (name, lines) in stored.iter().filter(|(name, _)| Some(*name) != own.as_ref()) {
            self.found.borrow_mut().push(name.clone());
            for line in lines.lines() {
                if let Some(count) = line.strip_prefix('#') {
                    lost += count.parse::<u32>().unwrap();
                    continue;
                }
                let (weight, text) = line.split_at(line.find('{').unwrap());
                if known.insert(text.to_owned()) {
                    self.put(text.to_owned(), weight.parse().unwrap_or(1));
                }
            }
        }
        (!self.found.borrow().is_empty()).then_some(lost)
    }

    fn forget(&self, event: u32) {
        let known = self.events.borrow_mut().remove(&event);
        assert!(known.is_some(), "event {event} is forgotten twice");
    }

    fn random(&self) -> f64 {
        f64::from(self.world.random()) / 4_294_967_296.0
    }

    fn overflows(&self) {}
}
