//! The outbox in a world of networks, tabs and storages that fail as they like.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use proptest::prelude::*;
use serde_json::Value;

use super::{Answer, OUTLIVES, Outbox, WAITS, Way, answer};

/// Browser and gateway as one page after the other meets them.
#[derive(Default)]
struct World {
    now: Cell<f64>,
    stored: RefCell<BTreeMap<String, String>>,
    room: Cell<usize>,
    beacons: Cell<bool>,
    /// Beacons that were taken and got lost.
    beacons_lost: Cell<bool>,
    sent: RefCell<Vec<(u32, String)>>,
    /// Ids, and how many events each stands for.
    received: RefCell<BTreeMap<String, u32>>,
    fired: Cell<u32>,
    random: Cell<u32>,
    writes: RefCell<BTreeMap<String, String>>,
}

impl World {
    fn receive(&self, body: &str) {
        let events: Vec<Value> = serde_json::from_str(body).unwrap();
        for event in events {
            let id = event["id"].as_str().unwrap().to_owned();
            let reported = event["lost"].as_u64().unwrap_or(1);
            self.received.borrow_mut().insert(id, reported as u32);
        }
    }

    fn received(&self) -> u32 {
        self.received.borrow().values().sum()
    }

    fn save(&self, name: &str, lines: &str) -> bool {
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

    fn remove(&self, names: &[String]) {
        for name in names {
            self.stored.borrow_mut().remove(name);
        }
    }

    fn random(&self) -> u32 {
        self.random
            .set(self.random.get().wrapping_mul(1_664_525).wrapping_add(1_013_904_223));
        self.random.get()
    }
}

/// The page's side, as `host/outbox.js` has it.
struct Page {
    world: Rc<World>,
    /// Text and weight by number, from 1 on.
    events: RefCell<BTreeMap<u32, (String, u32)>>,
    next: Cell<u32>,
    packed: RefCell<Vec<u32>>,
    stored: RefCell<Option<String>>,
    found: RefCell<Vec<String>>,
}

impl Page {
    fn new(world: &Rc<World>) -> Self {
        Self {
            world: Rc::clone(world),
            events: RefCell::default(),
            next: Cell::new(1),
            packed: RefCell::default(),
            stored: RefCell::default(),
            found: RefCell::default(),
        }
    }

    fn put(&self, text: String, weight: u32) -> u32 {
        let number = self.next.get();
        self.next.set(number + 1);
        self.events.borrow_mut().insert(number, (text, weight));
        number
    }

