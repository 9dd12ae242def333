//! Marts against numbers worked out by hand, and after everything that inserts rows twice or by halves.

use event::{EnrichedEvent, EventType, Money, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;
use warehouse::migrate::{self, embedded};
use warehouse::{EventRow, Warehouse};

use crate::metrics::visits;
use crate::sample::{bare, full};
use crate::{database, empty_database};

const MARTS: [&str; 11] = [
    "daily_users",
    "user_first_seen",
    "session_pages",
    "session_elements",
    "quarters",
    "minutes",
    "sessions",
    "orders_fact",
    "heatmap",
    "latency",
    "outcomes",
];
/// 2026-11-22T10:00:00Z.
const TEN: i64 = 1_795_341_600_000;
const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 86_400_000;

async fn rows(warehouse: &Warehouse, sql: &str) -> Vec<Value> {
    warehouse.rows(sql, &[]).await.unwrap()
}

/// Everything the marts say.
async fn said(warehouse: &Warehouse) -> Vec<Vec<Value>> {
    let mut said = Vec::new();
    for (view, key) in [
        ("daily_users_view", "site, day"),
        ("daily_users FINAL", "site, day, user_id, is_bot"),
        ("user_first_seen_view", "site, user_id, is_bot"),
        ("element_stats", "site, day, element_id"),
        (
            "(SELECT * REPLACE (arraySort(views) AS views, arraySort(clicks) AS clicks) FROM quarters FINAL)",
            "site, quarter, element_id, product_id, is_bot",
        ),
        (
            "(SELECT * REPLACE (arraySort(page_views) AS page_views, arraySort(element_views) AS element_views,
                arraySort(clicks) AS clicks, arraySort(others) AS others, arraySort(sessions) AS sessions,
                arraySort(late) AS late, arraySort(clock_off) AS clock_off) FROM minutes FINAL)",
            "site, minute, is_bot, bot_reason",
        ),
        ("page_stats", "site, day, path"),
        ("sessions_view", "site, session_id"),
        ("device_stats", "ALL"),
        ("heatmap FINAL", "site, at, id"),
        ("latency FINAL", "site, event_title, at, id"),
        ("orders_view", "site, order_id"),
        ("outcomes FINAL", "site, at, session_id, id"),
    ] {
        said.push(rows(warehouse, &format!("SELECT * FROM {view} ORDER BY {key}")).await);
    }
    assert!(said.iter().all(|rows| !rows.is_empty()), "{said:?}");
    said
}

pub(crate) async fn insert(warehouse: &Warehouse, events: &[EnrichedEvent<'_>], token: &str) {
    let group = Uuid::from_u128(0x99);
    let rows: Vec<_> = events.iter().map(|event| EventRow::new(event, group)).collect();
    warehouse.insert_events(&rows, token).await.unwrap();
}

fn stage(id: u128, title: &'static str, order: &'static str, minute: i64) -> EnrichedEvent<'static> {
    let mut event = bare(id);
    event.event.event_type = EventType::Server;
    event.event.user_id = "1001".into();
    event.event.created_at = Timestamp(TEN + minute * MINUTE_MS);
    event.received_at = event.event.created_at;
    let payload = &mut event.event.payload;
    payload.event_title = title.into();
    payload.order_id = order.into();
    payload.price = Some(Money(105_000));
    payload.quantity = Some(2);
    event
}

fn failed(mut event: EnrichedEvent<'static>, code: &'static str) -> EnrichedEvent<'static> {
    event.event.payload.status = "error".into();
    event.event.payload.error_code = code.into();
    event
}

