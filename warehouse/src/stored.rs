//! What the table has already: the loader's questions after a crash.

use clickhouse::Row;
use serde::Deserialize;
use uuid::Uuid;

use crate::column::{put_text, uuid_bytes};
use crate::keys::{pieces, with_keys};
use crate::{Warehouse, WarehouseError};

/// Where an event is, or would be, in `events`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct EventKey<'a> {
    pub site: &'a str,
    pub created_at_ms: i64,
    pub session_id: &'a str,
    pub id: Uuid,
}

const FIRST_WINDOW_MS: i64 = 10 * 60 * 1_000;
const NEWEST: &str = include_str!("../../sql/stored/newest.sql");
const SINCE: &str = include_str!("../../sql/stored/since.sql");
const RECENT: &str = include_str!("../../sql/stored/recent.sql");
const EVENTS: &str = include_str!("../../sql/stored/events.sql");

#[derive(Row, Deserialize)]
struct Recent<'a> {
    site: &'a str,
    #[serde(with = "clickhouse::serde::uuid")]
    id: Uuid,
    received_at_ms: i64,
}

/// An event of the table, with the group it was stored in.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Row, Deserialize)]
pub struct StoredEvent {
    pub site: String,
    #[serde(with = "clickhouse::serde::uuid")]
    pub id: Uuid,
    #[serde(with = "clickhouse::serde::uuid")]
    pub group_id: Uuid,
}

#[derive(Row, Deserialize)]
struct Newest {
    received_at_ms: i64,
}

#[derive(Row, Deserialize)]
struct Since {
    n: u64,
}

impl Warehouse {
    /// Hands out the `limit` rows that arrived last, latest first: site, id and Unix milliseconds of `received_at`; returns how
    /// many there were. After an error some were handed out.
    pub async fn recent_ids(
        &self,
        limit: usize,
        mut take: impl FnMut(&str, Uuid, i64),
    ) -> Result<usize, WarehouseError> {
        let Some(since) = self.arrival_of_last(limit as u64).await? else {
            return Ok(0);
        };
        let question = self.question(RECENT).param("since", since).param("limit", limit);
        self.answer(async {
            let mut cursor = question.fetch::<Recent<'_>>()?;
            let mut found = 0;
            while let Some(row) = cursor.next().await? {
                take(row.site, row.id, row.received_at_ms);
                found += 1;
            }
            Ok(found)
        })
        .await
    }

    /// A moment since which at least `rows` rows arrived, or all; `None` of an empty table. Found by looking back further and
    /// further, so that the sort that follows need not go through the whole table.
    async fn arrival_of_last(&self, rows: u64) -> Result<Option<i64>, WarehouseError> {
        let newest: Vec<Newest> = self.fetch(self.question(NEWEST)).await?;
        let Some(Newest { received_at_ms: newest }) = newest.into_iter().next() else {
            return Ok(None);
        };
        let mut window = FIRST_WINDOW_MS;
        while window < newest {
            let since = newest - window;
            let found: Vec<Since> = self.fetch(self.question(SINCE).param("since", since)).await?;
            if found.iter().any(|found| found.n >= rows) {
                return Ok(Some(since));
            }
            window *= 4;
        }
        Ok(Some(0))
    }

    /// Which of the candidates are in the table, by site, session and id, with a `created_at` up to a day off, and in which groups.
    pub async fn stored_events(&self, candidates: &[EventKey<'_>]) -> Result<Vec<StoredEvent>, WarehouseError> {
        let mut found = Vec::new();
        for keys in pieces(candidates, put_key) {
            found.extend(
                self.fetch::<StoredEvent>(self.question(&with_keys(EVENTS, &keys)))
                    .await?,
            );
        }
        Ok(found)
    }
}

fn put_key(piece: &mut Vec<u8>, key: &EventKey<'_>) {
    const DAY_MS: i64 = 86_400_000;
    // An event's contract ends with the year 2099, the type `Date` with 2149.
    let day = key.created_at_ms.div_euclid(DAY_MS).clamp(0, i64::from(u16::MAX)) as u16;
    put_text(piece, key.site.as_bytes());
    put_text(piece, key.session_id.as_bytes());
    piece.extend_from_slice(&day.to_le_bytes());
    piece.extend_from_slice(&uuid_bytes(&key.id));
}
