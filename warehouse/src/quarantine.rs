use std::net::Ipv6Addr;

use clickhouse::Row;
use event::group::VERSION;
use event::quarantine::Record;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::column::{LowCardinality, Milliseconds};
use crate::row::as_ipv6;
use crate::{Warehouse, WarehouseError};

crate::column::row! {
    /// One row of `quarantine`: what could not be stored (`sql/migrations/0002_quarantine.sql`, `0003_quarantine_records.sql`).
    QuarantineRow<'a>,
    /// Rows of `quarantine` by column.
    QuarantineColumns as quarantine_columns,
    id: Uuid,
    /// When it was put aside; of two rows with the same group and id the later stays.
    at: Milliseconds,
    site: LowCardinality<'a>,
    reason: LowCardinality<'a>,
    /// Exception code of the database, 0 without one.
    code: i32,
    message: &'a str,
    schema_version: u8,
    source: LowCardinality<'a>,
    group_id: Uuid,
    bytes: &'a [u8],
    received_at: Milliseconds,
    field: LowCardinality<'a>,
    /// What `bytes` holds: `json`, `event`, `group` or `message`.
    form: LowCardinality<'a>,
    user_agent: LowCardinality<'a>,
    /// IPv4 as `::ffff:a.b.c.d`.
    ip: Option<Ipv6Addr>,
    /// It had a receipt before it was put aside.
    accepted: bool,
    replayed_at: Option<Milliseconds>,
}

impl<'a> QuarantineRow<'a> {
    /// The one place where a record becomes a row; `at` is the moment it is put aside.
    pub fn new(record: &'a Record<'a>, at: Milliseconds) -> Self {
        Self {
            id: record.id,
            at,
            site: LowCardinality(&record.site),
            reason: LowCardinality(&record.reason),
            code: record.code,
            message: &record.message,
            schema_version: VERSION,
            source: LowCardinality(record.source.as_str()),
            group_id: record.group_id,
            bytes: &record.bytes,
            received_at: Milliseconds(record.received_at.0),
            field: LowCardinality(&record.field),
            form: LowCardinality(record.form.as_str()),
            user_agent: LowCardinality(&record.user_agent),
            ip: record.ip.map(as_ipv6),
            accepted: record.accepted,
            replayed_at: None,
        }
    }
}

/// Which records of the quarantine are meant; `None` is all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QuarantineFilter {
    pub reason: Option<String>,
    pub site: Option<String>,
    /// Received at or after, Unix milliseconds.
    pub since_ms: Option<i64>,
    /// Received before, Unix milliseconds.
    pub until_ms: Option<i64>,
}

/// A row of `quarantine` as it is read; fields as in [`QuarantineRow`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuarantinedRow {
    pub id: Uuid,
    pub at_ms: i64,
    pub site: String,
    pub reason: String,
    pub code: i32,
    pub message: String,
    pub schema_version: u8,
    pub source: String,
    pub group_id: Uuid,
    pub bytes: Vec<u8>,
    pub received_at_ms: i64,
    pub field: String,
    pub form: String,
    pub user_agent: String,
    pub ip: Option<Ipv6Addr>,
    pub accepted: bool,
}

/// The row after which a page begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuarantineCursor {
    pub received_at_ms: i64,
    pub group_id: Uuid,
    pub id: Uuid,
}

impl QuarantineCursor {
    const START: Self = Self {
        received_at_ms: i64::MIN,
        group_id: Uuid::nil(),
        id: Uuid::nil(),
    };
}

/// As the database sends it.
#[derive(Row, Deserialize)]
struct Stored<'a> {
    #[serde(with = "clickhouse::serde::uuid")]
    id: Uuid,
    at_ms: i64,
    site: &'a str,
    reason: &'a str,
    code: i32,
    message: &'a str,
    schema_version: u8,
    source: &'a str,
    #[serde(with = "clickhouse::serde::uuid")]
    group_id: Uuid,
    #[serde(borrow)]
    bytes: &'a [u8],
    received_at_ms: i64,
    field: &'a str,
    form: &'a str,
    user_agent: &'a str,
    ip: Option<Ipv6Addr>,
    accepted: bool,
}