/// Two lines of an order that is paid and delivered, others that fail, are cancelled, or are none.
fn orders() -> Vec<EnrichedEvent<'static>> {
    const NONE: &str = "00000000-0000-0000-0000-000000000000";
    let mut second_line = stage(102, "order_created", "paid", 1);
    second_line.event.payload.price = Some(Money(1_000));
    second_line.event.payload.quantity = None;
    let mut from_phone = stage(101, "order_created", "paid", 0);
    from_phone.event.session_id = "phone".into();
    let cancelled = failed(stage(109, "order_cancelled", "cancelled", 9), "CHANGED_MIND");
    vec![
        from_phone,
        second_line,
        failed(stage(103, "payment_attempt", "paid", 2), "DECLINED"),
        stage(104, "order_paid", "paid", 3),
        stage(105, "order_delivered", "paid", 60),
        stage(106, "order_created", "failed", 0),
        failed(stage(107, "payment_attempt", "failed", 1), "PAYMENT_TIMEOUT"),
        stage(108, "order_created", "cancelled", 5),
        cancelled,
        stage(110, "order_paid", "cancelled", 8),
        stage(111, "order_paid", "unseen", 4),
        stage(112, "page_view", NONE, 4),
        stage(113, "order_paid", NONE, 4),
        stage(114, "order_paid", "", 4),
        stage(115, "add_to_cart", "paid", 4),
    ]
}

pub(crate) fn everything() -> Vec<EnrichedEvent<'static>> {
    let mut events = [visits(), orders()].concat();
    let mut others = visits();
    for (index, event) in others.iter_mut().enumerate() {
        event.event.id = Uuid::from_u128(200 + index as u128);
        event.event.user_id = "1002".into();
        event.event.created_at.0 += DAY_MS;
        event.received_at.0 += DAY_MS;
    }
    events.extend(others);
    let mut product = bare(400);
    product.event.session_id = "products".into();
    product.event.payload.event_title = "product_view".into();
    product.event.payload.product_id = "kettle".into();
    events.push(product);
    // A bot's click with a position and a latency.
    events.push(full(300));
    events
}

#[tokio::test]
async fn counts_an_order_once() {
    let warehouse = &database().await;
    // Every stage in an insert of its own, as they happen.
    for (index, event) in orders().into_iter().enumerate() {
        insert(warehouse, &[event], &index.to_string()).await;
    }
    let sql = "SELECT order_id, payment_status, order_value, items, cancel_reason,
        toString(created_time) AS created, toString(paid_time) AS paid, toString(delivered_time) AS delivered,
        toString(cancelled_time) AS cancelled, toString(failed_time) AS failed, user_id, session_id, platform
        FROM orders_view ORDER BY order_id";
    let at = |minute: i64| json!(format!("2026-11-22 {:02}:{:02}:00.000", 10 + minute / 60, minute % 60));
    let named = |names: Value, values: Value| {
        let names = names
            .as_array()
            .unwrap()
            .iter()
            .map(|name| name.as_str().unwrap().to_owned());
        Value::Object(names.zip(values.as_array().unwrap().iter().cloned()).collect())
    };
    let names = json!([
        "order_id",
        "payment_status",
        "order_value",
        "items",
        "cancel_reason",
        "created",
        "paid",
        "delivered",
        "cancelled",
        "failed",
        "user_id",
        "session_id",
        "platform"
    ]);
    let row = |values| named(names.clone(), values);
    let expected = [
        row(json!([
            "cancelled",
            "cancelled",
            21,
            2,
            "CHANGED_MIND",
            at(5),
            at(8),
            null,
            at(9),
            null,
            "1001",
            "session-1",
            "web"
        ])),
        row(json!([
            "failed",
            "failed",
            21,
            2,
            "",
            at(0),
            null,
            null,
            null,
            at(1),
            "1001",
            "session-1",
            "web"
        ])),
        row(json!([
            "paid",
            "paid",
            21.1,
            3,
            "",
            at(0),
            at(3),
            at(60),
            null,
            at(2),
            "1001",
            "phone",
            "web"
        ])),
        row(json!([
            "unseen",
            "paid",
            null,
            0,
            "",
            null,
            at(4),
            null,
            null,
            null,
            "1001",
            "session-1",
            "web"
        ])),
    ];
    assert_eq!(rows(warehouse, sql).await, expected);
}

