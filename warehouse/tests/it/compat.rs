//! Every name as its seed types it.

mod generated;
mod names;

use embedded_clickhouse::testing;
use serde_json::{Value, json};
use warehouse::{Settings, Warehouse, compat, migrate};

use crate::marts::{everything, insert};

async fn rows(warehouse: &Warehouse, sql: &str) -> Vec<Value> {
    let rows = warehouse.rows(sql, &[]).await;
    rows.unwrap_or_else(|error| panic!("{sql}: {error}"))
}

/// One test, because a server has the seeds' databases once.
#[tokio::test]
async fn seeds_names_can_be_typed() {
    let engine = testing::engine().await;
    let warehouse = &Warehouse::new(&Settings::new(engine.url(), engine.database()));
    migrate::run(warehouse).await.unwrap();
    insert(warehouse, &everything(), "once").await;
    insert(warehouse, &everything(), "again").await;
    let files = compat::apply(warehouse).await.unwrap();
    assert_eq!(
        files,
        [
            "000_shop.sql",
            "001_clickstream.sql",
            "002_ecommerce.sql",
            "004_analytics.sql"
        ]
    );
    compat::apply(warehouse).await.unwrap();

    let raw = "SELECT event_time, event_date, event_type, event_id, user_id, session_id, order_id, product_id, category, price,
        quantity, device, channel, country, status, error_code, latency_ms FROM shop.events_raw
        WHERE event_type = 'order_cancelled'";
    let found = rows(warehouse, raw).await;
    let expected = json!({
        "event_time": "2026-11-22 10:09:00.000",
        "event_date": "2026-11-22",
        "event_type": "order_cancelled",
        "event_id": "00000000-0000-0000-0000-00000000006d",
        "user_id": "1001",
        "session_id": "session-1",
        "order_id": "00000000-0000-0000-0000-000000000000",
        "product_id": "",
        "category": "",
        "price": 10.5,
        "quantity": 2,
        "device": "web",
        "channel": "organic",
        "country": "",
        "status": "error",
        "error_code": "CHANGED_MIND",
        "latency_ms": 0,
    });
    assert_eq!(found, [expected]);
    let nine = rows(
        warehouse,
        "SELECT uniqExact(event_type) <= 9 AS nine, count() = uniqExact(event_id) AS once FROM shop.events_raw",
    )
    .await;
    assert_eq!(nine, [json!({"nine": 1, "once": 1})]);

    let orders = "SELECT payment_status, count() AS orders, sum(order_value) AS value, sum(items) AS items,
        countIf(created_time IS NULL) AS unseen, countIf(paid_time > cancelled_time OR delivered_time < paid_time) AS wrong,
        groupUniqArray((channel, device, country, cancel_reason)) AS said
        FROM shop.orders_fact GROUP BY payment_status ORDER BY payment_status";
    let found = rows(warehouse, orders).await;
    let row = |status: &str, orders: u32, value: f64, items: u32, unseen: u32, reason: &str| {
        json!({"payment_status": status, "orders": orders, "value": value, "items": items, "unseen": unseen, "wrong": 0,
            "said": [["organic", "web", "", reason]]})
    };
    let expected = [
        row("cancelled", 1, 21.0, 2, 0, "CHANGED_MIND"),
        row("failed", 1, 21.0, 2, 0, ""),
        row("paid", 2, 21.1, 3, 1, ""),
    ];
    assert_eq!(found.len(), expected.len(), "{found:?}");
    for (found, expected) in found.iter().zip(&expected) {
        let same = |name: &str| {
            found[name] == expected[name] || found[name].as_f64() == expected[name].as_f64() && found[name].is_number()
        };
        for name in expected.as_object().unwrap().keys() {
            assert!(same(name), "{name}: {found} is not {expected}");
        }
    }

    let first = "SELECT user_id, first_date, first_time FROM shop.user_first_seen WHERE user_id = '1002'";
    let expected = json!({"user_id": "1002", "first_date": "2026-11-23", "first_time": "2026-11-23 10:00:10.000"});
    assert_eq!(rows(warehouse, first).await, [expected]);

    // Seed 004's three queries, in its database.
    let analytics = &Warehouse::new(&Settings::new(engine.url(), "analytics"));
    for (column, here) in [
        ("user_id", "user_id"),
        ("event_type", "if(event_title = '', type, event_title)"),
        ("session_id", "session_id"),
    ] {
        let theirs = rows(analytics, &format!("SELECT COUNT(DISTINCT {column}) AS n FROM events")).await;
        let ours = rows(warehouse, &format!("SELECT uniqExact({here}) AS n FROM events")).await;
        assert_eq!(theirs, ours, "{column}");
        assert!(theirs[0]["n"].as_u64() > Some(0), "{column}");
    }
    let ddl = rows(
        analytics,
        "SELECT event_type, user_id, timestamp, metadata FROM events WHERE event_type = 'order_cancelled'",
    )
    .await;
    let expected =
        json!({"event_type": "order_cancelled", "user_id": "1001", "timestamp": "2026-11-22 10:09:00", "metadata": ""});
    assert_eq!(ddl, [expected]);

    names::are_all_there(&engine, warehouse).await;
    generated::say_what_the_metrics_say(&engine).await;
}
