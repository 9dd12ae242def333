//! Refused events are bytes: each row is read, and judged by what is in it.

mod judge;
mod persons;

use std::collections::{BTreeMap, HashSet};
use std::net::Ipv6Addr;

use clickhouse::Row;
use serde::{Deserialize, Deserializer};
use uuid::Uuid;

use super::{EraseError, Subject};
use crate::column::{LowCardinality, Milliseconds};
use crate::{QuarantineRow, Warehouse};

pub(super) use judge::{Reader, Verdict};
use persons::Persons;

const PAGE: &str = include_str!("../../../sql/erase/quarantine.sql");
const SESSIONS: &str = include_str!("../../../sql/erase/sessions.sql");
/// A row may hold a group of several megabytes.
const PAGE_ROWS: usize = 200;
/// Keys in one statement, 90 bytes each.
const KEYS_AT_ONCE: usize = 1_000;

/// Site and id of sessions.
pub(super) type Sessions = HashSet<(String, String)>;

/// One row of the table, of any version.
#[derive(Row, Deserialize)]
pub(super) struct Stored {
    #[serde(with = "clickhouse::serde::uuid")]
    pub(super) group_id: Uuid,
    #[serde(with = "clickhouse::serde::uuid")]
    pub(super) id: Uuid,
    pub(super) at_ms: i64,
    pub(super) site: String,
    pub(super) reason: String,
    code: i32,
    pub(super) message: String,
    schema_version: u8,
    source: String,
    #[serde(deserialize_with = "owned_bytes")]
    pub(super) bytes: Vec<u8>,
    pub(super) received_at_ms: i64,
    pub(super) field: String,
    pub(super) form: String,
    pub(super) user_agent: String,
    pub(super) ip: Option<Ipv6Addr>,
    accepted: bool,
    replayed_ms: Option<i64>,
}

fn owned_bytes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    <&[u8]>::deserialize(deserializer).map(<[u8]>::to_vec)
}

/// A row that is about the user, at least in part.
pub(super) struct Hit {
    group_id: Uuid,
    id: Uuid,
    at_ms: i64,
    whole: bool,
}

#[derive(Default)]
pub(super) struct Scan {
    pub(super) hits: Vec<Hit>,
    /// Of each row that is about others too, the last version without the user.
    rest: BTreeMap<(Uuid, Uuid), Stored>,
    pub(super) unreadable: u64,
}

/// By what the user is known.
pub(super) struct Known {
    /// In which the user was and nobody else.
    sessions: Sessions,
    persons: Persons,
}

impl Known {
    pub(super) async fn find(warehouse: &Warehouse, subject: &Subject) -> Result<Self, EraseError> {
        #[derive(Deserialize)]
        struct Session {
            site: String,
            session_id: String,
        }
        let rows: Vec<Session> = warehouse.all(SESSIONS, &subject.parameters()).await?;
        Ok(Self {
            sessions: rows.into_iter().map(|row| (row.site, row.session_id)).collect(),
            persons: Persons::find(warehouse, subject).await?,
        })
    }
}

/// Goes through the whole quarantine.
pub(super) async fn scan(warehouse: &Warehouse, subject: &Subject, known: &Known) -> Result<Scan, EraseError> {
    let reader = Reader { subject, known };
    let mut scan = Scan::default();
    let walk = each(warehouse, subject, |row| {
        let Stored {
            group_id, id, at_ms, ..
        } = row;
        let whole = match reader.judge(&row)? {
            Verdict::Other => return Ok(()),
            Verdict::Unreadable => {
                scan.unreadable += 1;
                return Ok(());
            }
            Verdict::Whole => true,
            Verdict::Part { rest } => {
                // Rows come by their version: the last one stays.
                scan.rest.insert((group_id, id), Stored { bytes: rest, ..row });
                false
            }
        };
        scan.hits.push(Hit {
            group_id,
            id,
            at_ms,
            whole,
        });
        Ok(())
    });
    walk.await?;
    Ok(scan)
}

/// Hands out every row, oldest version of each first.
pub(super) async fn each(
    warehouse: &Warehouse,
    subject: &Subject,
    take: impl FnMut(Stored) -> Result<(), EraseError>,
) -> Result<(), EraseError> {
    pages(warehouse, subject, "", take).await
}

/// The same of messages of one kind and version, by their first byte.
async fn each_of(
    warehouse: &Warehouse,
    subject: &Subject,
    version: u8,
    take: impl FnMut(Stored) -> Result<(), EraseError>,
) -> Result<(), EraseError> {
    pages(warehouse, subject, &char::from(version).to_string(), take).await
}

async fn pages(
    warehouse: &Warehouse,
    subject: &Subject,
    first: &str,
    mut take: impl FnMut(Stored) -> Result<(), EraseError>,
) -> Result<(), EraseError> {
    let mut after = (Uuid::nil(), Uuid::nil(), i64::MIN);
    loop {
        let [all, site, _] = subject.parameters();
        let question = warehouse
            .question(PAGE)
            .param(all.0, all.1)
            .param(site.0, site.1)
            .param("after_group", after.0.to_string())
            .param("after_id", after.1.to_string())
            .param("after_at", after.2)
            .param("first", first)
            .param("limit", PAGE_ROWS);
        let rows: Vec<Stored> = warehouse.fetch(question).await?;
        let last = rows.last().map(|row| (row.group_id, row.id, row.at_ms));
        let full = rows.len() == PAGE_ROWS;
        rows.into_iter().try_for_each(&mut take)?;
        match last {
            Some(last) if full => after = last,
            _ => return Ok(()),
        }
    }
}

/// Deletes the hits. What a row says of others is written again first.
pub(super) async fn take_out(warehouse: &Warehouse, scan: &Scan) -> Result<(), EraseError> {
    if scan.hits.is_empty() {
        return Ok(());
    }
    for row in scan.rest.values() {
        let token = format!("erased-{}-{}-{}", row.group_id, row.id, row.at_ms);
        warehouse.insert_quarantine(&[row.again()], &token).await?;
    }
    for hits in scan.hits.chunks(KEYS_AT_ONCE) {
        let keys: Vec<_> = hits.iter().map(Hit::values).collect();
        let note = format!("INSERT INTO erasing_quarantine VALUES {}", keys.join(", "));
        warehouse.work(&note, &[]).await?;
    }
    for statement in [COUNT, DELETE] {
        warehouse.work(statement, &[]).await?;
    }
    Ok(())
}

/// For the ledger: what had a receipt and is gone now.
const COUNT: &str = "INSERT INTO erasing SELECT site, id, '', '', received_at FROM quarantine
WHERE accepted AND (group_id, id, at) IN (SELECT group_id, id, at FROM erasing_quarantine WHERE whole)";

const DELETE: &str = "ALTER TABLE quarantine DELETE
WHERE (group_id, id, at) IN (SELECT group_id, id, at FROM erasing_quarantine) SETTINGS mutations_sync = 2";

impl Hit {
    fn values(&self) -> String {
        let Self {
            group_id,
            id,
            at_ms,
            whole,
        } = self;
        format!("('{group_id}', '{id}', fromUnixTimestamp64Milli({at_ms}, 'UTC'), {whole})")
    }
}

impl Stored {
    /// As the next version, a millisecond later: it keeps its place in the table and the rest of its time there.
    fn again(&self) -> QuarantineRow<'_> {
        QuarantineRow {
            id: self.id,
            at: Milliseconds(self.at_ms + 1),
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
            replayed_at: self.replayed_ms.map(Milliseconds),
        }
    }
}
