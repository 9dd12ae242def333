use serde::Deserialize;
use warehouse::{AuditRow, EntityRow, EventRow, LedgerMarkRow, LedgerRow, QuarantineRow, SavedReportRow, Warehouse};

use crate::database;

#[derive(Deserialize)]
struct Column {
    name: String,
    r#type: String,
    default_kind: String,
}

async fn stored_columns(database: &Warehouse, table: &str) -> Vec<(String, String)> {
    let sql = "SELECT name, type, default_kind FROM system.columns
        WHERE database = currentDatabase() AND table = {table:String} ORDER BY position";
    let columns: Vec<Column> = database.rows(sql, &[("table", table)]).await.unwrap();
    let stored = columns
        .into_iter()
        .filter(|column| ["", "DEFAULT"].contains(&&*column.default_kind));
    stored.map(|column| (column.name, column.r#type)).collect()
}

fn owned(columns: &[(&str, &str)]) -> Vec<(String, String)> {
    columns
        .iter()
        .map(|(name, r#type)| ((*name).to_owned(), (*r#type).to_owned()))
        .collect()
}

#[tokio::test]
async fn rows_equal_their_tables() {
    let database = &database().await;
    assert_eq!(stored_columns(database, "events").await, owned(EventRow::COLUMNS));
    assert_eq!(
        stored_columns(database, "quarantine").await,
        owned(QuarantineRow::COLUMNS)
    );
    assert_eq!(stored_columns(database, "entities").await, owned(EntityRow::COLUMNS));
    assert_eq!(stored_columns(database, "ledger").await, owned(LedgerRow::COLUMNS));
    assert_eq!(
        stored_columns(database, "ledger_marks").await,
        owned(LedgerMarkRow::COLUMNS)
    );
    assert_eq!(stored_columns(database, "audit").await, owned(AuditRow::COLUMNS));
    assert_eq!(
        stored_columns(database, "saved_reports").await,
        owned(SavedReportRow::COLUMNS)
    );
}