impl From<Stored<'_>> for QuarantinedRow {
    fn from(row: Stored<'_>) -> Self {
        Self {
            id: row.id,
            at_ms: row.at_ms,
            site: row.site.to_owned(),
            reason: row.reason.to_owned(),
            code: row.code,
            message: row.message.to_owned(),
            schema_version: row.schema_version,
            source: row.source.to_owned(),
            group_id: row.group_id,
            bytes: row.bytes.to_owned(),
            received_at_ms: row.received_at_ms,
            field: row.field.to_owned(),
            form: row.form.to_owned(),
            user_agent: row.user_agent.to_owned(),
            ip: row.ip,
            accepted: row.accepted,
        }
    }
}

const PAGE: &str = include_str!("../../sql/quarantine/page.sql");

impl QuarantinedRow {
    /// Where the page after this row begins.
    pub fn cursor(&self) -> QuarantineCursor {
        QuarantineCursor {
            received_at_ms: self.received_at_ms,
            group_id: self.group_id,
            id: self.id,
        }
    }

    /// The same row, marked as sent again at `now`.
    fn replayed(&self, now: Milliseconds) -> QuarantineRow<'_> {
        QuarantineRow {
            id: self.id,
            // Later than the row it replaces, whatever the clocks say.
            at: Milliseconds(now.0.max(self.at_ms + 1)),
            site: LowCardinality(&self.site),
            reason: LowCardinality(&self.reason),
            code: self.code,
            message: &self.message,
            schema_version: self.schema_version,
            source: LowCardinality(&self.source),
            group_id: self.group_id,
            bytes: &self.bytes,
            received_at: Milliseconds(self.received_at_ms),
            field: LowCardinality(&self.field),
            form: LowCardinality(&self.form),
            user_agent: LowCardinality(&self.user_agent),
            ip: self.ip,
            accepted: self.accepted,
            replayed_at: Some(now),
        }
    }
}

impl Warehouse {
    /// A page of what was put aside and not sent again, in the order it was received, from after `after` on, `limit` rows at
    /// most; a shorter page is the last.
    pub async fn quarantined(
        &self,
        filter: &QuarantineFilter,
        after: Option<QuarantineCursor>,
        limit: usize,
    ) -> Result<Vec<QuarantinedRow>, WarehouseError> {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let flag = |given: bool| if given { "1" } else { "0" };
        let QuarantineFilter { reason, site, .. } = filter;
        let after = after.unwrap_or(QuarantineCursor::START);
        let question = self
            .question(PAGE)
            .param("by_reason", flag(reason.is_some()))
            .param("reason", text(reason))
            .param("by_site", flag(site.is_some()))
            .param("site", text(site))
            .param("since", filter.since_ms.unwrap_or(i64::MIN))
            .param("until", filter.until_ms.unwrap_or(i64::MAX))
            .param("after_at", after.received_at_ms)
            .param("after_group", after.group_id.to_string())
            .param("after_id", after.id.to_string())
            .param("limit", limit);
        self.answer(async {
            let mut cursor = question.fetch::<Stored<'_>>()?;
            let mut rows = Vec::new();
            while let Some(row) = cursor.next().await? {
                rows.push(row.into());
            }
            Ok(rows)
        })
        .await
    }

    /// Marks rows as sent again at `now`; [`Warehouse::quarantined`] lists them no more. The ledger counts them as before.
    pub async fn mark_replayed(&self, rows: &[QuarantinedRow], now: Milliseconds) -> Result<(), WarehouseError> {
        let mut token = Sha256::new_with_prefix(now.0.to_le_bytes());
        rows.iter()
            .for_each(|row| token.update([row.group_id, row.id].map(Uuid::into_bytes).concat()));
        let token: String = token.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        let rows: Vec<_> = rows.iter().map(|row| row.replayed(now)).collect();
        self.insert_quarantine(&rows, &token).await
    }
}
