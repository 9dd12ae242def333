//! What the page of journeys asks: sessions, their events, and where they went.

use event::{EnrichedEvent, EventType, Timestamp};
use serde_json::{Value, json};
use warehouse::Warehouse;

use crate::database;
use crate::marts::insert;
use crate::sample::bare;

const TEN: i64 = 1_795_341_600_000;
const PERIOD: [(&str, &str); 5] = [
    ("site", "shop"),
    ("from", "2026-11-22 00:00:00.000"),
    ("to", "2026-11-23 00:00:00.000"),
    ("bots", "0"),
    ("limit", "100"),
];

fn event(id: u128, session: &'static str, second: i64, url: &'static str) -> EnrichedEvent<'static> {
    let mut event = bare(id);
    event.event.session_id = session.into();
    event.event.user_id = "1001".into();
    event.event.event_type = EventType::View;
    event.event.created_at = Timestamp(TEN + second * 1_000);
    event.received_at = event.event.created_at;
    event.event.url = url.into();
    event.event.payload.event_title = "page_view".into();
    event
}

fn titled(mut event: EnrichedEvent<'static>, kind: EventType, title: &'static str) -> EnrichedEvent<'static> {
    event.event.event_type = kind;
    event.event.payload.event_title = title.into();
    event
}

/// Home, reload, product, into the cart and paid; home and product; home alone.
fn visits() -> Vec<EnrichedEvent<'static>> {
    const HOME: &str = "https://shop.example/?user=ada";
    const PRODUCT: &str = "https://shop.example/product";
    let mut click = titled(event(4, "buys", 20, PRODUCT), EventType::Click, "add_to_cart");
    click.event.payload.element_id = "#add".into();
    vec![
        event(1, "buys", 0, HOME),
        event(2, "buys", 5, HOME),
        event(3, "buys", 12, PRODUCT),
        click,
        titled(event(5, "buys", 30, PRODUCT), EventType::Server, "order_paid"),
        event(6, "looks", 100, HOME),
        event(7, "looks", 101, PRODUCT),
        event(8, "leaves", 200, HOME),
    ]
}

async fn ask(warehouse: &Warehouse, metric: &str, given: &[(&str, &str)]) -> Vec<Value> {
    let given = [&PERIOD[..], given].concat();
    let answer = warehouse.metric(metric, &given).await.unwrap();
    let answer: Value = serde_json::from_slice(&answer).unwrap();
    answer["data"].as_array().unwrap().clone()
}

fn pick(rows: &[Value], fields: &[&str]) -> Vec<Vec<Value>> {
    let picked = rows
        .iter()
        .map(|row| fields.iter().map(|field| row[*field].clone()).collect());
    picked.collect()
}

#[tokio::test]
async fn journeys_tell_what_happened_and_not_to_whom() {
    let warehouse = &database().await;
    // Once more, as copies come.
    insert(warehouse, &visits(), "one").await;
    insert(warehouse, &visits(), "two").await;

    let sessions = ask(warehouse, "recent_sessions", &[]).await;
    let fields = [
        "session_id",
        "entry_path",
        "exit_path",
        "page_views",
        "length_ms",
        "outcome",
    ];
    assert_eq!(
        json!(pick(&sessions, &fields)),
        json!([
            ["leaves", "/", "/", 1, 0, "bounced"],
            ["looks", "/", "/product", 2, 1_000, "browsed"],
            ["buys", "/", "/product", 3, 20_000, "paid"],
        ])
    );
    let through = [("step", "2"), ("step_page", "/product")];
    assert_eq!(
        json!(pick(
            &ask(warehouse, "recent_sessions", &through).await,
            &["session_id"]
        )),
        json!([["looks"], ["buys"]])
    );

    let events = ask(warehouse, "session_events", &[("session", "buys")]).await;
    assert_eq!(
        json!(pick(
            &events,
            &["type", "event_title", "element_id", "path", "after_ms"]
        )),
        json!([
            ["view", "page_view", "", "/", null],
            ["view", "page_view", "", "/", 5_000],
            ["view", "page_view", "", "/product", 7_000],
            ["click", "add_to_cart", "#add", "/product", 8_000],
            ["server", "order_paid", "", "/product", 10_000],
        ])
    );
    assert!(!json!(events).to_string().contains("1001") && !json!(events).to_string().contains("ada"));
    let latest = ask(warehouse, "session_events", &[]).await;
    assert_eq!(json!(pick(&latest, &["path"])), json!([["/"]]), "of the latest event");

    let steps = ask(warehouse, "path_steps", &[]).await;
    let fields = ["step", "from_path", "to_path", "sessions"];
    assert_eq!(
        json!(pick(&steps, &fields)),
        json!([[1, "/", "/product", 2], [1, "/", "", 1], [2, "/product", "", 2]])
    );
    let through = ask(warehouse, "path_steps", &through).await;
    assert_eq!(
        json!(pick(&through, &fields)),
        json!([[1, "/", "/product", 2], [2, "/product", "", 2]])
    );
}
