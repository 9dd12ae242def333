//! Tests against the real engine, one database each.
#![expect(clippy::unwrap_used, reason = "a test ends where a step of its story fails")]

mod backup;
mod cluster;
mod compat;
mod cut;
mod entities;
mod erase;
mod insert;
mod journeys;
mod ledger;
mod lint;
mod marts;
mod metric;
mod metrics;
mod migrate;
mod profile;
mod quarantine;
mod reads;
mod recount;
mod retention;
mod sample;
mod schema;
mod scroll;
mod settled;
mod stored;
mod sums;
mod truth;
mod unusual;
mod viewer;

use embedded_clickhouse::testing;
use warehouse::{Settings, Warehouse};

/// A name and a server, without tables.
async fn empty_database() -> Warehouse {
    let engine = testing::engine().await;
    Warehouse::new(&Settings::new(engine.url(), engine.database()))
}

/// A database with the program's schema.
async fn database() -> Warehouse {
    let warehouse = empty_database().await;
    ::warehouse::migrate::run(&warehouse).await.unwrap();
    warehouse
}
