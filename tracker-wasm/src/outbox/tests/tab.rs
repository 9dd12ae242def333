//! A tab in that world.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::super::{BUDGET_BYTES, OUTLIVES, Outbox, WAITS, Way};
use super::lives::Outcome;
use super::world::{Page, World};

/// One tab, through its reloads.
pub(super) struct Tab {
    pub(super) world: Rc<World>,
    pub(super) outbox: Outbox<Page>,
    pub(super) limit_bytes: u32,
    /// Events of pages that ended where nothing was stored or sent.
    pub(super) gone: u32,
}

impl Tab {
    pub(super) fn new(world: &Rc<World>, limit_bytes: u32) -> Self {
        Self {
            outbox: open(world, limit_bytes),
            world: Rc::clone(world),
            limit_bytes,
            gone: 0,
        }
    }

    pub(super) fn step(&mut self, step: impl FnOnce(&mut Outbox<Page>, f64)) {
        step(&mut self.outbox, self.world.now.get());
        self.check();
    }

    pub(super) fn fire(&mut self, bytes: usize) {
        let number = self.world.fired.get();
        self.world.fired.set(number + 1);
        let text = format!(r#"{{"id":"{number}","x":"{}"}}"#, "x".repeat(bytes));
        let event = self.outbox.way.put(text, 1);
        self.step(|outbox, now| outbox.fired(event, now));
        self.report();
    }

    /// As the tracker does after each of its own events.
    pub(super) fn report(&mut self) {
        if let Some(lost) = self.outbox.report(false) {
            self.fire_report(lost.iter().sum());
        }
    }

    pub(super) fn fire_report(&mut self, total: u32) {
        let id = self.world.random();
        let text = format!(r#"{{"id":"report {id}","lost":{total}}}"#);
        let event = self.outbox.way.put(text, total);
        self.step(|outbox, now| outbox.fired(event, now));
    }

    pub(super) fn pass(&mut self, ms: f64) {
        let until = self.world.now.get() + ms;
        if self.outbox.due <= until {
            self.world.now.set(self.outbox.due.max(self.world.now.get()));
            self.step(Outbox::due);
        } else {
            self.world.now.set(until);
        }
    }

    pub(super) fn answer(&mut self, outcome: Outcome) {
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

    pub(super) fn end(&mut self) {
        if let Some(lost) = self.outbox.report(true) {
            self.fire_report(lost.iter().sum());
        }
        self.outbox.ends(self.world.now.get());
        // Nobody hears the answers any more.
        self.world.sent.borrow_mut().clear();
    }

    pub(super) fn reload(&mut self) {
        self.end();
        self.gone += self.outbox.unconfirmed() + self.outbox.lost.iter().sum::<u32>();
        self.outbox = open(&self.world, self.limit_bytes);
        self.outbox.gather(self.world.now.get());
    }

    /// The network, the gateway and the browser are well again, and visits go on until all has left.
    pub(super) fn settle(&mut self) {
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

    pub(super) fn check(&self) {
        let (events, bytes) = self.outbox.waiting();
        assert!(bytes <= self.limit_bytes, "{bytes} bytes wait");
        let outliving = self.outbox.events().iter().filter(|event| event.request & OUTLIVES > 0);
        let in_flight: u32 = outliving.map(|event| event.bytes).sum();
        assert!(in_flight <= BUDGET_BYTES, "{in_flight} bytes on their way");
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

pub(super) fn open(world: &Rc<World>, limit_bytes: u32) -> Outbox<Page> {
    let mut outbox = Outbox::new(Page::new(world));
    outbox.limit_bytes = limit_bytes;
    outbox
}

impl Outbox<Page> {
    /// In ascending order.
    pub(super) fn numbers(&self) -> BTreeSet<u32> {
        self.events().iter().map(|event| event.number).collect()
    }

    pub(super) fn unconfirmed(&self) -> u32 {
        self.events().iter().map(|event| self.way.weight(event.number)).sum()
    }
}
