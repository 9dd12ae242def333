use event::{EnrichedEvent, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;
use warehouse::{EventRow, Fault, LowCardinality, Settings, Warehouse, WarehouseError};

use crate::database;
use crate::sample::{AT, bare, full};

const GROUP: Uuid = Uuid::from_u128(0x99);

fn rows<'a>(events: &'a [EnrichedEvent<'a>]) -> Vec<EventRow<'a>> {
    events.iter().map(|event| EventRow::new(event, GROUP)).collect()
}

async fn one(warehouse: &Warehouse, sql: &str) -> Value {
    warehouse.rows(sql, &[]).await.unwrap().remove(0)
}

async fn count(warehouse: &Warehouse, table: &str) -> Value {
    one(warehouse, &format!("SELECT count() AS n FROM {table}")).await["n"].clone()
}

#[tokio::test]
async fn stores_every_field_as_sent() {
    let warehouse = &database().await;
    let events = [full(1), bare(2)];
    warehouse.insert_events(&rows(&events), "token").await.unwrap();
    let stored: Vec<Value> = warehouse.rows("SELECT * FROM events ORDER BY id", &[]).await.unwrap();
    let full: Value = serde_json::from_str(include_str!("full.json")).unwrap();
    assert_eq!(stored[0], full);
    for (field, value) in stored[1].as_object().unwrap() {
        let absent = match field.as_str() {
            "clock_skew_ms" | "x" | "y" | "element_x" | "element_y" | "viewport_w" | "viewport_h" | "page_w"
            | "page_h" | "price" | "quantity" | "latency_ms" | "ip" => Value::Null,
            "event_title" | "user_id" | "referrer" | "element_id" | "product_id" | "category" | "currency"
            | "order_id" | "status" | "error_code" | "payload" | "bot_reason" | "country" | "region" | "city"
            | "utm_source" | "utm_medium" | "utm_campaign" | "utm_term" | "utm_content" => json!(""),
            _ => continue,
        };
        assert_eq!(*value, absent, "{field}");
    }
}

#[tokio::test]
async fn corrects_clocks_that_are_far_off() {
    let warehouse = &database().await;
    warehouse
        .insert_events(&rows(&[full(1), bare(2)]), "token")
        .await
        .unwrap();
    let sql = "SELECT path, toString(corrected_at) AS at FROM events ORDER BY id";
    let stored: Vec<Value> = warehouse.rows(sql, &[]).await.unwrap();
    assert_eq!(stored[0], json!({"path": "/catalog", "at": "2026-11-22 10:10:00.123"}));
    assert_eq!(stored[1], json!({"path": "/catalog", "at": "2026-11-22 10:00:00.123"}));
}

#[tokio::test]
async fn repeats_without_a_second_row() {
    let warehouse = &database().await;
    let events = [full(1), full(2)];
    for token in ["one", "one", "one"] {
        warehouse.insert_events(&rows(&events), token).await.unwrap();
    }
    assert_eq!(count(warehouse, "events").await, 2, "same token");
    let again = [full(1), full(2)].map(|event| EnrichedEvent {
        received_at: Timestamp(AT + 60_000),
        ..event
    });
    warehouse.insert_events(&rows(&again), "other").await.unwrap();
    assert_eq!(count(warehouse, "events FINAL").await, 2, "same events, later");
    let twice = [full(3), full(3)];
    warehouse.insert_events(&rows(&twice), "twice").await.unwrap();
    assert_eq!(count(warehouse, "events FINAL").await, 3, "two copies in one insert");
}

#[tokio::test]
async fn keeps_dictionaries_of_every_width() {
    let warehouse = &database().await;
    let event = bare(0);
    let texts: Vec<String> = (0..70_000).map(|number| format!("text {number}")).collect();
    let rows: Vec<_> = texts
        .iter()
        .enumerate()
        .map(|(index, text)| EventRow {
            id: Uuid::from_u128(index as u128),
            session_id: text,
            element_id: LowCardinality(text),
            category: LowCardinality(&texts[index % 1_000]),
            browser: LowCardinality(&texts[index % 256]),
            os: LowCardinality(&texts[index % 257]),
            ..EventRow::new(&event, GROUP)
        })
        .collect();
    warehouse.insert_events(&rows, "token").await.unwrap();
    let sql = "WITH toUInt32(substring(session_id, 6)) AS number
        SELECT count() AS n, uniqExact(element_id) AS elements, countIf(element_id = session_id) AS same,
        countIf(category = concat('text ', toString(number % 1000))) AS categories,
        countIf(browser = concat('text ', toString(number % 256))) AS browsers,
        countIf(os = concat('text ', toString(number % 257))) AS systems FROM events";
    let all = json!(70_000);
    let expect = json!({"n": all, "elements": all, "same": all, "categories": all, "browsers": all, "systems": all});
    assert_eq!(one(warehouse, sql).await, expect);
}

#[tokio::test]
async fn takes_a_batch_of_many_months() {
    const MONTH_MS: i64 = 31 * 86_400_000;
    let warehouse = &database().await;
    let events: Vec<_> = (0..150)
        .map(|month| {
            let mut event = bare(month as u128);
            event.event.created_at = Timestamp(Timestamp::EARLIEST.0 + month * MONTH_MS);
            event
        })
        .collect();
    warehouse.insert_events(&rows(&events), "token").await.unwrap();
    assert_eq!(count(warehouse, "events").await, 150);
}

#[tokio::test]
async fn blames_the_data_for_a_refused_row() {
    let warehouse = &database().await;
    let mut before = bare(1);
    before.event.created_at = Timestamp(0);
    let error = warehouse
        .insert_events(&rows(&[bare(2), before]), "token")
        .await
        .unwrap_err();
    assert_eq!((error.code(), error.fault()), (Some(469), Fault::Data), "{error}");
    assert_eq!(count(warehouse, "events").await, 0);
}

#[tokio::test]
async fn blames_the_database_when_nobody_answers() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let mut settings = Settings::new(format!("http://{address}"), "nowhere");
    settings.clickhouse_timeout_ms = 100;
    let silent = Warehouse::new(&settings)
        .insert_events(&rows(&[bare(1)]), "token")
        .await
        .unwrap_err();
    assert!(matches!(silent, WarehouseError::Timeout), "{silent:?}");
    drop(listener);
    let away = Warehouse::new(&settings)
        .insert_events(&rows(&[bare(1)]), "token")
        .await
        .unwrap_err();
    assert!(matches!(away, WarehouseError::Network(_)), "{away:?}");
    assert_eq!((silent.fault(), away.fault()), (Fault::Database, Fault::Database));
    assert!(Warehouse::new(&settings).ping().await.is_err());
}