#[tokio::test]
async fn takes_the_later_copy_of_an_order_line() {
    let warehouse = &database().await;
    let first = stage(1, "order_created", "o", 0);
    let mut again = first.clone();
    again.received_at.0 += 1;
    again.event.payload.price = Some(Money(10_000));
    for (token, event) in [("again", &again), ("first", &first), ("again, late", &again)] {
        insert(warehouse, std::slice::from_ref(event), token).await;
    }
    let found = rows(warehouse, "SELECT order_value, items FROM orders_view").await;
    assert_eq!(found, [json!({"order_value": 2, "items": 2})]);
}

#[tokio::test]
async fn survives_an_absurd_price() {
    let warehouse = &database().await;
    let mut event = stage(1, "order_created", "o", 0);
    event.event.payload.price = Some(Money(999_999_999_999_999_999));
    event.event.payload.quantity = Some(u32::MAX);
    insert(warehouse, &[event], "token").await;
    let found = rows(warehouse, "SELECT toString(order_value) AS value FROM orders_view").await;
    assert_eq!(found, [json!({"value": "429496729499999999570503.2705"})]);
}

#[tokio::test]
async fn tells_users_of_a_day_from_bots() {
    let warehouse = &database().await;
    insert(warehouse, &everything(), "token").await;
    let found = rows(
        warehouse,
        "SELECT toString(day) AS day, users, bots FROM daily_users_view WHERE site = 'shop' ORDER BY day",
    )
    .await;
    let day = |day, users, bots| json!({"day": day, "users": users, "bots": bots});
    // What the back end says of 1001's orders on the 22nd is no visit.
    assert_eq!(found, [day("2026-11-22", 0, 1), day("2026-11-23", 1, 1)]);
    // 10:00 and 10:15; the clock that is 30 minutes ahead is corrected.
    let bits = |table: &str, user: &str| {
        format!(
            "SELECT toString(quarters_am) AS am, quarters_pm AS pm FROM {table} FINAL WHERE site = 'shop' AND user_id = '{user}' AND NOT is_bot"
        )
    };
    let found = rows(warehouse, &bits("daily_users", "1002")).await;
    assert_eq!(found, [json!({"am": (0b11u64 << 40).to_string(), "pm": 0})]);
    let found = rows(warehouse, &bits("daily_users", "1001")).await;
    assert_eq!(found, [json!({"am": "0", "pm": 0})]);
    let sql = "SELECT user_id, toString(first_time) AS time, toString(first_date) AS date FROM user_first_seen_view WHERE site = 'shop' AND NOT is_bot";
    let found = rows(warehouse, sql).await;
    assert_eq!(
        found,
        [json!({"user_id": "1002", "time": "2026-11-23 10:00:10.000", "date": "2026-11-23"})]
    );
}

#[tokio::test]
async fn rates_elements_as_the_metric_does() {
    let warehouse = &database().await;
    insert(warehouse, &visits(), "token").await;
    let period = [
        ("site", "shop"),
        ("from", "2026-11-22 00:00:00.000"),
        ("to", "2026-11-23 00:00:00.000"),
        ("bots", "0"),
        ("limit", "100"),
    ];
    let metric = warehouse.metric("element_ctr", &period).await.unwrap();
    let mut metric = serde_json::from_slice::<Value>(&metric).unwrap()["data"].take();
    for row in metric.as_array_mut().unwrap() {
        for surplus in ["raw_ctr", "ctr_low", "ctr_high"] {
            row.as_object_mut().unwrap().remove(surplus);
        }
    }
    let mart = rows(
        warehouse,
        "SELECT element_id, views, clicks, seen, seen_and_clicked, ctr FROM element_stats
         WHERE site = 'shop' ORDER BY clicks DESC, views DESC, element_id",
    )
    .await;
    assert!(mart.len() >= 4, "{mart:?}");
    assert_eq!(Value::from(mart), metric);
}

