//! Applies `sql/migrations` in order, once each, and refuses a file that changed after it was applied.
//!
//! Every statement is idempotent (`IF NOT EXISTS`), so that a run that was cut off, or two at once, end in the same schema.

pub mod cluster;
mod distribute;
mod graph;
mod replicate;
mod statements;

use rust_embed::RustEmbed;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::{Warehouse, WarehouseError};

pub use cluster::Cluster;
pub use distribute::{Shards, distribute};
pub use graph::{Graph, Kind, Node};
pub use replicate::replicated;
pub use statements::statements;

#[derive(RustEmbed)]
#[folder = "../sql/migrations"]
struct Files;

/// One file, `<version>_<name>.sql`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migration {
    pub version: u32,
    pub name: String,
    pub sql: String,
}

#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    #[error("migration {file} changed after it was applied: make a new migration instead of editing one")]
    Changed { file: String },
    #[error("the database has migration {file}, which this program does not know: use a newer program")]
    Newer { file: String },
    #[error("migration files {one} and {other} have the same number")]
    Twice { one: String, other: String },
    #[error("migration file {0:?} is not named <number>_<name>.sql")]
    FileName(String),
    #[error("migration {file}, statement {statement}")]
    Statement {
        file: String,
        /// From 1.
        statement: usize,
        source: WarehouseError,
    },
    #[error("database {database} is that of a cluster: name the cluster with --cluster")]
    OfCluster { database: String },
    #[error("table {table} in {database} holds rows of its own: a cluster begins in a database without tables")]
    Plain { database: String, table: String },
    #[error("table {table} has no site, and nothing says by what its rows go to shards")]
    NoShard { table: String },
    #[error("schema_migrations cannot be kept")]
    Ledger(#[from] WarehouseError),
}

#[derive(Deserialize)]
struct Applied {
    version: u32,
    name: String,
    checksum: String,
}

/// The migrations this program was built with, in order.
pub fn embedded() -> Result<Vec<Migration>, MigrateError> {
    let mut migrations = Files::iter()
        .map(|file| {
            let migration = Files::get(&file).and_then(|content| Migration::parse(&file, &content.data));
            migration.ok_or_else(|| MigrateError::FileName(file.into_owned()))
        })
        .collect::<Result<Vec<_>, _>>()?;
    migrations.sort_by_key(|migration| migration.version);
    Ok(migrations)
}

/// Two branches that both added a file: nothing says which of the two comes first.
fn check_numbers(migrations: &[Migration]) -> Result<(), MigrateError> {
    match migrations.windows(2).find(|pair| pair[0].version == pair[1].version) {
        Some(pair) => Err(MigrateError::Twice {
            one: pair[0].file(),
            other: pair[1].file(),
        }),
        None => Ok(()),
    }
}

/// Brings the database to the program's schema and returns what was applied now; creates the database if it is missing.
pub async fn run(warehouse: &Warehouse) -> Result<Vec<Migration>, MigrateError> {
    apply(warehouse, &embedded()?).await
}

/// What [`run`] would apply.
pub async fn plan(warehouse: &Warehouse) -> Result<Vec<Migration>, MigrateError> {
    pending(warehouse, &embedded()?).await
}

/// [`run`] with other files than the embedded ones, by number. A file with a lower number than the last one applied, of another
/// branch, is applied now: each file says what it needs.
pub async fn apply(warehouse: &Warehouse, migrations: &[Migration]) -> Result<Vec<Migration>, MigrateError> {
    warehouse.create_database().await?;
    if warehouse.is_of_cluster().await? {
        return Err(MigrateError::OfCluster {
            database: warehouse.database().to_owned(),
        });
    }
    warehouse.execute(LEDGER, &[]).await?;
    let pending = pending(warehouse, migrations).await?;
    for migration in &pending {
        apply_one(warehouse, migration).await?;
        tracing::info!(migration = migration.file(), "migration applied");
    }
    Ok(pending)
}

const LEDGER: &str = "CREATE TABLE IF NOT EXISTS schema_migrations
(version UInt32, name String, checksum String, applied_at DateTime64(3, 'UTC'))
ENGINE = ReplacingMergeTree(applied_at) ORDER BY version
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1";

const RECORD: &str = "INSERT INTO schema_migrations
SELECT {version:UInt32}, {name:String}, {checksum:String}, now64(3, 'UTC')";

async fn apply_one(warehouse: &Warehouse, migration: &Migration) -> Result<(), MigrateError> {
    for (index, statement) in statements(&migration.sql).into_iter().enumerate() {
        let failed = |source| MigrateError::Statement {
            file: migration.file(),
            statement: index + 1,
            source,
        };
        warehouse.change(statement).await.map_err(failed)?;
    }
    record(warehouse, migration).await
}

async fn record(warehouse: &Warehouse, migration: &Migration) -> Result<(), MigrateError> {
    let version = migration.version.to_string();
    let checksum = migration.checksum();
    let row = [
        ("version", &*version),
        ("name", &*migration.name),
        ("checksum", &*checksum),
    ];
    Ok(warehouse.execute(RECORD, &row).await?)
}

async fn pending(warehouse: &Warehouse, migrations: &[Migration]) -> Result<Vec<Migration>, MigrateError> {
    check_numbers(migrations)?;
    let applied = applied(warehouse).await?;
    let known = |applied: &&Applied| migrations.iter().any(|migration| migration.version == applied.version);
    if let Some(newer) = applied.iter().find(|applied| !known(applied)) {
        return Err(MigrateError::Newer {
            file: file(newer.version, &newer.name),
        });
    }
    let mut pending = Vec::new();
    for migration in migrations {
        match applied.iter().find(|applied| applied.version == migration.version) {
            None => pending.push(migration.clone()),
            Some(applied) if applied.checksum == migration.checksum() => {}
            Some(_) => return Err(MigrateError::Changed { file: migration.file() }),
        }
    }
    Ok(pending)
}

async fn applied(warehouse: &Warehouse) -> Result<Vec<Applied>, MigrateError> {
    const UNKNOWN_TABLE: i32 = 60;
    const UNKNOWN_DATABASE: i32 = 81;
    let rows = warehouse
        .rows(
            "SELECT version, name, checksum FROM schema_migrations FINAL ORDER BY version",
            &[],
        )
        .await;
    match rows {
        Ok(rows) => Ok(rows),
        Err(WarehouseError::Exception {
            code: UNKNOWN_TABLE | UNKNOWN_DATABASE,
            ..
        }) => Ok(Vec::new()),
        Err(error) => Err(error.into()),
    }
}

impl Migration {
    fn parse(file: &str, content: &[u8]) -> Option<Self> {
        let (version, name) = file.strip_suffix(".sql")?.split_once('_')?;
        Some(Self {
            version: version.parse().ok()?,
            name: name.to_owned(),
            sql: str::from_utf8(content).ok()?.to_owned(),
        })
    }

    /// Its file's name.
    pub fn file(&self) -> String {
        file(self.version, &self.name)
    }

    fn checksum(&self) -> String {
        Sha256::digest(&self.sql)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }
}

fn file(version: u32, name: &str) -> String {
    format!("{version:04}_{name}.sql")
}