    fn body(&self) -> String {
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

/// One tab, through its reloads.
struct Tab {
    world: Rc<World>,
    outbox: Outbox<Page>,
    limit_bytes: u32,
    /// Events of pages that ended where nothing was stored or sent.
    gone: u32,
}

impl Tab {
    fn new(world: &Rc<World>, limit_bytes: u32) -> Self {
        Self {
            outbox: open(world, limit_bytes),
            world: Rc::clone(world),
            limit_bytes,
            gone: 0,
        }
    }

    fn step(&mut self, step: impl FnOnce(&mut Outbox<Page>, f64)) {
        step(&mut self.outbox, self.world.now.get());
        self.check();
    }

    fn fire(&mut self, bytes: usize) {
        let number = self.world.fired.get();
        self.world.fired.set(number + 1);
        let text = format!(r#"{{"id":"{number}","x":"{}"}}"#, "x".repeat(bytes));
        let event = self.outbox.way.put(text, 1);
        self.step(|outbox, now| outbox.fired(event, now));
        self.report();
    }

    /// As the tracker does after each of its own events.
    fn report(&mut self) {
        if let Some(lost) = self.outbox.report(false) {
            self.fire_report(lost.iter().sum());
        }
    }

    fn fire_report(&mut self, total: u32) {
        let id = self.world.random();
        let text = format!(r#"{{"id":"report {id}","lost":{total}}}"#);
        let event = self.outbox.way.put(text, total);
        self.step(|outbox, now| outbox.fired(event, now));
    }

    fn pass(&mut self, ms: f64) {
        let until = self.world.now.get() + ms;
        if self.outbox.due <= until {
            self.world.now.set(self.outbox.due.max(self.world.now.get()));
            self.step(Outbox::due);
        } else {
            self.world.now.set(until);
        }
    }

    fn answer(&mut self, outcome: Outcome) {
        let first = self.world.sent.borrow().first().cloned();
        let Some((number, body)) = first else { return };
        self.world.sent.borrow_mut().remove(0);
        if matches!(outcome, Outcome::Stored | Outcome::Unheard) {
            self.world.receive(&body);
        }
        let (status, retry_after) = match outcome {
            Outcome::Stored => (202, f64::NAN),
            Outcome::Unheard | Outcome::Failed => (0, f64::NAN),
            Outcome::Busy => (503, f64::NAN),
            Outcome::Asked(seconds) => (429, f64::from(seconds)),
            Outcome::Refused => (403, f64::NAN),
        };
        self.step(|outbox, now| {
            outbox.answered(number, status, retry_after, now);
        });
    }

    fn end(&mut self) {
        if let Some(lost) = self.outbox.report(true) {
            self.fire_report(lost.iter().sum());
        }
        self.outbox.ends(self.world.now.get());
        // Nobody hears the answers any more.
        self.world.sent.borrow_mut().clear();
    }

    fn reload(&mut self) {
        self.end();
        self.gone += self.outbox.unconfirmed() + self.outbox.lost.iter().sum::<u32>();
        self.outbox = open(&self.world, self.limit_bytes);
        self.outbox.gather(self.world.now.get());
    }

    /// The network, the gateway and the browser are well again, and visits go on until all has left.
    fn settle(&mut self) {
        self.world.room.set(usize::MAX);
        self.world.beacons.set(false);
        for _ in 0..50 {
            self.reload();
            for _ in 0..200 {
                self.pass(60_000.0);
                self.answer(Outcome::Stored);
                self.report();
            }
            if self.world.stored.borrow().is_empty() && self.outbox.unconfirmed() == 0 {
                return;
            }
        }
        panic!("something stays for ever: {:?}", self.world.stored.borrow().keys());
    }

    fn check(&self) {
        let (events, bytes) = self.outbox.waiting();
        assert!(bytes <= self.limit_bytes, "{bytes} bytes wait");
        let outliving = self.outbox.events().iter().filter(|event| event.request & OUTLIVES > 0);
        let in_flight: u32 = outliving.map(|event| event.bytes).sum();
        assert!(in_flight <= super::BUDGET_BYTES, "{in_flight} bytes on their way");
        let flies = self.outbox.events().iter().any(|event| event.request > WAITS);
        assert!(
            events == 0 || flies || self.outbox.due.is_finite(),
            "events wait for nothing"
        );
        let texts = self.outbox.way.events.borrow();
        assert!(
            texts.keys().copied().eq(self.outbox.numbers()),
            "a text is kept for each event, and no other"
        );
    }
}

fn open(world: &Rc<World>, limit_bytes: u32) -> Outbox<Page> {
    let mut outbox = Outbox::new(Page::new(world));
    outbox.limit_bytes = limit_bytes;
    outbox
}

impl Outbox<Page> {
    /// In ascending order.
    fn numbers(&self) -> BTreeSet<u32> {
        self.events().iter().map(|event| event.number).collect()
    }

    fn unconfirmed(&self) -> u32 {
        self.events().iter().map(|event| self.way.weight(event.number)).sum()
    }
}

#[derive(Debug, Clone, Copy)]
enum Outcome {
    Stored,
    /// The gateway has it, and the answer got lost.
    Unheard,
    Failed,
    Busy,
    Asked(u8),
    Refused,
}

#[derive(Debug, Clone)]
enum Event {
    Fire(usize),
    Pass(u32),
    Answer(Outcome),
    Hide,
    Reload,
    Sleep,
    Online,
    Room(usize),
    Beacons(bool),
}

fn events(sure: bool) -> impl Strategy<Value = Vec<Event>> {
    let outcome = prop_oneof![
        4 => Just(Outcome::Stored),
        1 => Just(if sure { Outcome::Failed } else { Outcome::Unheard }),
        1 => Just(Outcome::Failed),
        1 => Just(Outcome::Busy),
        1 => (0_u8..20).prop_map(Outcome::Asked),
        1 => Just(Outcome::Refused),
    ];
    let room = prop_oneof![Just(usize::MAX), 0_usize..20_000];
    let event = prop_oneof![
        10 => prop_oneof![9 => 0_usize..2_000, 1 => 20_000_usize..70_000].prop_map(Event::Fire),
        6 => (0_u32..3_000).prop_map(Event::Pass),
        6 => outcome.prop_map(Event::Answer),
        1 => Just(Event::Hide),
        1 => Just(Event::Reload),
        1 => Just(Event::Sleep),
        1 => Just(Event::Online),
        1 => room.prop_map(Event::Room),
        1 => any::<bool>().prop_map(Event::Beacons),
    ];
    prop::collection::vec(event, 1..120)
}

fn live(world: &Rc<World>, events: Vec<Event>) -> Tab {
    world.room.set(usize::MAX);
    let mut tab = Tab::new(world, 100_000);
    for event in events {
        match event {
            Event::Fire(bytes) => tab.fire(bytes),
            Event::Pass(ms) => tab.pass(ms.into()),
            Event::Answer(outcome) => tab.answer(outcome),
            Event::Hide => tab.step(Outbox::hidden),
            Event::Reload => tab.reload(),
            Event::Sleep => {
                tab.end();
                tab.step(Outbox::restored);
            }
            Event::Online => tab.step(Outbox::online),
            Event::Room(bytes) => world.room.set(bytes),
            Event::Beacons(taken) => world.beacons.set(taken),
        }
    }
    tab
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// Where an answer means what it says and beacons fail, each event is delivered, reported as lost, or gone with a browser that kept nothing.
    #[test]
    fn delivered_and_reported_make_the_fired(events in events(true)) {
        let world = Rc::new(World::default());
        world.beacons_lost.set(true);
        // A beacon that is taken and lost is no loss while the browser stores what was on it.
        let events = events.into_iter().filter(|event| !matches!(event, Event::Room(bytes) if *bytes < usize::MAX)).collect();
        let mut tab = live(&world, events);
        tab.settle();
        tab.fire(0);
        tab.settle();
        prop_assert_eq!(tab.gone, 0);
        prop_assert_eq!(world.received(), world.fired.get());
    }

    /// The same where browsers store little or nothing, and take no beacons.
    #[test]
    fn full_storage_is_reported(events in events(true)) {
        let world = Rc::new(World::default());
        let events = events.into_iter().filter(|event| !matches!(event, Event::Beacons(_))).collect();
        let mut tab = live(&world, events);
        tab.settle();
        tab.fire(0);
        tab.settle();
        prop_assert_eq!(world.received() + tab.gone, world.fired.get());
    }

    /// With answers that get lost an event may be delivered and counted as lost, but none is forgotten.
    #[test]
    fn nothing_is_forgotten(events in events(false)) {
        let world = Rc::new(World::default());
        let mut tab = live(&world, events);
        tab.settle();
        tab.fire(0);
        tab.settle();
        prop_assert!(world.received() + tab.gone >= world.fired.get());
    }

    /// Two tabs over one storage, in any order of their steps: the same.
    #[test]
    fn two_tabs_lose_nothing(steps in prop::collection::vec((any::<bool>(), events(true)), 1..6)) {
        let world = Rc::new(World::default());
        world.room.set(usize::MAX);
        let mut tabs = [Tab::new(&world, u32::MAX), Tab::new(&world, u32::MAX)];
        for (first, events) in steps {
            let tab = &mut tabs[usize::from(first)];
            for event in events {
                match event {
                    Event::Fire(bytes) => tab.fire(bytes % 2_000),
                    Event::Pass(ms) => tab.pass(ms.into()),
                    Event::Hide => tab.step(Outbox::hidden),
                    Event::Reload => tab.reload(),
                    Event::Answer(_) => {
                        let sent = world.sent.take();
                        for (number, _) in sent {
                            tab.step(|outbox, now| {
                outbox.answered(number, 0, f64::NAN, now);
            });
                        }
                    }
                    _ => {}
                }
            }
            // What is still on its way is this tab's; the other one must not take its answers.
            for (number, _) in world.sent.take() {
                tab.step(|outbox, now| {
                outbox.answered(number, 503, f64::NAN, now);
            });
            }
        }
        let [mut one, mut other] = tabs;
        other.reload();
        one.settle();
        let ids: BTreeSet<String> = world.received.borrow().keys().cloned().collect();
        prop_assert_eq!(ids.len() as u32, world.fired.get());
    }
}

fn tab() -> (Rc<World>, Tab) {
    let world = Rc::new(World::default());
    world.room.set(usize::MAX);
    world.beacons.set(true);
    let tab = Tab::new(&world, 100_000);
    (world, tab)
}

fn sent(world: &World) -> usize {
    world.sent.borrow().len()
}

#[test]
fn batches_by_count_bytes_and_time() {
    let (world, mut tab) = tab();
    for _ in 0..19 {
        tab.fire(10);
    }
    assert_eq!(sent(&world), 0);
    tab.fire(10);
    assert_eq!(sent(&world), 1, "twenty events");
    tab.fire(30_000);
    assert_eq!(sent(&world), 2, "thirty thousand bytes");
    tab.fire(10);
    tab.pass(399.0);
    assert_eq!(sent(&world), 2);
    tab.pass(1_000.0);
    assert_eq!(sent(&world), 3, "400 ms");
    tab.fire(10);
    tab.pass(999.0);
    assert_eq!(sent(&world), 3, "a second while the visitor is busy");
    tab.pass(1.0);
    assert_eq!(sent(&world), 4);
    tab.pass(2_000.0);
    tab.fire(10);
    tab.pass(400.0);
    assert_eq!(sent(&world), 5, "400 ms after a rest");
}

#[test]
fn pauses_grow_and_differ() {
    let (world, mut tab) = tab();
    tab.fire(10);
    tab.pass(1_000.0);
    for most in [
        1_000.0, 2_000.0, 4_000.0, 8_000.0, 16_000.0, 32_000.0, 60_000.0, 60_000.0,
    ] {
        tab.answer(Outcome::Busy);
        let pause = tab.outbox.due - world.now.get();
        assert!((most / 2.0..=most).contains(&pause), "{pause} of {most}");
        tab.pass(60_000.0);
        assert_eq!(sent(&world), 1);
    }
    tab.answer(Outcome::Stored);
    assert_eq!(tab.outbox.pause_ms, 0.0);
}

#[test]
fn waits_as_long_as_asked() {
    let (world, mut tab) = tab();
    tab.fire(10);
    tab.pass(1_000.0);
    tab.answer(Outcome::Asked(7));
    let pause = tab.outbox.due - world.now.get();
    assert!((7_000.0..=8_750.0).contains(&pause), "{pause}");
    tab.step(Outbox::online);
    assert!(
        tab.outbox.due - world.now.get() >= 7_000.0,
        "the network is not the gateway"
    );
    tab.end();
    assert_eq!(world.received(), 0, "no beacon before that");
    assert_eq!(world.stored.borrow().len(), 1);
}

#[test]
fn network_that_is_back_is_used_at_once() {
    let (world, mut tab) = tab();
    tab.fire(10);
    tab.pass(1_000.0);
    tab.answer(Outcome::Failed);
    tab.step(Outbox::online);
    assert_eq!(tab.outbox.due, world.now.get());
}

#[test]
fn refused_events_are_reported_with_the_next() {
    let (world, mut tab) = tab();
    tab.fire(10);
    tab.fire(70_000);
    tab.pass(1_000.0);
    tab.answer(Outcome::Refused);
    tab.fire(10);
    tab.pass(1_000.0);
    tab.answer(Outcome::Stored);
    assert_eq!(world.received(), 3, "one delivered, two reported");
}

#[test]
fn full_browser_keeps_the_newest_and_counts() {
    let (world, mut tab) = tab();
    world.beacons.set(false);
    for _ in 0..10 {
        tab.fire(1_000);
    }
    world.room.set(4_000);
    tab.reload();
    assert_eq!(world.stored.borrow().len(), 1);
    tab.settle();
    tab.fire(0);
    tab.settle();
    assert_eq!(world.received(), 11);
    assert!(world.received.borrow().contains_key("9"), "the newest is there");
    assert!(world.received.borrow().contains_key("10"));
    assert!(!world.received.borrow().contains_key("0"), "the oldest is not");
}

#[test]
fn clearing_leaves_nothing() {
    let (world, mut tab) = tab();
    world.beacons.set(false);
    tab.fire(10);
    tab.reload();
    tab.fire(10);
    tab.outbox.clear();
    assert!(world.stored.borrow().is_empty());
    assert_eq!(tab.outbox.unconfirmed(), 0);
}

#[test]
fn repeats_only_what_may_pass() {
    assert_eq!(answer(202, f64::NAN), Answer::Confirmed);
    assert_eq!(answer(503, 7.0), Answer::Again(7_000.0));
    assert_eq!(answer(429, 99_999_999_999.0), Answer::Again(3_600_000.0));
    for refused in [400, 401, 403, 404, 413, 415, 422] {
        assert_eq!(answer(refused, 7.0), Answer::Refused, "{refused}");
    }
}