#[tokio::test]
async fn measures_sessions_over_midnight() {
    let warehouse = &database().await;
    let mut late = bare(1);
    late.event.created_at = Timestamp(TEN + 14 * 60 * MINUTE_MS - 1_000);
    let mut early = bare(2);
    early.event.created_at = Timestamp(TEN + 14 * 60 * MINUTE_MS + 500);
    insert(warehouse, &[early], "early").await;
    insert(warehouse, &[late.clone()], "late").await;
    insert(warehouse, &[late], "late again").await;
    let found = rows(
        warehouse,
        "SELECT toString(started_at) AS start, length_ms, events, is_bot FROM sessions_view",
    )
    .await;
    let expected = json!({"start": "2026-11-22 23:59:59.000", "length_ms": 1_500, "events": 2, "is_bot": 0});
    assert_eq!(found, [expected]);
}

#[tokio::test]
async fn completes_marts_on_repetition() {
    let warehouse = &database().await;
    let events = everything();
    insert(warehouse, &events, "batch").await;
    let expected = said(warehouse).await;
    for mart in MARTS {
        warehouse.execute(&format!("TRUNCATE TABLE {mart}"), &[]).await.unwrap();
    }
    for _ in 0..2 {
        insert(warehouse, &events, "batch").await;
        assert_eq!(said(warehouse).await, expected);
    }
    let count = rows(warehouse, "SELECT count() AS n FROM events").await;
    assert_eq!(
        count,
        [json!({"n": events.len()})],
        "the token kept the table's own rows"
    );
}

#[tokio::test]
async fn completes_marts_that_were_away() {
    let events = everything();
    let whole = &database().await;
    insert(whole, &events, "batch").await;
    let expected = said(whole).await;
    for mart in MARTS {
        let warehouse = &database().await;
        warehouse
            .execute(&format!("RENAME TABLE {mart} TO away"), &[])
            .await
            .unwrap();
        let all: Vec<_> = events.iter().map(|event| EventRow::new(event, Uuid::nil())).collect();
        warehouse.insert_events(&all, "batch").await.unwrap_err();
        warehouse
            .execute(&format!("RENAME TABLE away TO {mart}"), &[])
            .await
            .unwrap();
        warehouse.insert_events(&all, "batch").await.unwrap();
        assert_eq!(said(warehouse).await, expected, "{mart}");
        let count = rows(warehouse, "SELECT count() AS n FROM events").await;
        assert_eq!(count, [json!({"n": events.len()})], "{mart}");
    }
}

#[tokio::test]
async fn collapses_two_cuts_of_the_same_rows() {
    let events = everything();
    let whole = &database().await;
    insert(whole, &events, "batch").await;
    let expected = said(whole).await;
    // Two loaders, one of them thought dead: each cuts the queue in its own way.
    let warehouse = &database().await;
    let cuts = |size: usize| events.chunks(size).enumerate();
    for (index, part) in cuts(7) {
        insert(warehouse, part, &format!("one {index}")).await;
    }
    for (index, part) in cuts(11) {
        insert(warehouse, part, &format!("other {index}")).await;
    }
    for merged in [false, true] {
        assert_eq!(said(warehouse).await, expected, "merged: {merged}");
        let count = rows(warehouse, "SELECT count() AS n FROM events FINAL").await;
        assert_eq!(count, [json!({"n": events.len()})], "merged: {merged}");
        for table in MARTS.into_iter().chain(["events"]) {
            warehouse
                .execute(&format!("OPTIMIZE TABLE {table} FINAL"), &[])
                .await
                .unwrap();
        }
    }
    let count = rows(warehouse, "SELECT count() AS n FROM events").await;
    assert_eq!(count, [json!({"n": events.len()})], "one row an event after the merge");
}

#[tokio::test]
async fn fills_marts_from_rows_before_them() {
    let events = everything();
    let from_the_start = &database().await;
    insert(from_the_start, &events, "batch").await;
    let expected = said(from_the_start).await;
    let warehouse = &empty_database().await;
    let migrations = embedded().unwrap();
    migrate::apply(warehouse, &migrations[..2]).await.unwrap();
    insert(warehouse, &events, "batch").await;
    migrate::run(warehouse).await.unwrap();
    assert_eq!(said(warehouse).await, expected);
}
