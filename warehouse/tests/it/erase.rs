//! One user taken out: nothing is left of them, and everybody else's numbers are what they would be without them.

mod entities;
mod export;
mod quarantine;

use std::collections::BTreeSet;

use event::{EnrichedEvent, EventType, Money, Timestamp};
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;
use warehouse::{EraseError, EventRow, Subject, Warehouse};

use crate::database;
use crate::recount::{assert_equal, held, recounted};
use crate::sample::bare;
use quarantine::put_aside;

/// An id that could be read as something else anywhere on its way.
const ANN: &str = "o'hara\\\t\"{user:String}\" --ü";
const BOB: &str = "bob";
const PAGE: &str = "https://shop.example/tea";
/// 2026-11-22T10:00:00Z.
const TEN: i64 = 1_795_341_600_000;

fn event(id: u128, user: &'static str, session: &'static str, element: &'static str) -> EnrichedEvent<'static> {
    let mut event = bare(id);
    event.event.user_id = user.into();
    event.event.session_id = session.into();
    event.event.url = PAGE.into();
    event.event.created_at = Timestamp(TEN + id as i64 * 1_000);
    event.received_at = event.event.created_at;
    event.event.payload.element_id = element.into();
    event
}

fn clicked(mut event: EnrichedEvent<'static>) -> EnrichedEvent<'static> {
    event.event.event_type = EventType::Click;
    event.event.payload.x = Some(10);
    event.event.payload.y = Some(20);
    event.event.payload.latency_ms = Some(7);
    event
}

fn of_page(mut event: EnrichedEvent<'static>) -> EnrichedEvent<'static> {
    event.event.event_type = EventType::View;
    event.event.payload.event_title = "page_view".into();
    event
}

fn ordered(mut event: EnrichedEvent<'static>, title: &'static str, order: &'static str) -> EnrichedEvent<'static> {
    event.event.event_type = EventType::Server;
    event.event.payload.event_title = title.into();
    event.event.payload.order_id = order.into();
    event.event.payload.price = Some(Money(105_000));
    event.event.payload.latency_ms = Some(9);
    event
}

fn elsewhere(mut event: EnrichedEvent<'static>) -> EnrichedEvent<'static> {
    event.event.site = "other".into();
    event
}

/// Ann's, with what belongs to her and does not bear her id.
fn hers() -> Vec<EnrichedEvent<'static>> {
    vec![
        event(1, ANN, "a1", "#buy"),
        clicked(event(2, ANN, "a1", "#buy")),
        event(3, "", "a1", "#login"),
        event(6, ANN, "shared", "#buy"),
        ordered(event(9, ANN, "a1", ""), "order_created", "oa"),
        ordered(event(10, "", "backend", ""), "order_paid", "oa"),
        of_page(event(18, ANN, "a1", "")),
    ]
}

fn hers_elsewhere() -> Vec<EnrichedEvent<'static>> {
    vec![
        elsewhere(event(13, ANN, "a1", "#buy")),
        elsewhere(clicked(event(14, ANN, "a2", "#sell"))),
    ]
}

fn others() -> Vec<EnrichedEvent<'static>> {
    vec![
        event(4, BOB, "b1", "#buy"),
        clicked(event(5, BOB, "b1", "#buy")),
        event(7, BOB, "shared", "#buy"),
        event(8, "", "shared", "#buy"),
        ordered(event(11, BOB, "b1", ""), "order_created", "ob"),
        ordered(event(12, "", "backend", ""), "order_paid", "ob"),
        elsewhere(event(15, BOB, "a1", "#buy")),
        event(16, "", "nobody", "#buy"),
        ordered(event(17, "", "backend", ""), "order_paid", ""),
        of_page(event(19, BOB, "b1", "")),
    ]
}

async fn store(warehouse: &Warehouse, events: &[EnrichedEvent<'_>], cut: usize) {
    for (index, events) in events.chunks(cut).enumerate() {
        let rows: Vec<_> = events
            .iter()
            .map(|event| EventRow::new(event, Uuid::from_u128(0x99)))
            .collect();
        warehouse.insert_events(&rows, &format!("{cut} {index}")).await.unwrap();
    }
}

/// Everybody's events, each twice and in other cuts.
async fn filled() -> Warehouse {
    let warehouse = database().await;
    let all = [hers(), others(), hers_elsewhere()].concat();
    store(&warehouse, &all, 4).await;
    store(&warehouse, &all, 7).await;
    warehouse
}

async fn without_her() -> Warehouse {
    let warehouse = database().await;
    store(&warehouse, &others(), 4).await;
    warehouse
}

fn ann() -> Subject {
    Subject {
        user: ANN.to_owned(),
        site: None,
    }
}

async fn rows<T: serde::de::DeserializeOwned>(warehouse: &Warehouse, sql: &str) -> Vec<T> {
    warehouse.rows(sql, &[]).await.unwrap()
}

async fn ids(warehouse: &Warehouse, sql: &str) -> BTreeSet<u128> {
    #[derive(Deserialize)]
    struct Row {
        id: Uuid,
    }
    let found: Vec<Row> = rows(warehouse, sql).await;
    found.into_iter().map(|row| row.id.as_u128()).collect()
}

fn own(events: &[EnrichedEvent<'_>]) -> BTreeSet<u128> {
    events.iter().map(|event| event.event.id.as_u128()).collect()
}

#[tokio::test]
async fn leaves_nothing_of_the_user_and_all_of_others() {
    let warehouse = &filled().await;
    let erased = warehouse.erase_user(&ann(), false).await.unwrap();
    assert!(erased.is_proven(), "{:?}", erased.left);
    assert!(erased.left.len() >= 9, "{:?}", erased.left);
    let found = erased.found.iter().find(|count| count.table == "events").unwrap();
    assert_eq!(found.rows, 9);
    assert_eq!(ids(warehouse, "SELECT id FROM events").await, own(&others()));
    let held = held(warehouse).await;
    assert_equal(&held, &crate::recount::held(&without_her().await).await);
    assert_equal(&held, &recounted(warehouse).await);
    let text: Vec<String> = held.values().flatten().map(Value::to_string).collect();
    assert!(!text.iter().any(|row| row.contains("o'hara")), "{text:?}");
    let working: Vec<Value> = rows(
        warehouse,
        "SELECT name FROM system.tables WHERE database = currentDatabase() AND startsWith(name, 'erasing')",
    )
    .await;
    assert_eq!(working, [] as [Value; 0]);
    let again = warehouse.erase_user(&ann(), false).await.unwrap();
    assert!(
        again.is_proven() && again.found.iter().all(|count| count.rows == 0),
        "{again:?}"
    );
}

#[tokio::test]
async fn erases_on_one_site_only() {
    let warehouse = &filled().await;
    let subject = Subject {
        site: Some("shop".to_owned()),
        ..ann()
    };
    assert!(warehouse.erase_user(&subject, false).await.unwrap().is_proven());
    let stays = [others(), hers_elsewhere()].concat();
    assert_eq!(ids(warehouse, "SELECT id FROM events").await, own(&stays));
    let expected = &database().await;
    store(expected, &stays, 5).await;
    assert_equal(&held(warehouse).await, &held(expected).await);
}

#[tokio::test]
async fn erases_from_marts_whose_events_have_expired() {
    let warehouse = &filled().await;
    let expire = "ALTER TABLE events DELETE WHERE true SETTINGS mutations_sync = 2";
    warehouse.execute(expire, &[]).await.unwrap();
    let erased = warehouse.erase_user(&ann(), false).await.unwrap();
    assert!(erased.is_proven(), "{:?}", erased.left);
    let held = held(warehouse).await;
    let text: Vec<String> = held.values().flatten().map(Value::to_string).collect();
    assert!(!text.iter().any(|row| row.contains("o'hara")), "{text:?}");
    for (mart, key) in [
        ("sessions", "b1"),
        ("session_pages", "b1"),
        ("session_elements", "b1"),
        ("orders_fact", "ob"),
        ("daily_users", BOB),
    ] {
        let rows: Vec<_> = held[mart].iter().filter(|row| row.to_string().contains(key)).collect();
        assert!(!rows.is_empty(), "{mart} lost {key}: {:?}", held[mart]);
    }
    for (mart, key) in [
        ("sessions", "a1"),
        ("session_pages", "\"a2\""),
        ("session_elements", "\"a2\""),
        ("orders_fact", "oa"),
    ] {
        let rows: Vec<_> = held[mart]
            .iter()
            .filter(|row| row.to_string().contains(key) && !row.to_string().contains("other"))
            .collect();
        assert!(rows.is_empty(), "{mart} kept {rows:?}");
    }
}

#[tokio::test]
async fn keeps_a_second_erasure_from_starting() {
    let warehouse = &filled().await;
    warehouse
        .execute("CREATE TABLE erasing (x UInt8) ENGINE = MergeTree ORDER BY x", &[])
        .await
        .unwrap();
    let error = warehouse.erase_user(&ann(), false).await.unwrap_err();
    assert!(matches!(error, EraseError::Running { .. }), "{error}");
    assert_eq!(
        warehouse.count_user(&ann()).await.unwrap()[0].rows,
        9,
        "nothing was taken out"
    );
    assert!(warehouse.erase_user(&ann(), true).await.unwrap().is_proven());
}

#[tokio::test]
async fn stops_at_a_view_it_does_not_know() {
    let warehouse = &filled().await;
    for sql in [
        "CREATE TABLE copies (key String) ENGINE = ReplacingMergeTree ORDER BY key",
        "CREATE MATERIALIZED VIEW mv_copies TO copies AS SELECT key FROM entities",
    ] {
        warehouse.execute(sql, &[]).await.unwrap();
    }
    let error = warehouse.erase_user(&ann(), false).await.unwrap_err();
    assert!(
        matches!(&error, EraseError::UnknownSource { view } if view == "mv_copies"),
        "{error}"
    );
    assert_eq!(
        warehouse.count_user(&ann()).await.unwrap()[0].rows,
        9,
        "nothing was taken out"
    );
}

#[tokio::test]
async fn books_stay_even() {
    let warehouse = &filled().await;
    put_aside(warehouse).await;
    let before = warehouse
        .ledger(Some("shop"), TEN - 60_000, TEN + 3_600_000)
        .await
        .unwrap();
    assert!(warehouse.erase_user(&ann(), false).await.unwrap().is_proven());
    let after = warehouse
        .ledger(Some("shop"), TEN - 60_000, TEN + 3_600_000)
        .await
        .unwrap();
    let there = |ledger: &warehouse::Ledger| -> u64 {
        ledger
            .entries
            .iter()
            .map(|entry| entry.stored + entry.quarantined + entry.erased)
            .sum()
    };
    let erased: u64 = after.entries.iter().map(|entry| entry.erased).sum();
    assert_eq!(there(&before), there(&after));
    // Seven events, and four rows of the quarantine that were hers alone.
    assert_eq!(erased, 11);
}
