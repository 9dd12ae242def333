//! Events into the tables, as a loader writes them.

use std::time::{Duration, Instant};

use serde::Deserialize;
use tokio::sync::mpsc;
use warehouse::{Warehouse, migrate};

use crate::events;

/// Merges of ten million rows on two cores.
const PATIENCE: Duration = Duration::from_mins(10);
const LOOK_EVERY: Duration = Duration::from_millis(500);

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
    let until = Instant::now() + PATIENCE;
    let merges = "SELECT count() AS number FROM system.merges WHERE database = currentDatabase()";
    while number(warehouse, merges).await > 0 {
        assert!(Instant::now() < until, "the engine merges and merges");
        tokio::time::sleep(LOOK_EVERY).await;
    }
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
    let mut number = 0;
    while let Some(block) = receiver.recv().await {
        let inserted = warehouse.insert_event_block(&block, &number.to_string()).await;
        inserted.expect("the engine takes events");
        number += 1;
    }
    making.await.expect("events can be made");
}

async fn number(warehouse: &Warehouse, sql: &str) -> u64 {
    let rows: Vec<Number> = warehouse.rows(sql, &[]).await.expect("an answer");
    rows[0].number
}
