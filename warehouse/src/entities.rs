//! Stores, products and other things that are no events: their row, and what the table has of them.

use clickhouse::Row;
use event::entity::Entity;
use serde::Deserialize;

use crate::column::{Digest, LowCardinality, Milliseconds, put_text};
use crate::keys::{pieces, with_keys};
use crate::{Warehouse, WarehouseError};

crate::column::row! {
    /// One row of `entities`; names, order and types equal the table's (`sql/migrations/0010_entities.sql`).
    EntityRow<'a>,
    /// Rows of `entities` by column.
    EntityColumns as entity_columns,
    stream: LowCardinality<'a>,
    site: LowCardinality<'a>,
    key: &'a str,
    /// Of two rows with the same stream, site and key the later stays, of two equal ones that which was inserted last.
    version: Milliseconds,
    digest: Digest,
    email_hash: &'a str,
    phone_hash: &'a str,
    received_at: Milliseconds,
    payload: &'a str,
}

impl<'a> EntityRow<'a> {
    /// The one place where an entity becomes a row.
    pub fn new(entity: &'a Entity<'a>) -> Self {
        Self {
            stream: LowCardinality(entity.stream.as_str()),
            site: LowCardinality(&entity.site),
            key: &entity.key,
            version: Milliseconds(entity.version.0),
            digest: Digest(entity.digest),
            email_hash: &entity.email_hash,
            phone_hash: &entity.phone_hash,
            received_at: Milliseconds(entity.received_at.0),
            payload: &entity.payload,
        }
    }
}

/// Which thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct EntityKey<'a> {
    /// [`event::entity::Stream::as_str`].
    pub stream: &'a str,
    pub site: &'a str,
    pub key: &'a str,
}

/// What the table has of a thing.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Row, Deserialize)]
pub struct StoredEntity {
    pub stream: String,
    pub site: String,
    pub key: String,
    /// Unix milliseconds.
    pub version_ms: i64,
    pub digest: [u8; 16],
}

/// A whole row of `entities`; fields as in [`EntityRow`].
#[derive(Debug, Clone, PartialEq, Eq, Row, Deserialize)]
pub struct KeptEntity {
    pub stream: String,
    pub site: String,
    pub key: String,
    pub version_ms: i64,
    pub digest: [u8; 16],
    pub email_hash: String,
    pub phone_hash: String,
    pub received_ms: i64,
    pub payload: String,
}

impl KeptEntity {
    pub fn name(&self) -> EntityKey<'_> {
        EntityKey {
            stream: &self.stream,
            site: &self.site,
            key: &self.key,
        }
    }

    /// The same version once more, which takes the place of the one that is there.
    pub fn row(&self) -> EntityRow<'_> {
        EntityRow {
            stream: LowCardinality(&self.stream),
            site: LowCardinality(&self.site),
            key: &self.key,
            version: Milliseconds(self.version_ms),
            digest: Digest(self.digest),
            email_hash: &self.email_hash,
            phone_hash: &self.phone_hash,
            received_at: Milliseconds(self.received_ms),
            payload: &self.payload,
        }
    }
}

const PAGE: &str = include_str!("../../sql/stored/entity_page.sql");
const ENTITIES: &str = include_str!("../../sql/stored/entities.sql");

impl Warehouse {
    /// Inserts versions of things; a second call with the same token and rows changes nothing.
    pub async fn insert_entities(&self, rows: &[EntityRow<'_>], token: &str) -> Result<(), WarehouseError> {
        let mut columns = EntityColumns::default();
        rows.iter().for_each(|row| columns.push(row));
        self.insert("entities", EntityRow::COLUMNS, &columns.finish(), token)
            .await
    }

    /// Things as they are, in the order of their keys, from after `after` on, `limit` at most.
    pub async fn kept_entities(&self, after: EntityKey<'_>, limit: usize) -> Result<Vec<KeptEntity>, WarehouseError> {
        let question = self
            .question(PAGE)
            .param("stream", after.stream)
            .param("site", after.site)
            .param("key", after.key)
            .param("limit", limit);
        self.fetch(question).await
    }

    /// What the table has of these things, the latest version of each that it has, in any order.
    pub async fn stored_entities(&self, keys: &[EntityKey<'_>]) -> Result<Vec<StoredEntity>, WarehouseError> {
        let mut found = Vec::new();
        for piece in pieces(keys, put_key) {
            found.extend(
                self.fetch::<StoredEntity>(self.question(&with_keys(ENTITIES, &piece)))
                    .await?,
            );
        }
        Ok(found)
    }
}

fn put_key(piece: &mut Vec<u8>, key: &EntityKey<'_>) {
    for text in [key.stream, key.site, key.key] {
        put_text(piece, text.as_bytes());
    }
}
