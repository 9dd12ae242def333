use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::column::{LowCardinality, Milliseconds, Seconds};
use crate::{Warehouse, WarehouseError};

crate::column::row! {
    /// One row of `ledger`: what one writer counted for a minute (`sql/migrations/0004_ledger.sql`).
    LedgerRow<'a>,
    /// Rows of `ledger` by column.
    LedgerColumns as ledger_columns,
    /// Start of the minute of `received_at`.
    minute: Seconds,
    site: LowCardinality<'a>,
    /// `gateway`, `loader` or `erasure`.
    stage: LowCardinality<'a>,
    /// A gateway's run, a loader's batch, the ids of an erasure.
    writer: Uuid,
    /// `received`, `accepted`, `rejected`, `deferred`, `duplicate`, `erased`.
    counter: LowCardinality<'a>,
    /// All that the writer counted so far: of its rows the highest counts.
    count: u64,
    at: Milliseconds,
}

crate::column::row! {
    /// One row of `ledger_marks`: up to when the counts are complete (`sql/migrations/0004_ledger.sql`).
    LedgerMarkRow<'a>,
    /// Rows of `ledger_marks` by column.
    LedgerMarkColumns as ledger_mark_columns,
    writer: Uuid,
    /// `settled` or `spool`.
    mark: LowCardinality<'a>,
    /// [`LedgerMarkRow::NEVER`] of a `spool` that is empty.
    until: Milliseconds,
    at: Milliseconds,
}

impl LedgerMarkRow<'_> {
    /// 2200-01-01: later than every event.
    pub const NEVER: Milliseconds = Milliseconds(7_258_118_400_000);
}

/// Where the events of a site's minute are. For each: accepted + unreported = stored + duplicates + quarantined + erased + in_flight + gap.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerEntry {
    pub site: String,
    /// Start of the minute of `received_at`, Unix seconds.
    pub minute: u32,
    pub received: u64,
    pub accepted: u64,
    pub rejected: u64,
    /// Understood, but answered 503: the client keeps them.
    pub deferred: u64,
    /// Distinct events in the table.
    pub stored: u64,
    /// Copies that the loader skipped.
    pub duplicates: u64,
    /// Accepted, then put aside, and not in the table.
    pub quarantined: u64,
    /// Taken out by `clickpath erase`.
    pub erased: u64,
    /// Not seen yet, and the minute is not settled.
    pub in_flight: u64,
    /// Stored without having been counted: a gateway was killed before it wrote its counts.
    pub unreported: u64,
    /// Accepted, and nowhere to be found.
    pub gap: u64,
}

/// The books of a period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ledger {
    /// What was received before this moment (Unix milliseconds) is stored or missing; `None` before a loader's first mark.
    pub settled_until_ms: Option<i64>,
    /// By minute and site; only minutes in which something happened.
    pub entries: Vec<LedgerEntry>,
}

impl Ledger {
    /// Accepted events of the period that are missing.
    pub fn gap(&self) -> u64 {
        self.entries.iter().map(|entry| entry.gap).sum()
    }
}

/// Rows whose ids are counted at once: about 100 MB of the server's memory.
const ROWS_AT_ONCE: u64 = 2_000_000;
const MINUTE_MS: i64 = 60_000;
const STORED: &str = "SELECT if(count() = 0, NULL, toUnixTimestamp64Milli(max(until))) AS settled_until_ms FROM ledger_marks FINAL WHERE mark = 'settled'";
const SETTLED: &str = include_str!("../../sql/ledger/settled.sql");
const MINUTES: &str = include_str!("../../sql/ledger/minutes.sql");
const ENTRIES: &str = include_str!("../../sql/ledger/entries.sql");

#[derive(Deserialize)]
struct Settled {
    settled_until_ms: Option<i64>,
}

#[derive(Deserialize)]
struct Minute {
    minute: i64,
    n: u64,
}

impl Warehouse {
    /// Writes counts; a writer's higher count replaces its lower one.
    pub async fn insert_ledger(&self, rows: &[LedgerRow<'_>], token: &str) -> Result<(), WarehouseError> {
        let mut columns = LedgerColumns::default();
        rows.iter().for_each(|row| columns.push(row));
        self.insert("ledger", LedgerRow::COLUMNS, &columns.finish(), token)
            .await
    }

    /// Writes marks; a writer's later mark replaces its earlier one.
    pub async fn insert_ledger_marks(&self, rows: &[LedgerMarkRow<'_>], token: &str) -> Result<(), WarehouseError> {
        let mut columns = LedgerMarkColumns::default();
        rows.iter().for_each(|row| columns.push(row));
        self.insert("ledger_marks", LedgerMarkRow::COLUMNS, &columns.finish(), token)
            .await
    }

    /// Until when a loader has stored all that it was given (Unix milliseconds), whatever gateways still have on their disks; `None` before
    /// its first mark.
    pub async fn stored_until(&self) -> Result<Option<i64>, WarehouseError> {
        let rows: Vec<Settled> = self.rows(STORED, &[]).await?;
        Ok(rows.into_iter().find_map(|row| row.settled_until_ms))
    }

    /// The books of the minutes that begin in `from_ms..to_ms` (Unix milliseconds), of one site or of all.
    pub async fn ledger(&self, site: Option<&str>, from_ms: i64, to_ms: i64) -> Result<Ledger, WarehouseError> {
        let minute = |at: i64| at.div_euclid(MINUTE_MS) * MINUTE_MS + if at % MINUTE_MS == 0 { 0 } else { MINUTE_MS };
        let (from_ms, to_ms) = (minute(from_ms), minute(to_ms));
        // Asked first: what is settled by now is stored when the rows are counted.
        let settled: Vec<Settled> = self.rows(SETTLED, &[]).await?;
        let settled_until_ms = settled.into_iter().find_map(|row| row.settled_until_ms);
        let settled = settled_until_ms.unwrap_or_default().to_string();
        let all = if site.is_none() { "1" } else { "0" };
        let site = site.unwrap_or_default();
        let (from, to) = (from_ms.to_string(), to_ms.to_string());
        let period = [("site", site), ("all", all), ("from", &from), ("to", &to)];
        let minutes: Vec<Minute> = self.rows(MINUTES, &period).await?;
        let mut entries = Vec::new();
        for (from, to) in slices(from_ms, to_ms, &minutes) {
            let (from, to) = (from.to_string(), to.to_string());
            let slice = [
                ("site", site),
                ("all", all),
                ("from", &from),
                ("to", &to),
                ("settled", &settled),
            ];
            let rows: Vec<LedgerEntry> = self.rows(ENTRIES, &slice).await?;
            entries.extend(rows);
        }
        Ok(Ledger {
            settled_until_ms,
            entries,
        })
    }
}

/// Cuts the period at minutes, so that no piece of several has more than [`ROWS_AT_ONCE`].
fn slices(from_ms: i64, to_ms: i64, minutes: &[Minute]) -> Vec<(i64, i64)> {
    let mut slices = Vec::new();
    let (mut start, mut rows) = (from_ms, 0);
    for minute in minutes {
        let begins = minute.minute * 1_000;
        if rows > 0 && rows + minute.n > ROWS_AT_ONCE {
            slices.push((start, begins));
            (start, rows) = (begins, 0);
        }
        rows += minute.n;
    }
    if start < to_ms {
        slices.push((start, to_ms));
    }
    slices
}
