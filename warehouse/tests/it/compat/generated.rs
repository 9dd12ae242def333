//! The generator's events under the seeds' names: each number is that of the metric. Nothing is merged.

use embedded_clickhouse::testing::TestEngine;
use event::id;
use generator::Scenario;
use serde_json::{Value, json};
use uuid::Uuid;
use warehouse::{Settings, Warehouse, compat, migrate};

use super::rows;
use crate::marts;
use crate::sample::full;
use crate::truth;

/// A seed's database, its query as one would type it there, and the metric's fields that say the same.
const SAME: [(&str, &str, &str, &[&str]); 13] = [
    (
        "shop",
        "SELECT count() AS events FROM events_raw WHERE event_type = 'payment_attempt'",
        "error_share",
        &["events"],
    ),
    (
        "shop",
        "SELECT countIf(status = 'error') / count() AS error_share FROM shop.events_raw WHERE event_type = 'payment_attempt'",
        "error_share",
        &["error_share"],
    ),
    (
        "shop",
        "SELECT error_code, count() AS errors FROM shop.events_raw WHERE event_type = 'payment_attempt' AND status = 'error'
         GROUP BY error_code ORDER BY errors DESC, error_code",
        "error_codes",
        &["error_code", "errors"],
    ),
    (
        "shop",
        "SELECT count() AS created, countIf(payment_status = 'paid') AS paid, countIf(payment_status = 'cancelled') AS cancelled,
            sum(items) AS items
         FROM shop.mv_orders_fact WHERE created_time IS NOT NULL",
        "orders",
        &["created", "paid", "cancelled", "items"],
    ),
    (
        "shop",
        "SELECT sum(order_value) AS net_revenue, count() AS orders FROM shop.orders_fact WHERE payment_status = 'paid'",
        "revenue",
        &["net_revenue", "orders"],
    ),
    (
        "shop",
        "SELECT count() AS users FROM shop.user_first_seen WHERE first_date >= '2026-01-01'",
        "users",
        &["users"],
    ),
    (
        "clickstream",
        "SELECT toDate(created_at) AS day, uniqExact(user_id) AS users FROM events WHERE user_id != 0 GROUP BY day ORDER BY day",
        "dau",
        &["day", "users"],
    ),
    (
        "clickstream",
        "SELECT path(url) AS path, count() AS views FROM events WHERE payload.event_title = 'page_view'
         GROUP BY path ORDER BY views DESC, path",
        "top_pages",
        &["path", "views"],
    ),
    (
        "clickstream",
        "SELECT payload.element_id AS element_id, countIf(type = 'view') AS views, countIf(type = 'click') AS clicks FROM events
         WHERE payload.element_id != '' AND payload.event_title != 'page_view'
         GROUP BY element_id ORDER BY clicks DESC, views DESC, element_id",
        "element_ctr",
        &["element_id", "views", "clicks"],
    ),
    (
        "clickstream",
        "SELECT device_type, uniqExact(session_id) AS sessions FROM events GROUP BY device_type ORDER BY sessions DESC, device_type",
        "devices",
        &["device_type", "sessions"],
    ),
    (
        "ecommerce",
        "SELECT COUNT(DISTINCT session_id) AS purchase_sessions FROM events WHERE event_type = 'purchase'",
        "conversion",
        &["purchase_sessions"],
    ),
    (
        "ecommerce",
        "SELECT COUNT(DISTINCT session_id) AS product_view_sessions FROM events WHERE event_type = 'view'",
        "conversion",
        &["product_view_sessions"],
    ),
    (
        "ecommerce",
        "SELECT SUM(price * quantity) AS gross_revenue FROM events WHERE event_type = 'purchase'",
        "revenue",
        &["gross_revenue"],
    ),
];

