//! The schema on a cluster. On each replica there are two databases of the engine `Replicated`, so that a statement on one of them is
//! carried out on all, and a replica that is new takes everything from the others:
//!
//! - `<name>_local` holds the tables, replicated within their shard, with the materialized views and views over them
//! - `<name>` holds a `Distributed` table over each of them, under its name. Rows go to shards by their site, so that everything that must
//!   meet, copies, sessions, users, orders, is on one shard, and what a view says of a site is whole

use super::distribute::{Shards, distribute};
use super::replicate::{is_fill, replicated};
use super::{LEDGER, MigrateError, Migration, embedded, pending, record, statements};
use crate::Warehouse;

/// A cluster by its name in the servers' `remote_servers`. Their macros are `shard` and `replica`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cluster(String);

impl std::str::FromStr for Cluster {
    type Err = &'static str;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let allowed = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '-';
        match !name.is_empty() && name.chars().all(allowed) {
            true => Ok(Self(name.to_owned())),
            false => Err("a cluster's name has letters, digits, - and _"),
        }
    }
}

impl Cluster {
    /// The database that holds the tables of each shard, under the name of the one that readers use.
    pub fn tables(warehouse: &Warehouse) -> Warehouse {
        warehouse.in_database(&format!("{}_local", warehouse.database()))
    }

    /// What makes a database on every replica.
    pub fn create_database(&self, database: &str) -> String {
        format!(
            "CREATE DATABASE IF NOT EXISTS `{database}` ON CLUSTER '{}'
             ENGINE = Replicated('/clickhouse/databases/{database}', '{{shard}}', '{{replica}}')",
            self.0
        )
    }
}

/// Brings all replicas to the program's schema and returns what was applied now.
pub async fn run(warehouse: &Warehouse, cluster: &Cluster) -> Result<Vec<Migration>, MigrateError> {
    let local = Cluster::tables(warehouse);
    let anywhere = warehouse.in_database("");
    for database in [local.database(), warehouse.database()] {
        anywhere.change(&cluster.create_database(database)).await?;
    }
    let shards = Shards {
        cluster: &cluster.0,
        database: local.database(),
        model: local.database(),
    };
    apply(warehouse, &local, shards, &embedded()?).await
}

/// Statements about tables go to the shards' database; what fills a mart goes over all shards, by the names that readers use.
async fn apply(
    warehouse: &Warehouse,
    local: &Warehouse,
    shards: Shards<'_>,
    migrations: &[Migration],
) -> Result<Vec<Migration>, MigrateError> {
    local.change(&replicated(LEDGER)).await?;
    distribute(warehouse, shards).await?;
    let pending = pending(warehouse, migrations).await?;
    for migration in &pending {
        for (index, statement) in statements(&migration.sql).into_iter().enumerate() {
            let failed = |source| MigrateError::Statement {
                file: migration.file(),
                statement: index + 1,
                source,
            };
            match is_fill(statement) {
                true => {
                    distribute(warehouse, shards).await?;
                    warehouse.change(statement).await.map_err(failed)?;
                }
                false => local.change(&replicated(statement)).await.map_err(failed)?,
            }
        }
        distribute(warehouse, shards).await?;
        record(warehouse, migration).await?;
        tracing::info!(migration = migration.file(), "migration applied to the cluster");
    }
    Ok(pending)
}
