//! How far pages were seen, against numbers worked out by hand: the generator's visitors do not tell it. The rows hold copies.

use event::{EnrichedEvent, EventType, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;
use warehouse::{EventRow, Warehouse};

use crate::database;
use crate::sample::bare;

/// 2026-11-22T10:00:00Z.
const TEN: i64 = 1_795_341_600_000;
const TEA: &str = "https://shop.example/tea";
const CUPS: &str = "https://shop.example/cups?sort=price";

fn at(id: u128, session: &'static str, page: &'static str, minute: i64) -> EnrichedEvent<'static> {
    let mut event = bare(id);
    event.event.session_id = session.into();
    event.event.url = page.into();
    event.event.created_at = Timestamp(TEN + minute * 60_000);
    event.received_at = event.event.created_at;
    event.event.payload.event_title = "page_view".into();
    event
}

fn left(event: EnrichedEvent<'static>, depth: &'static str) -> EnrichedEvent<'static> {
    let mut event = event;
    event.event.event_type = EventType::Server;
    event.event.payload.event_title = "page_leave".into();
    event.event.payload.rest = depth.into();
    event
}

fn looks() -> Vec<EnrichedEvent<'static>> {
    let mut looks = vec![
        at(1, "anna", TEA, 0),
        left(at(2, "anna", TEA, 1), r#"{"scroll_depth": 80}"#),
        at(3, "anna", TEA, 2),
        left(at(4, "anna", TEA, 3), r#"{"scroll_depth": 30}"#),
        // More than there is.
        at(5, "anna", CUPS, 4),
        left(at(6, "anna", CUPS, 5), r#"{"scroll_depth": 250}"#),
        at(7, "bert", TEA, 0),
        left(at(8, "bert", TEA, 20), r#"{"scroll_depth": 40}"#),
        // Nobody knows how far, nobody knows that it was seen, and no number.
        at(9, "carl", TEA, 0),
        left(at(10, "dora", TEA, 1), r#"{"scroll_depth": 90}"#),
        at(11, "emil", TEA, 0),
        left(at(12, "emil", TEA, 1), r#"{"scroll_depth": "deep"}"#),
        // Seen before the period, left in it.
        at(13, "fred", TEA, -1),
        left(at(14, "fred", TEA, 1), r#"{"scroll_depth": 90}"#),
        at(15, "robot", TEA, 0),
        left(at(16, "robot", TEA, 1), r#"{"scroll_depth": 100}"#),
    ];
    for event in &mut looks[14..] {
        event.client.bot_reason = "headless".into();
    }
    looks
}

async fn reached(warehouse: &Warehouse, more: &[(&str, &str)]) -> Value {
    let period = [
        ("site", "shop"),
        ("from", "2026-11-22 10:00:00.000"),
        ("to", "2026-11-22 10:10:00.000"),
        ("limit", "100"),
        ("step", "20"),
    ];
    let given: Vec<_> = period.iter().chain(more).copied().collect();
    let answer = warehouse.metric("scroll_reach", &given).await.unwrap();
    let answer: Value = serde_json::from_slice(&answer).unwrap();
    let rows = answer["data"].as_array().unwrap().iter();
    let row = |row: &Value| json!([row["path"], row["percent"], row["reached"], row["pages"], row["share"]]);
    rows.map(row).collect()
}

#[tokio::test]
async fn a_page_is_seen_as_far_as_its_deepest_look() {
    let warehouse = &database().await;
    for table in ["events", "session_pages"] {
        let sql = format!("SYSTEM STOP MERGES {table}");
        warehouse.execute(&sql, &[]).await.unwrap();
    }
    for cut in [3, 5] {
        for (number, part) in looks().chunks(cut).enumerate() {
            let rows: Vec<_> = part.iter().map(|event| EventRow::new(event, Uuid::nil())).collect();
            warehouse
                .insert_events(&rows, &format!("{cut} {number}"))
                .await
                .unwrap();
        }
    }
    let tea = |percent: u8, reached: u8, pages: u8| {
        json!(["/tea", percent, reached, pages, f64::from(reached) / f64::from(pages)])
    };
    let people = [
        tea(20, 2, 2),
        tea(40, 2, 2),
        tea(60, 1, 2),
        tea(80, 1, 2),
        tea(100, 0, 2),
    ];
    let cups = [20, 40, 60, 80, 100].map(|percent| json!(["/cups", percent, 1, 1, 1.0]));
    let is = |found: Value, expected: &[Value]| {
        let numbers = |value: &Value| value.to_string().replace(".0", "");
        assert_eq!(numbers(&found), numbers(&json!(expected)));
    };
    is(
        reached(warehouse, &[("bots", "0")]).await,
        &[&people[..], &cups].concat(),
    );
    is(reached(warehouse, &[("bots", "0"), ("path", "/cups")]).await, &cups);
    let with_bots = [
        tea(20, 3, 3),
        tea(40, 3, 3),
        tea(60, 2, 3),
        tea(80, 2, 3),
        tea(100, 1, 3),
    ];
    is(reached(warehouse, &[("bots", "1"), ("path", "/tea")]).await, &with_bots);
}
