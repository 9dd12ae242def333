//! Events into the tables, as a loader writes them.

use std::time::{Duration, Instant};

use serde::Deserialize;
use tokio::sync::mpsc;
use warehouse::{Warehouse, migrate};

use crate::events;

/// Merges of ten million rows on two cores.
const PATIENCE: Duration = Duration::from_mins(10);
const LOOK_EVERY: Duration = Duration::from_millis(500);
const MERGES: &str = "SELECT count() AS number FROM system.merges WHERE database = currentDatabase()";

#[derive(Deserialize)]
struct Number {
    number: u64,
}

/// Fills an empty database, waits until what the engine wants to merge is merged, and returns the number of rows.
pub(crate) async fn fill(warehouse: &Warehouse, rows: u64) -> u64 {
    migrate::run(warehouse).await.expect("the schema");
    if number(warehouse, "SELECT count() AS number FROM events").await == 0 {
        let start = Instant::now();
        insert(warehouse, rows).await;
        let inserted = start.elapsed().as_secs_f64();
        println!(
            "{rows} rows, made and inserted in {inserted:.0} s: {:.0} a second",
            rows as f64 / inserted
        );
    }
    until_none(warehouse, MERGES).await;
    let parts = "SELECT count() AS number FROM system.parts WHERE database = currentDatabase() AND active";
    println!("{} parts of tables and marts", number(warehouse, parts).await);
    number(warehouse, "SELECT count() AS number FROM events").await
}

async fn insert(warehouse: &Warehouse, rows: u64) {
    let (sender, mut receiver) = mpsc::channel(2);
    let making = tokio::task::spawn_blocking(move || {
        for block in events::blocks(rows) {
            if sender.blocking_send(block).is_err() {
                return;
            }
        }
    });
    let (mut number, mut inserted) = (0, 0);
    while let Some(block) = receiver.recv().await {
        inserted += block.rows() as u64;
        if inserted == rows {
            days_pass(warehouse).await;
        }
        let answer = warehouse.insert_event_block(&block, &number.to_string()).await;
        answer.expect("the engine takes events");
        number += 1;
    }
    making.await.expect("events can be made");
}

/// Days that are over are one part ten minutes later (`min_age_to_force_merge_seconds`); here at once, so that thirty days need no thirty days.
/// The last block, of yesterday's evening and today's ten hours, comes after this: yesterday and today lie as inserts and merges leave them.
async fn days_pass(warehouse: &Warehouse) {
    const CUT_BY_DAYS: &str = "SELECT name FROM system.tables
        WHERE database = currentDatabase() AND engine_full LIKE '%min_age_to_force_merge_seconds%'";
    const PARTS: &str = "SELECT count() AS number FROM
    (
        SELECT 1 FROM system.parts
        WHERE database = currentDatabase() AND active
            AND table IN (SELECT name FROM system.tables WHERE database = currentDatabase() AND engine_full LIKE '%min_age_to_force_merge_seconds%')
        GROUP BY table, partition_id HAVING count() > 1
    )";
    #[derive(Deserialize)]
    struct Table {
        name: String,
    }
    let tables: Vec<Table> = warehouse.rows(CUT_BY_DAYS, &[]).await.expect("an answer");
    assert!(!tables.is_empty(), "no table is cut by days");
    for (age, wait) in [(1, true), (600, false)] {
        for Table { name } in &tables {
            let sql = format!("ALTER TABLE {name} MODIFY SETTING min_age_to_force_merge_seconds = {age}");
            warehouse.execute(&sql, &[]).await.expect("a setting");
        }
        if wait {
            until_none(warehouse, PARTS).await;
        }
    }
}

async fn until_none(warehouse: &Warehouse, sql: &str) {
    let until = Instant::now() + PATIENCE;
    while number(warehouse, sql).await > 0 {
        assert!(Instant::now() < until, "the engine merges and merges");
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

async fn number(warehouse: &Warehouse, sql: &str) -> u64 {
    let rows: Vec<Number> = warehouse.rows(sql, &[]).await.expect("an answer");
    rows[0].number
}
