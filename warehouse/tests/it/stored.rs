//! What the loader asks the table, and how little of the table that reads.

use std::collections::HashSet;

use event::{EnrichedEvent, Timestamp};
use serde_json::Value;
use uuid::Uuid;
use warehouse::{EventKey, EventRow, Warehouse};

use crate::database;
use crate::sample::{AT, bare};

const GROUP: Uuid = Uuid::from_u128(0x77);
const DAY_MS: i64 = 86_400_000;
/// Values that would end a text of SQL, or a row of most formats.
const HOSTILE: &str = "it's \\ a\ttab\n\0 ⚡ ') OR 1 = 1 --";

async fn insert(warehouse: &Warehouse, events: &[EnrichedEvent<'_>], group: Uuid) {
    let rows: Vec<_> = events.iter().map(|event| EventRow::new(event, group)).collect();
    let token = format!("{group} {}", events[0].event.id);
    warehouse.insert_events(&rows, &token).await.unwrap();
}

fn event(id: u128, site: &'static str, session: &'static str) -> EnrichedEvent<'static> {
    let mut event = bare(id);
    event.event.site = site.into();
    event.event.session_id = session.into();
    event
}

fn key(id: u128, site: &'static str, session_id: &'static str) -> EventKey<'static> {
    EventKey {
        site,
        created_at_ms: AT,
        session_id,
        id: Uuid::from_u128(id),
    }
}

#[tokio::test]
async fn finds_events_a_day_around() {
    let warehouse = &database().await;
    insert(warehouse, &[event(1, "shop", "s"), event(2, HOSTILE, HOSTILE)], GROUP).await;
    let off = |id, days: i64| EventKey {
        created_at_ms: AT + days * DAY_MS,
        ..key(id, "shop", "s")
    };
    let ids = async |candidates: &[EventKey<'_>]| {
        let found = warehouse.stored_events(candidates).await.unwrap();
        let ids = found
            .into_iter()
            .map(|event| (event.site, event.id.as_u128(), event.group_id));
        ids.collect::<Vec<_>>()
    };
    let first = [("shop".to_owned(), 1, GROUP)];
    for days in [-1, 0, 1] {
        assert_eq!(ids(&[off(1, days), off(3, days)]).await, first, "{days} days off");
    }
    assert_eq!(ids(&[off(1, 2), off(1, -2)]).await, []);
    assert_eq!(ids(&[key(1, "other", "s"), key(2, "shop", "s")]).await, []);
    assert_eq!(ids(&[key(2, HOSTILE, HOSTILE)]).await, [(HOSTILE.to_owned(), 2, GROUP)]);
    assert_eq!(ids(&[]).await, []);
}

#[tokio::test]
async fn takes_a_hundred_thousand_keys() {
    const KEYS: usize = 100_000;
    let warehouse = &database().await;
    let texts: Vec<String> = (0..KEYS).map(|number| format!("{number:0>36}")).collect();
    let event = bare(0);
    let rows: Vec<_> = (0..KEYS)
        .step_by(2)
        .map(|number| EventRow {
            id: Uuid::from_u128(number as u128),
            session_id: &texts[number],
            ..EventRow::new(&event, Uuid::from_u128(number as u128 / 20))
        })
        .collect();
    warehouse.insert_events(&rows, "token").await.unwrap();
    let keys: Vec<_> = (0..KEYS)
        .map(|number| EventKey {
            session_id: &texts[number],
            ..key(number as u128, "shop", "")
        })
        .collect();
    let events = warehouse.stored_events(&keys).await.unwrap();
    let ids: HashSet<_> = events.into_iter().map(|event| event.id.as_u128()).collect();
    assert_eq!(ids.len(), KEYS / 2);
    assert!(ids.iter().all(|id| id % 2 == 0));
}

/// Rows and marks of a table whose parts stay apart: one part a day of arrival, `parts` of them.
async fn arrivals(parts: i64, rows: u128) -> Warehouse {
    let warehouse = database().await;
    warehouse.execute("SYSTEM STOP MERGES events", &[]).await.unwrap();
    for part in 0..parts {
        let events: Vec<_> = (0..rows)
            .map(|row| {
                let mut event = bare(part as u128 * rows + row);
                event.received_at = Timestamp(AT + part * DAY_MS + row as i64);
                event
            })
            .collect();
        insert(&warehouse, &events, GROUP).await;
    }
    warehouse
}

#[tokio::test]
async fn returns_the_last_arrivals_first() {
    let warehouse = &arrivals(3, 10).await;
    for (limit, expected) in [(0, 0), (1, 1), (12, 12), (1_000, 30)] {
        let found: Vec<_> = recent(warehouse, limit).await.into_iter().map(|row| row.1).collect();
        assert_eq!(found, (0..30).rev().take(expected).collect::<Vec<_>>(), "limit {limit}");
    }
    assert_eq!(
        recent(warehouse, 1).await,
        [("shop".to_owned(), 29, AT + 2 * DAY_MS + 9)]
    );
    assert_eq!(recent(&database().await, 10).await, []);
}

async fn recent(warehouse: &Warehouse, limit: usize) -> Vec<(String, u128, i64)> {
    let mut found = Vec::new();
    let take = |site: &str, id: Uuid, received_ms| found.push((site.to_owned(), id.as_u128(), received_ms));
    let count = warehouse.recent_ids(limit, take).await.unwrap();
    assert_eq!(count, found.len());
    found
}

/// The granules of `events` that the index leaves of those before it.
async fn granules_left(warehouse: &Warehouse, sql: &str, parameters: &[(&str, &str)]) -> (u64, u64) {
    let sql = format!("EXPLAIN indexes = 1, json = 1 {sql}");
    let answer: Vec<Value> = warehouse.rows(&sql, parameters).await.unwrap();
    let plan = answer[0]["explain"].as_str().unwrap();
    let plan: Value = serde_json::from_str(plan).unwrap();
    let mut left = None;
    find(&plan, &mut |object| {
        if object.get("Name").is_some_and(|name| name == "received_at_minmax") {
            let granules = |name: &str| object[name].as_u64().unwrap();
            left = Some((granules("Selected Granules"), granules("Initial Granules")));
        }
    });
    left.unwrap_or_else(|| panic!("the index is not used: {plan:#}"))
}

fn find(value: &Value, visit: &mut impl FnMut(&serde_json::Map<String, Value>)) {
    match value {
        Value::Object(object) => {
            visit(object);
            object.values().for_each(|value| find(value, visit));
        }
        Value::Array(values) => values.iter().for_each(|value| find(value, visit)),
        _ => {}
    }
}

#[tokio::test]
async fn skips_what_arrived_long_ago() {
    let warehouse = &arrivals(5, 10).await;
    let since = (AT + 4 * DAY_MS).to_string();
    let until = (AT + 5 * DAY_MS).to_string();
    let minutes = include_str!("../../../sql/ledger/minutes.sql");
    let period = [("site", ""), ("all", "1"), ("from", &*since), ("to", &*until)];
    assert_eq!(granules_left(warehouse, minutes, &period).await, (1, 5));
    let recent = include_str!("../../../sql/stored/recent.sql");
    let last = [("since", &*since), ("limit", "10")];
    assert_eq!(granules_left(warehouse, recent, &last).await, (1, 5));
}
