//! What administrators did: table `audit`, to which rows are added and nothing else.

use serde::Deserialize;
use uuid::Uuid;

use crate::column::{LowCardinality, Milliseconds};
use crate::{Warehouse, WarehouseError};

const PAGE: &str = include_str!("../../sql/audit/page.sql");

crate::column::row! {
    /// One row of `audit` (`sql/migrations/0020_audit.sql`): an action has one before it and one after it.
    AuditRow<'a>,
    /// Rows of `audit` by column.
    AuditColumns as audit_columns,
    /// Of the action.
    id: Uuid,
    at: Milliseconds,
    /// The key's name.
    who: LowCardinality<'a>,
    action: LowCardinality<'a>,
    /// A JSON object.
    parameters: &'a str,
    /// `begun`, then `done` or the code of the error.
    outcome: LowCardinality<'a>,
}

/// One action, its rows put together.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct AuditEntry {
    pub id: String,
    /// Unix milliseconds.
    pub begun_ms: i64,
    /// `None`: nobody wrote how it ended.
    pub ended_ms: Option<i64>,
    pub who: String,
    pub action: String,
    /// A JSON object.
    pub parameters: String,
    /// `done`, the code of the error, or `unknown`.
    pub outcome: String,
}

/// The entry before which a page begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditCursor {
    pub begun_ms: i64,
    pub id: Uuid,
}

impl AuditCursor {
    /// The latest entries.
    pub const START: Self = Self {
        begun_ms: i64::MAX,
        id: Uuid::max(),
    };
}

impl Warehouse {
    /// Adds a row; a second call with the same row changes nothing.
    pub async fn insert_audit(&self, row: &AuditRow<'_>) -> Result<(), WarehouseError> {
        let mut columns = AuditColumns::default();
        columns.push(row);
        let token = format!("{} {}", row.id, row.outcome.0);
        self.insert("audit", AuditRow::COLUMNS, &columns.finish(), &token).await
    }

    /// Up to `limit` actions that began at or after `from_ms`, latest first.
    pub async fn audit(
        &self,
        before: &AuditCursor,
        from_ms: i64,
        limit: u32,
    ) -> Result<Vec<AuditEntry>, WarehouseError> {
        let parameters = [
            ("before_ms", &*before.begun_ms.to_string()),
            ("before_id", &*before.id.to_string()),
            ("from_ms", &*from_ms.to_string()),
            ("limit", &*limit.to_string()),
        ];
        self.rows(PAGE, &parameters).await
    }
}
