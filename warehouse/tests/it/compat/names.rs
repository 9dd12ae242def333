//! Each table and column that a seed names, one by one, and the type that it gives.

use embedded_clickhouse::testing::TestEngine;
use serde_json::Value;
use warehouse::{Settings, Warehouse};

use super::rows;

/// A seed's table, as it is written from anywhere, and its columns with what the engine must say of them: the seed's type, or what
/// takes its place and is read in the same way.
const NAMES: [(&str, &[(&str, &str)]); 13] = [
    (
        "shop.events_raw",
        &[
            ("event_time", "DateTime64(3, 'UTC')"),
            ("event_date", "Date"),
            ("event_type", "String"),
            ("event_id", "UUID"),
            ("user_id", "String"),
            ("session_id", "String"),
            ("order_id", "UUID"),
            ("product_id", "String"),
            ("category", "String"),
            ("price", "Decimal(18, 4)"),
            ("quantity", "UInt32"),
            ("device", "String"),
            ("channel", "String"),
            ("country", "String"),
            ("status", "String"),
            ("error_code", "String"),
            ("latency_ms", "UInt32"),
        ],
    ),
    ("shop.orders_fact", ORDERS),
    ("shop.mv_orders_fact", ORDERS),
    (
        "shop.user_first_seen",
        &[
            ("user_id", "String"),
            ("first_date", "Date"),
            ("first_time", "DateTime64(3, 'UTC')"),
        ],
    ),
    (
        "clickstream.events",
        &[
            ("id", "UInt64"),
            ("type", "String"),
            ("created_at", "DateTime('UTC')"),
            ("received_at", "DateTime('UTC')"),
            ("session_id", "String"),
            ("ip", "String"),
            ("user_id", "UInt64"),
            ("url", "String"),
            ("referrer", "String"),
            ("device_type", "String"),
            ("user_agent", "String"),
            ("payload", "JSON"),
            ("payload.event_title", "String"),
            ("payload.element_id", "String"),
            ("payload.x", "Nullable(Int32)"),
            ("payload.y", "Nullable(Int32)"),
        ],
    ),
    (
        "clickstream.users",
        &[("id", "UInt64"), ("fio", "String"), ("country", "String")],
    ),
    (
        "ecommerce.products",
        &[
            ("id", "String"),
            ("title", "String"),
            ("price", "Nullable(Decimal(18, 4))"),
            ("category", "String"),
            ("rating_rate", "Nullable(Float64)"),
            ("rating_count", "Nullable(UInt64)"),
        ],
    ),
    (
        "ecommerce.events",
        &[
            ("event_date", "Date"),
            ("user_id", "String"),
            ("event_type", "String"),
            ("metadata", "String"),
        ],
    ),
    ("stores_raw", &[("payload", "String")]),
    ("products_raw", &[("payload", "String")]),
    ("customers_raw", &[("payload", "String")]),
    ("purchases_raw", &[("payload", "String")]),
    (
        "analytics.events",
        &[
            ("event_type", "String"),
            ("user_id", "String"),
            ("timestamp", "DateTime('UTC')"),
            ("metadata", "String"),
            ("session_id", "String"),
        ],
    ),
];

const ORDERS: &[(&str, &str)] = &[
    ("created_time", "Nullable(DateTime64(3, 'UTC'))"),
    ("paid_time", "Nullable(DateTime64(3, 'UTC'))"),
    ("delivered_time", "Nullable(DateTime64(3, 'UTC'))"),
    ("cancelled_time", "Nullable(DateTime64(3, 'UTC'))"),
    ("channel", "String"),
    ("device", "String"),
    ("country", "String"),
    ("order_value", "Decimal(38, 4)"),
    ("items", "UInt64"),
    ("payment_status", "String"),
    ("cancel_reason", "String"),
];

/// Seed 004's, to the letter.
const QUERIES: [&str; 3] = [
    "SELECT COUNT(DISTINCT user_id) FROM events;",
    "SELECT COUNT(DISTINCT event_type) FROM events;",
    "SELECT COUNT(DISTINCT session_id) FROM events;",
];

pub(super) async fn are_all_there(engine: &TestEngine, warehouse: &Warehouse) {
    let mut wrong = Vec::new();
    for (table, columns) in NAMES {
        let typed: Vec<_> = columns.iter().map(|(column, _)| *column).collect();
        let typed = format!("SELECT {} FROM {table}", typed.join(", "));
        let types = rows(warehouse, &format!("DESCRIBE TABLE ({typed})")).await;
        rows(warehouse, &format!("{typed} LIMIT 1")).await;
        for ((column, expected), found) in columns.iter().zip(types) {
            let found = found["type"].as_str().unwrap().to_owned();
            let plain = |text: &str| match text.strip_prefix("LowCardinality(") {
                Some(inner) => inner.trim_end_matches(')').to_owned(),
                None => text.to_owned(),
            };
            let json = *expected == "JSON" && found.starts_with("JSON(");
            if plain(&found) != *expected && !json {
                wrong.push(format!("{table}.{column} is {found}, not {expected}"));
            }
        }
    }
    assert_eq!(wrong, [""; 0]);
    let analytics = &Warehouse::new(&Settings::new(engine.url(), "analytics"));
    for query in QUERIES {
        let found: Vec<Value> = rows(analytics, query).await;
        let number = found[0]
            .as_object()
            .and_then(|row| row.values().next())
            .and_then(Value::as_u64);
        assert!(number > Some(0), "{query}: {found:?}");
    }
}
