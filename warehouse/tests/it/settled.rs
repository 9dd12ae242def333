//! Days of `session_elements` that lie in one merged part are read without FINAL, from what the part has counted (`by_quarter`). Whatever happens to
//! the rows, these counts follow.

use serde::Deserialize;
use warehouse::{Metric, Warehouse};

use crate::database;
use crate::marts::{everything, insert};

const PERIOD: [(&str, &str); 3] = [
    ("site", "shop"),
    ("from", "2026-11-01 00:00:00.000"),
    ("to", "2026-12-01 00:00:00.000"),
];
const OTHERS: [(&str, &str); 3] = [("bots", "0"), ("limit", "1000"), ("path", "")];
const MERGE: &str = "OPTIMIZE TABLE session_elements FINAL";

/// Some thousand pairs more than of [`everything`], or an index is not worth its while.
const MORE: &str =
    "INSERT INTO session_elements SELECT 'shop', toString(number % 700), concat('#', toString(number % 11)), '/tea',
    toDateTime64('2026-11-22 10:00:00', 3, 'UTC') + number % 7777, 0, 1 + number % 3 FROM numbers(20000)";

async fn filled() -> Warehouse {
    let warehouse = database().await;
    run(&warehouse, "SYSTEM STOP MERGES session_elements").await;
    for token in ["first", "again"] {
        insert(&warehouse, &everything(), token).await;
    }
    run(&warehouse, MORE).await;
    warehouse
}

async fn run(warehouse: &Warehouse, sql: &str) {
    warehouse.execute(sql, &[]).await.unwrap();
}

async fn merge(warehouse: &Warehouse) {
    run(warehouse, "SYSTEM START MERGES session_elements").await;
    run(warehouse, MERGE).await;
}

fn metric(name: &str) -> &'static Metric {
    warehouse::metrics().iter().find(|metric| metric.name == name).unwrap()
}

/// Of a page and element.
#[derive(Debug, PartialEq, Deserialize)]
struct Pairs {
    path: String,
    element_id: String,
    seen: u64,
    clicked: u64,
    seen_and_clicked: u64,
}

async fn said(warehouse: &Warehouse) -> Vec<Pairs> {
    let sql = format!(
        "SELECT path, element_id, seen, clicked, seen_and_clicked FROM ({}) ORDER BY path, element_id",
        metric("page_elements").sql
    );
    warehouse.rows(&sql, &[PERIOD, OTHERS].concat()).await.unwrap()
}

/// The same of the rows themselves.
async fn counted(warehouse: &Warehouse) -> Vec<Pairs> {
    let sql = "SELECT path, element_id, countIf(bitAnd(seen_clicked, 1) = 1) AS seen, countIf(bitAnd(seen_clicked, 2) = 2) AS clicked,
            countIf(seen_clicked = 3) AS seen_and_clicked
        FROM session_elements FINAL WHERE site = 'shop' AND NOT is_bot GROUP BY path, element_id ORDER BY path, element_id";
    warehouse.rows(sql, &[]).await.unwrap()
}

/// How many pairs there are, of which metric and rows say the same.
async fn pairs(warehouse: &Warehouse, when: &str) -> u64 {
    let said = said(warehouse).await;
    assert_eq!(said, counted(warehouse).await, "{when}");
    said.iter().map(|pairs| pairs.seen + pairs.clicked).sum()
}

async fn reads_counts(warehouse: &Warehouse, name: &str) -> bool {
    #[derive(Deserialize)]
    struct Line {
        explain: String,
    }
    let sql = format!("EXPLAIN {}", metric(name).sql);
    let lines: Vec<Line> = warehouse.rows(&sql, &[PERIOD, OTHERS].concat()).await.unwrap();
    lines.iter().any(|line| line.explain.contains("by_quarter"))
}

#[tokio::test]
async fn counts_kept_with_merged_days_are_those_of_their_rows() {
    let warehouse = &filled().await;
    let all = pairs(warehouse, "in parts that stay apart").await;
    merge(warehouse).await;
    assert_eq!(pairs(warehouse, "merged").await, all);
    for name in ["element_ctr", "page_elements"] {
        assert!(reads_counts(warehouse, name).await, "{name} reads the rows");
    }
    run(warehouse, "SYSTEM STOP MERGES session_elements").await;
    insert(warehouse, &everything(), "once more").await;
    run(warehouse, MORE).await;
    assert_eq!(pairs(warehouse, "merged, and the same came again").await, all);
    merge(warehouse).await;
    let delete =
        "ALTER TABLE session_elements DELETE WHERE session_id IN ('anna', '5', '6') SETTINGS mutations_sync = 2";
    run(warehouse, delete).await;
    let without = pairs(warehouse, "after an erasure").await;
    assert!(without < all, "{without} of {all}");
    let expire = "ALTER TABLE session_elements MODIFY TTL toDateTime(first_at) - toIntervalDay(9999) DELETE WHERE session_id < '3'
        SETTINGS mutations_sync = 2";
    run(warehouse, expire).await;
    run(warehouse, MERGE).await;
    let left = pairs(warehouse, "after rows have expired").await;
    assert!(left < without, "{left} of {without}");
}

/// Nothing has made one row of these yet.
#[tokio::test]
async fn a_part_as_it_was_inserted_is_not_taken_for_merged() {
    let warehouse = &database().await;
    run(warehouse, "SYSTEM STOP MERGES session_elements").await;
    let pair = "('shop', 's', '#add', '/tea', '2026-11-22 10:00:00.000', 0, 1)";
    let twice = format!("INSERT INTO session_elements SETTINGS optimize_on_insert = 0 VALUES {pair}, {pair}");
    run(warehouse, &twice).await;
    #[derive(Deserialize)]
    struct Number {
        n: u64,
    }
    let rows: Vec<Number> = warehouse
        .rows("SELECT count() AS n FROM session_elements", &[])
        .await
        .unwrap();
    assert_eq!(rows[0].n, 2, "merged when it was inserted");
    let said = said(warehouse).await;
    assert_eq!(said[0].seen, 1, "{said:?}");
}
