//! The generator's month in a database, and what it must say.

mod checks;
#[path = "../../../warehouse/tests/it/truth/sent.rs"]
mod sent;

use event::Timestamp;
use generator::truth::Calendar;
use generator::{Definition, Expected, Pace, Scenario, Sending, Traffic, Truth};
use warehouse::{Settings, Warehouse};

/// 2026-11-22T10:00:00Z.
pub(crate) const NOW: Timestamp = Timestamp(1_795_341_600_000);
pub(crate) const DAY_MS: i64 = 86_400_000;
const SEED: u64 = 42;
const EVENTS: u64 = 8_000;

fn sending() -> Sending {
    let pace = Pace::Span {
        from: Timestamp(NOW.0 - 20 * DAY_MS),
        to: NOW,
        count: EVENTS,
    };
    let scenario = Scenario::Normal;
    Sending::new(Traffic::new(SEED, pace, scenario), scenario, Some(EVENTS), SEED)
}

/// Counted without a database.
pub(crate) fn expected(zone: &str) -> Expected {
    let definition = Definition {
        bots: false,
        ..Definition::usual(Calendar::new(zone).unwrap())
    };
    let mut sending = sending().with_truth(Some(Truth::new(definition)));
    sending.by_ref().for_each(drop);
    sending.into_truth().unwrap().finish()
}

/// Tables without rows.
pub(crate) async fn empty_database() -> Warehouse {
    let engine = embedded_clickhouse::testing::engine().await;
    let warehouse = Warehouse::new(&Settings::new(engine.url(), engine.database()));
    warehouse::migrate::run(&warehouse).await.unwrap();
    warehouse
}

/// A database that has all of it, and forty-five stores.
pub(crate) async fn database() -> Warehouse {
    let warehouse = empty_database().await;
    for (number, block) in sent::blocks(sending(), 5_003).into_iter().enumerate() {
        let token = format!("dashboards {number}");
        warehouse.insert_event_block(&block, &token).await.unwrap();
    }
    sent::ledger(&warehouse, &expected("UTC")).await;
    let stores = "INSERT INTO entities (stream, site, key, version, received_at, payload)
        SELECT 'stores', 'shop', toString(number), now64(3), now64(3),
            if(number < 30, '{\"network\":\"Almost\"}', '{\"network\":\"Maybe\"}') FROM numbers(45)";
    warehouse.execute(stores, &[]).await.unwrap();
    warehouse
}

pub(crate) use checks::date_time;
