//! The reference of the loader: the same rows, encoded beforehand, inserted as Native in batches of the same size into the
//! same tables of another database of the same engine.

use anyhow::{Context, bail};
use tokio::process::Command;

use super::meter::{LOAD, Parts};
use super::scene::ENGINE;
use crate::client::SITES;
use crate::stack::beside_this;
use crate::verify::Database;

const DATABASE: &str = "reference";
/// As the loader inserts.
const SETTINGS: &str = "&insert_deduplicate=1&deduplicate_blocks_in_dependent_materialized_views=1&async_insert=0\
    &optimize_on_insert=0&max_partitions_per_insert_block=0";

/// What the direct insert cost.
#[derive(Debug, Clone, Copy)]
pub(super) struct Direct {
    pub(super) rows: u64,
    /// Of the engine and of who sends to it.
    pub(super) us_per_row: f64,
}

/// Copies up to `rows` of the newest rows.
pub(super) async fn insert(
    engine_url: &str,
    database: &Database,
    batch_rows: u64,
    rows: u64,
    parts: &Parts,
) -> anyhow::Result<Direct> {
    migrate(engine_url).await?;
    // It stops those of the tables that are there.
    database.bytes("SYSTEM STOP MERGES").await?;
    let batches = (rows / batch_rows).max(1);
    let staged = format!(
        "CREATE TABLE {DATABASE}.staged ENGINE = Memory AS SELECT *, intDiv(rowNumberInAllBlocks(), {batch_rows}) AS batch \
         FROM (SELECT * FROM events WHERE site = '{}' ORDER BY group_id DESC, id LIMIT {})",
        SITES[0],
        batches * batch_rows
    );
    database.bytes(&staged).await?;
    let rows = database
        .number(&format!("SELECT count() FROM {DATABASE}.staged"))
        .await?;
    let mut blocks = Vec::new();
    for batch in 0..batches {
        let sql = format!("SELECT * EXCEPT (batch) FROM {DATABASE}.staged WHERE batch = {batch} FORMAT Native");
        blocks.push(database.bytes(&sql).await?);
    }
    database.bytes(&format!("DROP TABLE {DATABASE}.staged SYNC")).await?;
    let before = parts.snapshot()?;
    for (number, block) in blocks.into_iter().enumerate() {
        let statement = format!("INSERT INTO {DATABASE}.events FORMAT Native");
        let token = format!("{SETTINGS}&insert_deduplication_token=batch-{number}");
        database.insert(&statement, &token, block).await?;
    }
    let usage = parts.snapshot()?.since(&before);
    let stored = database
        .number(&format!("SELECT count() FROM {DATABASE}.events"))
        .await?;
    if stored != rows {
        bail!("the direct insert stored {stored} of {rows} rows");
    }
    database.bytes(&format!("DROP DATABASE {DATABASE} SYNC")).await?;
    Ok(Direct {
        rows,
        us_per_row: usage.us_per(ENGINE, rows) + usage.us_per(LOAD, rows),
    })
}

async fn migrate(engine_url: &str) -> anyhow::Result<()> {
    let mut command = Command::new(beside_this("clickpath")?);
    command.args([
        "migrate",
        "--clickhouse-url",
        engine_url,
        "--clickhouse-database",
        DATABASE,
    ]);
    let output = command.output().await.context("cannot start clickpath migrate")?;
    if !output.status.success() {
        bail!("clickpath migrate failed: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(())
}
