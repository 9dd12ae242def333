//! What decoding costs per event, beside parsing the same body into `serde_json::Value` in the same run:
//! `cargo bench -p event`.
#![expect(clippy::print_stdout, reason = "a bench prints its table")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use event::decode::{Context, Site, decode};
use event::json::Array;
use event::{Event, Timestamp};
use uuid::Uuid;

const NOW: Timestamp = Timestamp(1_795_341_600_000);
const ROUNDS: usize = 15;
const ROUND: Duration = Duration::from_millis(60);

fn main() {
    println!(
        "{:>16} {:>8} {:>12} {:>12} {:>8}",
        "events", "bytes", "decode ns", "Value ns", "ratio"
    );
    let one = measure(1);
    let twenty = measure(20);
    println!(
        r#"{{"bench": "event_decode", "figures": {{"ns_per_event_1": {:.0}, "ns_per_event_20": {:.0}, "ratio_to_value_1": {:.3}, "ratio_to_value_20": {:.3}}}}}"#,
        one.0, twenty.0, one.1, twenty.1
    );
}

/// Nanoseconds per event, and their ratio to `Value`'s.
fn measure(events: usize) -> (f64, f64) {
    let body = body(events);
    let (mut ours, mut reference) = (f64::MAX, f64::MAX);
    for _ in 0..ROUNDS {
        ours = ours.min(per_event(events, || decode_all(&body)));
        reference = reference.min(per_event(events, || {
            black_box(serde_json::from_slice::<serde_json::Value>(black_box(&body)).is_ok())
        }));
    }
    let ratio = ours / reference;
    println!(
        "{events:>16} {:>8} {ours:>12.0} {reference:>12.0} {ratio:>8.2}",
        body.len()
    );
    (ours, ratio)
}

fn per_event(events: usize, mut decode: impl FnMut() -> bool) -> f64 {
    let start = Instant::now();
    let mut bodies = 0_u32;
    while start.elapsed() < ROUND {
        for _ in 0..20 {
            assert!(decode(), "the body decodes");
        }
        bodies += 20;
    }
    start.elapsed().as_secs_f64() * 1e9 / f64::from(bodies) / events as f64
}

fn decode_all(body: &[u8]) -> bool {
    let site = |name: &str| {
        (name == "shop").then_some(Site {
            name: "shop",
            base_url: "https://shop.example/",
            max_age_ms: Some(30 * 86_400_000),
            barrier: None,
        })
    };
    let mut context = Context {
        received_at: NOW,
        default_site: Some("shop"),
        site: &site,
        trusted: false,
        new_id: &mut Uuid::nil,
    };
    let verdicts = decode(black_box(body), &mut context);
    verdicts.is_ok_and(|verdicts| black_box(verdicts).iter().all(Result::<Event<'_>, _>::is_ok))
}

/// Events as the tracker sends them, about 600 bytes each.
fn body(events: usize) -> Vec<u8> {
    let mut text = String::new();
    let mut array = Array::new(&mut text);
    for number in 0..events {
        let id = Uuid::from_u128(0x0197_a1c0_5d2e_7a44_9c11_3f60_52be_0000 + number as u128);
        let mut event = array.object();
        event
            .text("id", &id.to_string())
            .text("type", "click")
            .number("created_at", NOW.0 - 1_000 + number as i64)
            .text("session_id", "0197a1bf-9c11-7e02-8a3d-64b7c1d29f10")
            .text("user_id", "0197a1bf-0000-7000-8000-64b7c1d29f10")
            .text(
                "url",
                "https://shop.example/product.html?id=espresso-machine&utm_source=newsletter",
            )
            .text("referrer", "https://shop.example/catalog.html?category=coffee");
        event
            .object("payload")
            .text("event_title", "add_to_cart")
            .text("element_id", "#add-to-cart")
            .number("x", 445)
            .number("y", 1_315)
            .number("element_x", 24)
            .number("element_y", 11)
            .number("viewport_w", 1_280)
            .number("viewport_h", 720)
            .number("page_w", 1_265)
            .number("page_h", 2_410)
            .text("product_id", "espresso-machine")
            .raw("price", "249.90")
            .text("currency", "EUR")
            .number("quantity", 1);
    }
    drop(array);
    text.into_bytes()
}
