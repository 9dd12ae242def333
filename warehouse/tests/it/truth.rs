//! Every metric against the generator's own count of the same events, which no database made.
//!
//! 20,000 events; with optimisation (`cargo nextest run --release -p warehouse truth`) 200,000.

mod checks;
mod sent;
mod shards;
mod zone;

use event::Timestamp;
use generator::truth::Calendar;
use generator::{Definition, Expected, Pace, Scenario, Sending, Traffic, Truth};
use serde::Deserialize;
use warehouse::{Settings, Warehouse};

use crate::database;

/// 2026-11-22T10:00:00Z.
const NOW: Timestamp = Timestamp(1_795_341_600_000);
const DAY_MS: i64 = 86_400_000;
const SEED: u64 = 42;
const EVENTS: u64 = if cfg!(debug_assertions) { 20_000 } else { 200_000 };

fn traffic(scenario: Scenario) -> Traffic {
    let pace = Pace::Span {
        from: Timestamp(NOW.0 - 30 * DAY_MS),
        to: NOW,
        count: EVENTS,
    };
    Traffic::new(SEED, pace, scenario)
}

fn sending(scenario: Scenario) -> Sending {
    Sending::new(traffic(scenario), scenario, Some(EVENTS), SEED)
}

fn expected(scenario: Scenario, zone: &str, bots: bool) -> Expected {
    let definition = Definition {
        bots,
        ..Definition::usual(Calendar::new(zone).unwrap())
    };
    let mut sending = sending(scenario).with_truth(Some(Truth::new(definition)));
    sending.by_ref().for_each(drop);
    sending.into_truth().unwrap().finish()
}

async fn tables(warehouse: &Warehouse) -> Vec<String> {
    #[derive(Deserialize)]
    struct Table {
        name: String,
    }
    let sql =
        "SELECT name FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree' ORDER BY name";
    let tables: Vec<Table> = warehouse.rows(sql, &[]).await.unwrap();
    tables.into_iter().map(|table| table.name).collect()
}

async fn for_every_table(warehouse: &Warehouse, before: &str, after: &str) {
    for table in tables(warehouse).await {
        let sql = format!("{before} {table} {after}");
        warehouse.execute(&sql, &[]).await.unwrap();
    }
}

/// The scenario's events, in inserts of `cut` rows.
pub(crate) async fn insert(warehouse: &Warehouse, scenario: Scenario, cut: usize) {
    for (number, block) in sent::blocks(sending(scenario), cut).into_iter().enumerate() {
        let token = format!("{cut} {number}");
        warehouse.insert_event_block(&block, &token).await.unwrap();
    }
}

#[test]
fn every_metric_has_a_truth() {
    let expected = expected(Scenario::Normal, "UTC", false);
    assert_eq!(checks::without_truth(&expected), Vec::<&str>::new());
}

#[tokio::test]
async fn metrics_say_what_happened() {
    let scenario = Scenario::Normal;
    let warehouse = &database().await;
    for_every_table(warehouse, "SYSTEM STOP MERGES", "").await;
    insert(warehouse, scenario, 7_001).await;
    let without_bots = expected(scenario, "UTC", false);
    checks::all(warehouse, &without_bots, "as inserted").await;
    checks::all(warehouse, &expected(scenario, "UTC", true), "with bots").await;
    for zone in ["Asia/Kolkata", "Asia/Kathmandu", "America/New_York"] {
        checks::of_days(warehouse, &expected(scenario, zone, false)).await;
    }
    insert(warehouse, scenario, 4_999).await;
    checks::all(warehouse, &without_bots, "everything twice").await;
    for_every_table(warehouse, "SYSTEM START MERGES", "").await;
    for_every_table(warehouse, "OPTIMIZE TABLE", "FINAL").await;
    checks::all(warehouse, &without_bots, "merged").await;
    for_every_table(warehouse, "SYSTEM STOP MERGES", "").await;
    let first = sent::blocks(sending(scenario), 3_001).swap_remove(0);
    warehouse.insert_event_block(&first, "again").await.unwrap();
    checks::all(warehouse, &without_bots, "some days merged, some not").await;
}

/// Copies, lateness and wrong clocks change none of the numbers but those that are about them.
#[tokio::test]
async fn metrics_stand_disorder() {
    for scenario in [Scenario::Duplicates, Scenario::OutOfOrder, Scenario::ClockSkew] {
        let warehouse = &database().await;
        for_every_table(warehouse, "SYSTEM STOP MERGES", "").await;
        insert(warehouse, scenario, 6_007).await;
        let expected = expected(scenario, "UTC", true);
        sent::ledger(warehouse, &expected).await;
        checks::all(warehouse, &expected, &format!("{scenario:?}")).await;
        checks::delivery(warehouse, &expected).await;
    }
}

#[tokio::test]
async fn servers_zone_changes_nothing() {
    let scenario = Scenario::Normal;
    let engine = embedded_clickhouse::testing::engine().await;
    let url = zone::server_in("Asia/Tokyo", engine.url()).await;
    let warehouse = &Warehouse::new(&Settings::new(url, engine.database()));
    warehouse::migrate::run(warehouse).await.unwrap();
    #[derive(Deserialize)]
    struct Zone {
        zone: String,
    }
    let zones: Vec<Zone> = warehouse.rows("SELECT timezone() AS zone", &[]).await.unwrap();
    assert_eq!(zones[0].zone, "Asia/Tokyo");
    insert(warehouse, scenario, 9_001).await;
    checks::all(warehouse, &expected(scenario, "UTC", false), "Tokyo").await;
    checks::of_days(warehouse, &expected(scenario, "America/New_York", false)).await;
}