pub(super) async fn say_what_the_metrics_say(engine: &TestEngine) {
    let warehouse = &Warehouse::new(&Settings::new(engine.url(), engine.database()));
    migrate::run(warehouse).await.unwrap();
    truth::insert(warehouse, Scenario::Duplicates, 3_001).await;
    compat::apply(warehouse).await.unwrap();
    for (database, sql, metric, fields) in SAME {
        let there = &Warehouse::new(&Settings::new(engine.url(), database));
        let theirs = rows(there, sql).await;
        assert!(!theirs.is_empty(), "{sql}");
        let ours = answer(warehouse, metric).await;
        assert_eq!(theirs.len(), ours.len(), "{sql}: {theirs:?} is not {metric}, {ours:?}");
        for (theirs, ours) in theirs.iter().zip(&ours) {
            for field in fields {
                assert!(
                    is_same(&theirs[*field], &ours[*field]),
                    "{sql}: {theirs} is not {metric}, {ours}"
                );
            }
        }
    }
    numbers_go_there_and_back(engine, warehouse).await;
}

/// The metric's rows, bots included, without days that nobody came on.
async fn answer(warehouse: &Warehouse, metric: &str) -> Vec<Value> {
    let found = warehouse::metrics().iter().find(|one| one.name == metric).unwrap();
    let common = [
        ("site", "shop"),
        ("from", "2026-10-20 00:00:00.000"),
        ("to", "2026-12-31 00:00:00.000"),
        ("tz", "UTC"),
        ("bots", "1"),
        ("limit", "100000"),
    ];
    let has = |name: &str| found.parameters.iter().any(|parameter| parameter.name == name);
    let given: Vec<_> = common.into_iter().filter(|(name, _)| has(name)).collect();
    let answer = warehouse.metric(metric, &given).await.unwrap();
    let mut answer: Value = serde_json::from_slice(&answer).unwrap();
    let rows: Vec<Value> = serde_json::from_value(answer["data"].take()).unwrap();
    rows.into_iter().filter(|row| row["users"] != 0).collect()
}

/// Sums of amounts come as floating point numbers.
fn is_same(one: &Value, other: &Value) -> bool {
    match (one.as_f64(), other.as_f64()) {
        (Some(one), Some(other)) => (one - other).abs() <= 1e-9 * other.abs(),
        _ => one == other && !one.is_null(),
    }
}

/// Seed 001's ids are UInt64, and its payload holds what was sent.
async fn numbers_go_there_and_back(engine: &TestEngine, warehouse: &Warehouse) {
    let seed_001 = &Warehouse::new(&Settings::new(engine.url(), "clickstream"));
    let events = [0, 42, u64::MAX].map(|number| {
        let mut event = full(0);
        event.event.id = if number == 0 {
            Uuid::from_u128(7)
        } else {
            id::from_u64(number)
        };
        event.event.site = "numbers".into();
        event.event.session_id = number.to_string().into();
        event.event.user_id = if number == 0 {
            "anna".into()
        } else {
            number.to_string().into()
        };
        event.event.payload.x = (number != 0).then_some(5);
        if number == 42 {
            event.event.payload.rest = r#"{"too big": 1e400}"#.into();
        }
        event
    });
    marts::insert(warehouse, &events, "numbers").await;
    let sql = "SELECT id, user_id, type, ip, device_type, payload.event_title AS title, payload.element_id AS element,
            payload.x AS x, payload.y AS y, toString(payload.colour) AS colour
        FROM events WHERE site = 'numbers' ORDER BY id = 42 DESC, id = 18446744073709551615 DESC";
    let found = rows(seed_001, sql).await;
    let row = |id: &Value, user: &Value, x: Option<u32>, colour: &str| {
        json!({"id": id, "user_id": user, "type": "click", "ip": "192.0.2.0", "device_type": "desktop", "title": "add_to_cart",
            "element": "#submit-button", "x": x, "y": 315, "colour": colour})
    };
    let red = "red; 'quoted'";
    let (largest, hashed) = (json!(u64::MAX), &found[2]);
    assert!(
        hashed["id"].as_u64() > Some(1 << 32) && hashed["user_id"].as_u64() > Some(1 << 32),
        "{hashed}"
    );
    let expected = [
        row(&json!(42), &json!(42), Some(5), ""),
        row(&largest, &largest, Some(5), red),
        row(&hashed["id"], &hashed["user_id"], None, red),
    ];
    assert_eq!(found, expected);
}
