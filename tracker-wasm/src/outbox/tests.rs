//! The outbox in a world of networks, tabs and storages that fail as they like.

mod lives;
mod tab;
mod world;

use std::rc::Rc;

use self::lives::Outcome;
use self::tab::Tab;
use self::world::World;
use super::{Answer, Outbox, answer};

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
