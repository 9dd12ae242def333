//! Every event is accepted as it is meant, in each form.
#![expect(clippy::unwrap_used, reason = "a helper fails the test that calls it")]

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;

use event::decode::{Context, Site, decode};
use event::{Event, EventType, Timestamp};
use generator::write::{csv, json};
use generator::{Deed, Occurrence, Pace, Scenario, Traffic};
use uuid::Uuid;

use crate::{DAY_MS, NOW, week};

const EVEN: Pace = Pace::Even {
    start: NOW,
    interval_us: 10_000,
};

fn read(body: &str, check: impl FnOnce(Vec<Event<'_>>)) {
    let mut nil = Uuid::nil;
    let mut context = Context {
        received_at: NOW,
        default_site: Some("shop"),
        site: &|_| {
            Some(Site {
                name: "shop",
                base_url: "http://127.0.0.1:8080/",
                max_age_ms: Some(30 * DAY_MS),
                barrier: None,
            })
        },
        trusted: true,
        new_id: &mut nil,
    };
    let events = decode(body.as_bytes(), &mut context).unwrap();
    check(events.into_iter().map(Result::unwrap).collect());
}

fn bodies(occurrences: &[Occurrence]) -> Vec<String> {
    let mut writer = json::Writer::default();
    let mut text = |occurrence| {
        let mut text = String::new();
        writer.event(occurrence, &mut text);
        text
    };
    let batches = occurrences.chunks(500);
    batches
        .map(|batch| format!("[{}]", batch.iter().map(&mut text).collect::<Vec<_>>().join(",")))
        .collect()
}

#[test]
fn contract_accepts_every_event() {
    for pace in [EVEN, week(20_000)] {
        let occurrences = Traffic::new(42, pace, Scenario::ClockSkew)
            .take(20_000)
            .collect::<Vec<_>>();
        let (mut ids, mut titles, mut at) = (HashSet::new(), HashSet::new(), 0);
        for body in bodies(&occurrences) {
            read(&body, |events| {
                for event in events {
                    let occurrence = &occurrences[at];
                    at += 1;
                    assert!(ids.insert(event.id), "{} appears twice", event.id);
                    titles.insert(event.payload.event_title.to_string());
                    assert_eq!(event.id, occurrence.id);
                    assert_eq!(event.created_at, occurrence.created_at());
                    assert_eq!(event.ip, Some(IpAddr::V4(occurrence.visitor.ip)));
                    assert_eq!(event.user_agent, occurrence.visitor.agent.user_agent);
                    let path = url::Url::parse(&event.url).unwrap().path().to_owned();
                    assert_eq!(path, occurrence.address.page.path());
                }
            });
        }
        assert_eq!(ids.len(), 20_000);
        for title in [
            "page_view",
            "product_view",
            "add_to_cart",
            "checkout_start",
            "order_created",
            "payment_attempt",
            "order_paid",
            "order_delivered",
            "order_cancelled",
        ] {
            assert!(titles.contains(title), "no {title} at {pace:?}");
        }
    }
}

#[test]
fn payload_says_what_happened() {
    let occurrences = Traffic::new(42, week(20_000), Scenario::Normal).collect::<Vec<_>>();
    let mut at = 0;
    for body in bodies(&occurrences) {
        read(&body, |events| {
            for event in events {
                let payload = &event.payload;
                match occurrences[at].deed {
                    Deed::Click { element, point } => {
                        assert_eq!(payload.element_id, element);
                        let found = (payload.x, payload.y, payload.element_x, payload.element_y);
                        let meant = point.map(|point| (point.x, point.y, point.element_x, point.element_y));
                        assert_eq!(found.0.is_some(), meant.is_some());
                        if let Some(meant) = meant {
                            let pixels = |value: u32| Some(value as i32);
                            let meant = (pixels(meant.0), pixels(meant.1), pixels(meant.2), pixels(meant.3));
                            assert_eq!(found, meant);
                            assert!(payload.x < payload.viewport_w.map(|width| width as i32));
                            assert!(payload.y < payload.page_h.map(|height| height as i32));
                        }
                    }
                    Deed::OrderCreated { order, line } => {
                        assert_eq!(payload.order_id, order.to_string());
                        assert_eq!(payload.price.unwrap().0, i64::from(line.product.price_cents) * 100);
                        assert_eq!(payload.quantity, Some(line.quantity));
                    }
                    Deed::PaymentAttempt { latency_ms, error, .. } => {
                        assert_eq!(payload.latency_ms, Some(latency_ms));
                        assert_eq!(payload.error_code, error.unwrap_or(""));
                        assert_eq!(payload.status, if error.is_some() { "error" } else { "ok" });
                    }
                    _ => {}
                }
                at += 1;
            }
        });
    }
}

#[test]
fn clicks_follow_views() {
    let mut seen = HashMap::<_, HashSet<_>>::new();
    let mut clicks = 0;
    for occurrence in Traffic::new(42, week(20_000), Scenario::Normal) {
        let in_session = seen.entry(occurrence.session_id).or_default();
        let path = occurrence.address.page.path();
        match occurrence.deed {
            Deed::ElementView { element, .. } => {
                assert!(in_session.insert((path, element)), "{element} on {path} is seen twice");
            }
            Deed::Click { element, .. } => {
                clicks += 1;
                assert!(
                    in_session.contains(&(path, element)),
                    "{element} on {path} is clicked before it is seen"
                );
            }
            _ => {}
        }
    }
    assert!(clicks > 1_500, "{clicks} clicks on elements");
}

/// The pages say which elements they have; most are in the HTML, those of products are made by scripts.
#[test]
fn elements_are_the_shops() {
    let shop = include_str!("../../../demo-site/README.md");
    for occurrence in Traffic::new(42, week(20_000), Scenario::Normal) {
        let (Deed::ElementView { element, .. } | Deed::Click { element, .. }) = occurrence.deed else {
            continue;
        };
        let of_product = ["#product-", "#quick-add-", "#related-", "#cart-item-", "#cart-remove-"];
        let family = of_product.iter().find(|family| element.starts_with(**family));
        let listed = family.map_or_else(|| format!("`{element}`"), |family| format!("`{family}<id>`"));
        assert!(shop.contains(&listed), "the shop has no {element}");
    }
}

#[test]
fn rows_have_the_columns_of_the_header() {
    let columns = csv::HEADER.split(',').collect::<Vec<_>>();
    let column = |name| columns.iter().position(|column| *column == name).unwrap();
    let (mut rows, mut json) = (csv::Writer::default(), json::Writer::default());
    for occurrence in Traffic::new(42, week(5_000), Scenario::Normal) {
        let (mut row, mut text) = (String::new(), String::new());
        rows.row(&occurrence, &mut row);
        json.event(&occurrence, &mut text);
        let fields = fields(row.strip_suffix('\n').unwrap());
        assert_eq!(fields.len(), columns.len(), "{row}");
        read(&text, |events| {
            let event = &events[0];
            assert_eq!(fields[column("id")], event.id.to_string());
            assert_eq!(fields[column("type")], event.event_type.as_str());
            assert_eq!(fields[column("created_at")].parse::<Timestamp>(), Ok(event.created_at));
            assert_eq!(fields[column("session_id")], event.session_id);
            assert_eq!(fields[column("user_id")], event.user_id);
            assert!(event.url.ends_with(&fields[column("url")]));
            assert_eq!(fields[column("user_agent")], event.user_agent);
            let payload = &event.payload;
            assert_eq!(fields[column("event_title")], payload.event_title);
            assert_eq!(fields[column("element_id")], payload.element_id);
            assert_eq!(fields[column("order_id")], payload.order_id);
            assert_eq!(fields[column("product_id")], payload.product_id);
            assert_eq!(fields[column("currency")], payload.currency);
            assert_eq!(fields[column("status")], payload.status);
            assert_eq!(fields[column("error_code")], payload.error_code);
            assert_eq!(fields[column("payload")], payload.rest);
            let number = |value: Option<u32>| value.map_or(String::new(), |value| value.to_string());
            assert_eq!(fields[column("quantity")], number(payload.quantity));
            assert_eq!(fields[column("latency_ms")], number(payload.latency_ms));
            assert_eq!(fields[column("page_h")], number(payload.page_h));
            assert_eq!(fields[column("x")], payload.x.map_or(String::new(), |x| x.to_string()));
            assert_eq!(fields[column("price")].parse().ok(), payload.price);
            assert_eq!(
                event.event_type == EventType::Server,
                fields[column("type")] == "server"
            );
        });
    }
}

/// RFC 4180 without line breaks in fields.
fn fields(row: &str) -> Vec<String> {
    let (mut fields, mut quoted) = (vec![String::new()], false);
    let mut letters = row.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => {
                letters.next();
                fields.last_mut().unwrap().push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(String::new()),
            other => fields.last_mut().unwrap().push(other),
        }
    }
    fields
}
