use std::collections::HashSet;
use std::sync::Arc;

use event::{Timestamp, decode};
use uuid::Uuid;

use super::event::Flaw;
use super::log::Log;
use super::request::body;
use super::visitors::{SITES, Visitors};
use super::{Event, Fate};
use crate::random::Random;

const NOW_MS: i64 = 1_795_341_600_123;

/// What the contract says to each of the events.
fn verdicts(events: &[Arc<Event>], together: bool) -> Vec<Result<Uuid, &'static str>> {
    let site = events[0].site;
    let rules = |name: &str| {
        SITES.iter().find(|known| **known == name).map(|name| decode::Site {
            name,
            base_url: "https://shop.example/",
            max_age_ms: None,
            barrier: None,
        })
    };
    let mut context = decode::Context {
        received_at: Timestamp(NOW_MS),
        default_site: together.then_some(site),
        site: &rules,
        trusted: false,
        new_id: &mut Uuid::nil,
    };
    let body = body(events, together);
    let decoded = decode::decode(&body, &mut context).expect("a body of events");
    let verdict = |event: Result<event::Event<'_>, event::Refusal>| match event {
        Ok(event) => Ok(event.id),
        Err(refusal) => Err(refusal.reason.code()),
    };
    decoded.into_iter().map(verdict).collect()
}

#[test]
fn visitors_keep_the_contract() {
    let mut visitors = Visitors::new(SITES[0], Random::new(1));
    let events: Vec<_> = (0..500).map(|_| Arc::new(visitors.next(NOW_MS))).collect();
    let ids: Vec<_> = events.iter().map(|event| Ok(event.id)).collect();
    for together in [true, false] {
        assert_eq!(verdicts(&events, together), ids);
    }
    let moments: HashSet<_> = events
        .iter()
        .map(|event| (&event.session_id, event.created_at))
        .collect();
    assert_eq!(moments.len(), events.len(), "two events of a session have one moment");
    for title in [
        "order_created",
        "order_paid",
        "order_cancelled",
        "element_view",
        "click",
    ] {
        assert!(events.iter().any(|event| event.title == title), "no {title}");
    }
}

#[test]
fn flaws_are_refused_for_their_reason() {
    let mut visitors = Visitors::new(SITES[1], Random::new(2));
    for flaw in Flaw::ALL {
        for _ in 0..50 {
            let event = Arc::new(Event {
                flaw: Some(flaw),
                ..visitors.next(NOW_MS)
            });
            assert_eq!(verdicts(&[event], true), [Err(flaw.reason())]);
        }
    }
}

#[test]
fn notes_receipts_that_contradict() {
    let mut visitors = Visitors::new(SITES[0], Random::new(3));
    let good = Arc::new(visitors.next(NOW_MS));
    let flawed = Arc::new(Event {
        flaw: Some(Flaw::NoSession),
        ..visitors.next(NOW_MS)
    });
    let mut log = Log::default();
    log.sending(&[Arc::clone(&good), Arc::clone(&flawed)]);
    log.accepted(good.id);
    log.refused(flawed.id, "missing");
    assert_eq!(log.contradictions, Vec::<String>::new());
    log.refused(good.id, "missing");
    log.accepted(flawed.id);
    log.accepted(Uuid::from_u128(1));
    log.refused(flawed.id, "future");
    assert_eq!(log.contradictions.len(), 4, "{:?}", log.contradictions);
    assert_eq!(log.events[&good.id].fate, Fate::Accepted);
}
