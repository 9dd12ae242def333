//! Whatever happens to tabs, in any order: nothing is lost uncounted.

use std::collections::BTreeSet;
use std::rc::Rc;

use proptest::prelude::*;

use super::super::Outbox;
use super::tab::Tab;
use super::world::World;

#[derive(Debug, Clone, Copy)]
pub(super) enum Outcome {
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
