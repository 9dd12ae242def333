//! Backup and restore of the whole database by the server itself, beside its data or on a disk of its own
//! (`BACKUP`, <https://clickhouse.com/docs/operations/backup>); its files carry checksums, which the restore compares.
//!
//! Loaders may go on: marts are copied first, then everything else, and after a restore the marts are completed from the events
//! that came in between.

use std::time::Duration;

use serde::Deserialize;

use crate::erase::{EraseError, Mart, marts};
use crate::migrate::{self, MigrateError, Migration};
use crate::{Warehouse, WarehouseError};

/// Where backups are.
#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
pub struct Settings {
    /// Disk of the server that takes backups; without it a folder of its data, `backups` (backups.allowed_path).
    #[arg(long, env = "CLICKPATH_BACKUP_DISK")]
    pub backup_disk: Option<String>,
}

/// How far the server is with one of the two parts.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct BackupProgress {
    /// As in `system.backups`, such as `CREATING_BACKUP`.
    pub status: String,
    pub files: u64,
    pub bytes: u64,
    /// Of a restore: bytes that were read so far.
    pub bytes_read: u64,
    error: String,
}

/// A database that was restored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// Rows by table.
    pub rows: Vec<(String, u64)>,
    /// What this program would still apply: the backup is of an earlier one.
    pub pending: Vec<Migration>,
}

#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error("{0:?} is no name of a backup or disk: letters, digits, - and _ are")]
    Name(String),
    #[error(
        "database {database} has tables: a backup is restored into an empty one; drop it, or set CLICKHOUSE_DATABASE"
    )]
    NotEmpty { database: String },
    #[error("the server's {what} failed: {message}")]
    Failed { what: &'static str, message: String },
    #[error("the server does not know how its {0} went; it was restarted?")]
    Lost(&'static str),
    #[error("what was restored cannot be read by this program")]
    Schema(#[from] MigrateError),
    #[error(transparent)]
    Marts(#[from] EraseError),
    #[error(transparent)]
    Database(#[from] WarehouseError),
}

/// The database's name in every backup.
const INSIDE: &str = "clickpath";
const MARTS: &str = "marts";
const REST: &str = "rest";
const LOOK_AGAIN_AFTER: Duration = Duration::from_millis(100);

impl Settings {
    fn place(&self, name: &str, part: &str) -> Result<String, BackupError> {
        let allowed = |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_';
        for name in [Some(name), self.backup_disk.as_deref()].into_iter().flatten() {
            if name.is_empty() || !name.chars().all(allowed) {
                return Err(BackupError::Name(name.to_owned()));
            }
        }
        Ok(match &self.backup_disk {
            Some(disk) => format!("Disk('{disk}', '{name}/{part}')"),
            None => format!("File('{name}/{part}')"),
        })
    }
}

impl Warehouse {
    /// Copies the whole database to the backup `name`, of which there is none yet.
    pub async fn backup(
        &self,
        settings: &Settings,
        name: &str,
        mut watch: impl FnMut(&BackupProgress),
    ) -> Result<(), BackupError> {
        self.refuse_cluster().await?;
        let database = self.database();
        let marts = marts(self).await?;
        let tables =
            |prefix: &str| -> Vec<String> { marts.iter().map(|mart| format!("{prefix}{}", mart.table)).collect() };
        let first: Vec<_> = marts
            .iter()
            .map(|Mart { table, .. }| format!("TABLE `{database}`.{table} AS {INSIDE}.{table}"))
            .collect();
        let (place, rest) = (settings.place(name, MARTS)?, settings.place(name, REST)?);
        let sql = format!("BACKUP {} TO {place} ASYNC", first.join(", "));
        self.watch("backup", &sql, &mut watch).await?;
        let except = tables(&format!("`{database}`.")).join(", ");
        let sql = format!("BACKUP DATABASE `{database}` AS {INSIDE} EXCEPT TABLES {except} TO {rest} ASYNC");
        self.watch("backup", &sql, &mut watch).await
    }

    /// Fills the database, which has no tables yet, from the backup `name`. When it fails the database is as empty as before.
    pub async fn restore(
        &self,
        settings: &Settings,
        name: &str,
        mut watch: impl FnMut(&BackupProgress),
    ) -> Result<Restored, BackupError> {
        let places = (settings.place(name, MARTS)?, settings.place(name, REST)?);
        self.refuse_cluster().await?;
        self.create_database().await?;
        let database = self.database().to_owned();
        if !self.tables().await?.is_empty() {
            return Err(BackupError::NotEmpty { database });
        }
        let restored = self.fill(&places, &mut watch).await;
        if restored.is_err() {
            self.work(&format!("DROP DATABASE IF EXISTS `{database}` SYNC"), &[])
                .await?;
        }
        restored
    }

    async fn fill(
        &self,
        (marts_at, rest_at): &(String, String),
        watch: &mut impl FnMut(&BackupProgress),
    ) -> Result<Restored, BackupError> {
        let database = self.database();
        for place in [marts_at, rest_at] {
            let sql = format!("RESTORE DATABASE {INSIDE} AS `{database}` FROM {place} ASYNC");
            self.watch("restore", &sql, watch).await?;
        }
        let pending = migrate::plan(self).await?;
        for mart in marts(self).await? {
            mart.complete(self).await?;
        }
        let tables = self.tables().await?;
        Ok(Restored {
            rows: tables
                .into_iter()
                .filter_map(|(name, rows)| Some((name, rows?)))
                .collect(),
            pending,
        })
    }

    /// Starts a statement that ends in ASYNC and waits for its end, however long that takes.
    async fn watch(
        &self,
        what: &'static str,
        sql: &str,
        watch: &mut impl FnMut(&BackupProgress),
    ) -> Result<(), BackupError> {
        #[derive(Deserialize)]
        struct Started {
            id: String,
        }
        const STATE: &str =
            "SELECT toString(status) AS status, num_files AS files, total_size AS bytes, bytes_read, error
            FROM system.backups WHERE id = {id:String}";
        let Started { id } = self.ask(sql, &[]).await?;
        loop {
            let state: Vec<BackupProgress> = self.all(STATE, &[("id", &id)]).await?;
            let state = state.into_iter().next().ok_or(BackupError::Lost(what))?;
            watch(&state);
            match state.status.as_str() {
                "CREATING_BACKUP" | "RESTORING" => tokio::time::sleep(LOOK_AGAIN_AFTER).await,
                "BACKUP_CREATED" | "RESTORED" => return Ok(()),
                _ => {
                    return Err(BackupError::Failed {
                        what,
                        message: without_stack_trace(&state.error).to_owned(),
                    });
                }
            }
        }
    }

    /// Tables and views by name; views have no rows of their own.
    async fn tables(&self) -> Result<Vec<(String, Option<u64>)>, BackupError> {
        #[derive(Deserialize)]
        struct Table {
            name: String,
            rows: Option<u64>,
        }
        let sql = "SELECT name, total_rows AS rows FROM system.tables WHERE database = currentDatabase() ORDER BY name";
        let tables: Vec<Table> = self.all(sql, &[]).await?;
        Ok(tables.into_iter().map(|table| (table.name, table.rows)).collect())
    }
}

/// What the server says for people; the addresses below it are of use within the server only.
fn without_stack_trace(message: &str) -> &str {
    message.split(", Stack trace (").next().unwrap_or(message)
}
