//! Things that are no events: those about the user, by key and by hash (`sql/erase/entities.sql`).

use super::{EraseError, Subject, counted};
use crate::Warehouse;

pub(super) const KEYS: &str = include_str!("../../../sql/erase/entities.sql");

/// How many there are.
pub(super) async fn count(warehouse: &Warehouse, subject: &Subject) -> Result<u64, EraseError> {
    warehouse.number(&counted(KEYS), &subject.parameters()).await
}

/// Of those that were noted, how many are still there.
pub(super) async fn left(warehouse: &Warehouse) -> Result<u64, EraseError> {
    let sql = "SELECT count() AS n FROM entities WHERE (stream, site, key) IN (SELECT stream, site, key FROM erasing_entities)";
    warehouse.number(sql, &[]).await
}

/// A question for their rows.
pub(super) fn rows() -> String {
    format!(
        "SELECT 'entities' AS stored_in, stream, site, key, version, received_at, email_hash, phone_hash, payload
         FROM entities FINAL WHERE (stream, site, key) IN ({KEYS}) ORDER BY stream, site, key"
    )
}

/// Deletes all versions. They are noted first: who is found by the user's own row is not found without it.
pub(super) async fn take_out(warehouse: &Warehouse, subject: &Subject) -> Result<(), EraseError> {
    let note = format!("CREATE TABLE erasing_entities ENGINE = MergeTree ORDER BY tuple() AS {KEYS}");
    warehouse.work(&note, &subject.parameters()).await?;
    let delete =
        "ALTER TABLE entities DELETE WHERE (stream, site, key) IN (SELECT stream, site, key FROM erasing_entities)
        SETTINGS mutations_sync = 2";
    Ok(warehouse.work(delete, &[]).await?)
}
