use std::collections::{HashMap, HashSet};

use event::decode::{Context, Site, decode};
use event::{EventType, Timestamp};
use generator::Traffic;
use uuid::Uuid;

const START: Timestamp = Timestamp(1_795_341_600_000);
const INTERVAL_US: u64 = 10_000;

fn texts(seed: u64, count: usize) -> Vec<String> {
    let traffic = Traffic::new(seed, START, INTERVAL_US);
    traffic.take(count).map(|event| event.json).collect()
}

#[test]
fn same_seed_gives_same_bytes() {
    assert_eq!(texts(42, 500), texts(42, 500));
    assert_ne!(texts(42, 500), texts(7, 500));
}

#[test]
fn contract_accepts_every_event() {
    let mut nil = Uuid::nil;
    let mut context = Context {
        received_at: Timestamp(START.0 + 3_600_000),
        default_site: Some("shop"),
        site: &|_| {
            Some(Site {
                name: "shop",
                base_url: "http://127.0.0.1:8080/",
                max_age_ms: None,
                barrier: None,
            })
        },
        trusted: false,
        new_id: &mut nil,
    };
    let texts = texts(42, 5_000);
    let bodies = texts
        .chunks(500)
        .map(|events| format!("[{}]", events.join(",")))
        .collect::<Vec<_>>();
    let mut ids = HashSet::new();
    let mut seen = HashMap::<_, HashSet<_>>::new();
    let mut clicks = 0;
    let mut titles = HashSet::new();
    for body in &bodies {
        for event in decode(body.as_bytes(), &mut context).unwrap() {
            let event = event.unwrap();
            assert!(ids.insert(event.id), "{} appears twice", event.id);
            titles.insert(event.payload.event_title.to_string());
            let element = (event.url.to_string(), event.payload.element_id.to_string());
            let in_session = seen.entry(event.session_id.to_string()).or_default();
            match event.event_type {
                EventType::View => _ = in_session.insert(element),
                EventType::Click if event.payload.event_title == "click" => {
                    clicks += 1;
                    assert!(
                        in_session.contains(&element),
                        "{element:?} is clicked before it is seen"
                    );
                    assert!(event.payload.x.is_some() && event.payload.y.is_some());
                }
                EventType::Click | EventType::Server => {}
            }
        }
    }
    assert_eq!(ids.len(), 5_000);
    assert!(clicks > 300, "{clicks} clicks on elements");
    for title in [
        "page_view",
        "product_view",
        "add_to_cart",
        "checkout_start",
        "order_created",
        "payment_attempt",
        "order_paid",
    ] {
        assert!(titles.contains(title), "no {title}");
    }
}
