//! The outbox in a world of networks, tabs and storages that fail as they like.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use proptest::prelude::*;
use serde_json::Value;

use super::stock::count;
use super::{Answer, Input, Outbox, Way, answer};

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
}

struct Page(Rc<World>);

impl Way for Page {
    fn send(&self, number: u32, body: &str, _keepalive: bool) {
        self.0.sent.borrow_mut().push((number, body.to_owned()));
    }

    fn beacon(&self, body: &str) -> bool {
        assert!(body.len() < 65_536 + 2, "a beacon of {} bytes", body.len());
        let taken = self.0.beacons.get();
        if taken && !self.0.beacons_lost.get() {
            self.0.receive(body);
        }
        taken
    }

    fn names(&self, prefix: &str) -> String {
        let stored = self.0.stored.borrow();
        let names = stored.keys().filter(|name| name.starts_with(prefix));
        names.flat_map(|name| [name, "\n"]).collect()
    }

    fn load(&self, name: &str) -> String {
        self.0.stored.borrow().get(name).cloned().unwrap_or_default()
    }

    fn save(&self, name: &str, value: &str) -> bool {
        let mut stored = self.0.stored.borrow_mut();
        if value.is_empty() {
            stored.remove(name);
            return true;
        }
        let used: usize = stored.values().map(String::len).sum();
        let fits = used + value.len() <= self.0.room.get();
        if fits {
            let before = self.0.writes.borrow_mut().insert(name.to_owned(), value.to_owned());
            assert_eq!(before, None, "a stored text never changes");
            stored.insert(name.to_owned(), value.to_owned());
        }
        fits
    }

    fn random(&self) -> u32 {
        self.0
            .random
            .set(self.0.random.get().wrapping_mul(1_664_525).wrapping_add(1_013_904_223));
        self.0.random.get()
    }

    fn warn(&self, _message: &str) {}
}

/// One tab, through its reloads.
struct Tab {
    world: Rc<World>,
    outbox: Outbox<Page>,
    limit_bytes: usize,
    /// Events of pages that ended where nothing was stored or sent.
    gone: u32,
}

impl Tab {
    fn new(world: &Rc<World>, limit_bytes: usize) -> Self {
        Self {
            outbox: open(world, limit_bytes),
            world: Rc::clone(world),
            limit_bytes,
            gone: 0,
        }
    }

    fn step(&mut self, input: Input) {
        self.outbox.step(input, self.world.now.get());
        self.check();
    }

    fn fire(&mut self, bytes: usize) {
        let number = self.world.fired.get();
        self.world.fired.set(number + 1);
        self.step(Input::Fired(
            format!(r#"{{"id":"{number}","x":"{}"}}"#, "x".repeat(bytes)),
            1,
        ));
        self.report();
    }

    /// As the tracker does after each of its own events.
    fn report(&mut self) {
        if let Some((payload, total)) = self.outbox.report(false) {
            let payload: Value = serde_json::from_str(&payload).unwrap();
            let counts = payload.as_object().unwrap().values().filter_map(Value::as_u64);
            assert_eq!(counts.sum::<u64>(), u64::from(total), "{payload}");
            self.fire_report(total);
        }
    }

    fn fire_report(&mut self, total: u32) {
        let id = Page(Rc::clone(&self.world)).random();
        self.step(Input::Fired(format!(r#"{{"id":"report {id}","lost":{total}}}"#), total));
    }

    fn pass(&mut self, ms: f64) {
        let until = self.world.now.get() + ms;
        if self.outbox.due <= until {
            self.world.now.set(self.outbox.due.max(self.world.now.get()));
            self.step(Input::Due);
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
        self.step(Input::Answered(number, status, retry_after));
    }

    fn end(&mut self) {
        if let Some((_, total)) = self.outbox.report(true) {
            self.fire_report(total);
        }
        self.outbox.step(Input::Ends, self.world.now.get());
        // Nobody hears the answers any more.
        self.world.sent.borrow_mut().clear();
    }

    fn reload(&mut self) {
        self.end();
        self.gone += self.outbox.waiting() + self.outbox.lost.iter().sum::<u32>();
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
            if self.world.stored.borrow().is_empty() && self.outbox.waiting() == 0 {
                return;
            }
        }
        panic!("something stays for ever: {:?}", self.world.stored.borrow().keys());
    }

    fn check(&self) {
        let bytes = self.outbox.queue.len();
        assert!(bytes <= self.limit_bytes, "{bytes} bytes wait");
        let outliving = self.outbox.requests.iter().filter(|request| request.keepalive);
        let in_flight: usize = outliving.map(|request| request.lines.len()).sum();
        assert!(in_flight <= super::BUDGET_BYTES, "{in_flight} bytes on their way");
        assert!(
            self.outbox.queue.is_empty() || !self.outbox.requests.is_empty() || self.outbox.due.is_finite(),
            "events wait for nothing"
        );
    }
}

fn open(world: &Rc<World>, limit_bytes: usize) -> Outbox<Page> {
    let mut outbox = Outbox::new(Page(Rc::clone(world)));
    outbox.stock.open("shop");
    outbox.limit_bytes = limit_bytes;
    outbox
}

impl Outbox<Page> {
    fn waiting(&self) -> u32 {
        let on_their_way: u32 = self.requests.iter().map(|request| count(&request.lines)).sum();
        on_their_way + count(&self.queue)
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
            Event::Hide => tab.step(Input::Hidden),
            Event::Reload => tab.reload(),
            Event::Sleep => {
                tab.end();
                tab.step(Input::Restored);
            }
            Event::Online => tab.step(Input::Online),
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
        let mut tabs = [Tab::new(&world, usize::MAX), Tab::new(&world, usize::MAX)];
        for (first, events) in steps {
            let tab = &mut tabs[usize::from(first)];
            for event in events {
                match event {
                    Event::Fire(bytes) => tab.fire(bytes % 2_000),
                    Event::Pass(ms) => tab.pass(ms.into()),
                    Event::Hide => tab.step(Input::Hidden),
                    Event::Reload => tab.reload(),
                    Event::Answer(_) => {
                        let sent = world.sent.take();
                        for (number, _) in sent {
                            tab.step(Input::Answered(number, 0, f64::NAN));
                        }
                    }
                    _ => {}
                }
            }
            // What is still on its way is this tab's; the other one must not take its answers.
            for (number, _) in world.sent.take() {
                tab.step(Input::Answered(number, 503, f64::NAN));
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
    tab.step(Input::Online);
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
    tab.step(Input::Online);
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
    assert_eq!(tab.outbox.waiting(), 0);
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
