//! The tables in which an erasure remembers what it takes out; their presence keeps a second one from starting.

use std::time::Duration;

use serde::Deserialize;
use tokio::time::Instant;

use super::EraseError;
use crate::{Warehouse, WarehouseError};

const TABLE_EXISTS: i32 = 57;
/// Longer than any insert of a loader may take.
const PATIENCE: Duration = Duration::from_secs(120);
const LOOK_AGAIN_AFTER: Duration = Duration::from_millis(100);

const TABLES: [&str; 2] = [
    "CREATE TABLE erasing (site String, id UUID, session_id String, order_id String, received_at DateTime64(3, 'UTC'))
     ENGINE = MergeTree ORDER BY (site, id)",
    "CREATE TABLE erasing_quarantine (group_id UUID, id UUID, at DateTime64(3, 'UTC'), whole Bool)
     ENGINE = MergeTree ORDER BY (group_id, id)",
];

pub(super) async fn begin(warehouse: &Warehouse, take_over: bool) -> Result<(), EraseError> {
    if take_over {
        end(warehouse).await?;
    }
    for table in TABLES {
        match warehouse.execute(table, &[]).await {
            Err(WarehouseError::Exception { code: TABLE_EXISTS, .. }) => return Err(running(warehouse).await?),
            created => created?,
        }
    }
    Ok(())
}

async fn running(warehouse: &Warehouse) -> Result<EraseError, EraseError> {
    #[derive(Deserialize)]
    struct Since {
        since: String,
    }
    let sql = "SELECT toString(max(metadata_modification_time)) AS since FROM system.tables
        WHERE database = currentDatabase() AND name = 'erasing'";
    let Since { since } = warehouse.ask(sql, &[]).await?;
    Ok(EraseError::Running { since })
}

/// Drops them all, `erasing` itself last.
pub(super) async fn end(warehouse: &Warehouse) -> Result<(), EraseError> {
    #[derive(Deserialize)]
    struct Table {
        name: String,
    }
    let sql = "SELECT name FROM system.tables WHERE database = currentDatabase() AND startsWith(name, 'erasing') ORDER BY name DESC";
    for Table { name } in warehouse.all::<Table>(sql, &[]).await? {
        warehouse
            .execute(&format!("DROP TABLE IF EXISTS {name} SYNC"), &[])
            .await?;
    }
    Ok(())
}

/// Waits for the changes of an erasure that was cut off: the server completes them by itself.
pub(super) async fn settle_mutations(warehouse: &Warehouse) -> Result<(), EraseError> {
    const OPEN: &str = "SELECT count() AS n FROM system.mutations
        WHERE database = currentDatabase() AND NOT is_done AND NOT is_killed AND command LIKE '%erasing%'";
    wait(async || Ok(warehouse.number(OPEN, &[]).await? == 0)).await
}

/// Waits until no insert runs that began before now. It may have reached a mart, and be cleaned away there, before its events
/// are seen.
pub(super) async fn settle_inserts(warehouse: &Warehouse) -> Result<(), EraseError> {
    const RUNNING: &str = "SELECT count() AS n FROM system.processes
        WHERE query_kind = 'Insert' AND current_database = currentDatabase() AND elapsed > {seconds:Float64}";
    let begun = Instant::now();
    wait(async || {
        let seconds = begun.elapsed().as_secs_f64().to_string();
        Ok(warehouse.number(RUNNING, &[("seconds", &seconds)]).await? == 0)
    })
    .await
}

async fn wait(mut done: impl AsyncFnMut() -> Result<bool, EraseError>) -> Result<(), EraseError> {
    let begun = Instant::now();
    while !done().await? {
        if begun.elapsed() > PATIENCE {
            return Err(EraseError::InsertsRunning(PATIENCE.as_secs()));
        }
        tokio::time::sleep(LOOK_AGAIN_AFTER).await;
    }
    Ok(())
}
