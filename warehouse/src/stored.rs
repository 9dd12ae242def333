//! What the table has already: the loader's questions after a crash.

use std::collections::HashSet;

use clickhouse::Row;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Warehouse, WarehouseError};

/// Where an event is, or would be, in `events`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct EventKey<'a> {
    pub site: &'a str,
    pub created_at_ms: i64,
    pub session_id: &'a str,
    pub id: Uuid,
    /// The group it came in now.
    pub group_id: Uuid,
}

/// An event of the table.
#[derive(Debug, Clone, PartialEq, Eq, Row, Serialize, Deserialize)]
pub struct StoredId {
    pub site: String,
    #[serde(with = "clickhouse::serde::uuid")]
    pub id: Uuid,
    pub received_at_ms: i64,
}

/// A key takes about 130 bytes of the statement.
const KEYS_PER_QUERY: usize = 20_000;
const RECENT: &str = include_str!("../../sql/stored/recent.sql");

impl Warehouse {
    /// The events that arrived last, latest first, at most `limit` of them.
    pub async fn recent_ids(&self, limit: usize) -> Result<Vec<StoredId>, WarehouseError> {
        let limit = limit.to_string();
        self.fetch(self.question(RECENT).param("limit", &limit)).await
    }

    /// Which of the candidates' groups have at least one of the candidates' rows in the table.
    pub async fn stored_groups(&self, candidates: &[EventKey<'_>]) -> Result<HashSet<Uuid>, WarehouseError> {
        let mut found = HashSet::new();
        for keys in candidates.chunks(KEYS_PER_QUERY) {
            let sql = with_keys(include_str!("../../sql/stored/groups.sql"), keys);
            let groups: Vec<GroupId> = self.fetch(self.question(&sql)).await?;
            found.extend(groups.into_iter().map(|group| group.group_id));
        }
        Ok(found)
    }

    /// Which of the candidates are in the table, by site and id and whatever their `created_at`.
    pub async fn stored_events(&self, candidates: &[EventKey<'_>]) -> Result<HashSet<(String, Uuid)>, WarehouseError> {
        let mut found = HashSet::new();
        for keys in candidates.chunks(KEYS_PER_QUERY) {
            let sql = with_keys(include_str!("../../sql/stored/events.sql"), keys);
            let events: Vec<EventId> = self.fetch(self.question(&sql)).await?;
            found.extend(events.into_iter().map(|event| (event.site, event.id)));
        }
        Ok(found)
    }
}

#[derive(Row, Serialize, Deserialize)]
struct GroupId {
    #[serde(with = "clickhouse::serde::uuid")]
    group_id: Uuid,
}

#[derive(Row, Serialize, Deserialize)]
struct EventId {
    site: String,
    #[serde(with = "clickhouse::serde::uuid")]
    id: Uuid,
}

/// Puts the keys into the statement at `{keys}`: RowBinary in hexadecimal, so that no value can be read as SQL. They are too
/// many for a parameter, which a server limits to 128 KiB, and the embedded engine takes no external tables.
fn with_keys(sql: &str, keys: &[EventKey<'_>]) -> String {
    let mut rows = Vec::with_capacity(keys.len() * 96);
    for key in keys {
        text(&mut rows, key.site);
        text(&mut rows, key.session_id);
        rows.extend_from_slice(&key.created_at_ms.to_le_bytes());
        rows.extend_from_slice(&crate::column::uuid_bytes(&key.id));
        rows.extend_from_slice(&crate::column::uuid_bytes(&key.group_id));
    }
    sql.replace("{keys}", &hexadecimal(&rows))
}

fn text(rows: &mut Vec<u8>, text: &str) {
    crate::column::put_text(rows, text.as_bytes());
}

fn hexadecimal(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|digit| DIGITS[usize::from(digit)] as char)
        .collect()
}
