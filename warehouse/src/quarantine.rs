use uuid::Uuid;

use crate::column::{LowCardinality, Milliseconds};

crate::column::row! {
    /// One row of `quarantine`: an event that the loader could not store (`sql/migrations/0002_quarantine.sql`).
    QuarantineRow<'a>,
    /// Rows of `quarantine` by column.
    QuarantineColumns as quarantine_columns,
    id: Uuid,
    at: Milliseconds,
    site: LowCardinality<'a>,
    reason: LowCardinality<'a>,
    /// Exception code of the database, 0 without one.
    code: i32,
    message: &'a str,
    schema_version: u8,
    source: LowCardinality<'a>,
    group_id: Uuid,
    /// The event as a group of one ([`event::group`]).
    bytes: &'a [u8],
}
