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

const ENTITIES: &str = include_str!("../../sql/stored/entities.sql");

impl Warehouse {
    /// Inserts versions of things; a second call with the same token and rows changes nothing.
    pub async fn insert_entities(&self, rows: &[EntityRow<'_>], token: &str) -> Result<(), WarehouseError> {
        let mut columns = EntityColumns::default();
        rows.iter().for_each(|row| columns.push(row));
        self.insert("entities", EntityRow::COLUMNS, &columns.finish(), token)
            .await
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
