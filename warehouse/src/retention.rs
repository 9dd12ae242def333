//! How long rows are kept: one file, table by table, made into each table's TTL; and how tables are cut, which is compared only.

mod file;

use serde::Deserialize;

use crate::{Warehouse, WarehouseError};

pub use file::{FileError, Retention, Rule, Settings};

/// Its rows are never changed and do not expire (`sql/migrations/0020_audit.sql`).
const APPEND_ONLY: [&str; 2] = ["audit", "schema_migrations"];

/// One table whose rows are kept another time than the file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub table: String,
    /// As the database has it; `None` keeps everything.
    pub from: Option<String>,
    /// As the file says; `None` keeps everything.
    pub to: Option<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum RetentionError {
    #[error("retention: there is no table {0:?}")]
    NoTable(String),
    #[error("retention: the rows of {0:?} are kept for good: nothing may expire there")]
    AppendOnly(String),
    #[error(
        "partitions of {table} are {found:?}, and the file says {wanted:?}: a table that is there cannot be cut anew, a migration makes a new one"
    )]
    Partition {
        table: String,
        /// As the engine writes it; empty when the table is not cut.
        found: String,
        wanted: String,
    },
    #[error("retention of {table}: {column} is {found}, and a date or time is needed")]
    NoDate {
        table: String,
        column: String,
        /// Its type, or that it is missing.
        found: String,
    },
    #[error("retention of {table}")]
    Statement { table: String, source: WarehouseError },
    #[error("retention cannot be compared with the tables")]
    Database(#[from] WarehouseError),
}

#[derive(Deserialize)]
struct Table {
    name: String,
    engine_full: String,
    partition_key: String,
    /// Names and types.
    columns: Vec<(String, String)>,
}

const TABLES: &str = "SELECT t.name AS name, t.engine_full AS engine_full, t.partition_key AS partition_key,
    groupArray((c.name, c.type)) AS columns
FROM system.tables AS t
INNER JOIN system.columns AS c ON c.database = t.database AND c.table = t.name
WHERE t.database = currentDatabase() AND t.engine LIKE '%MergeTree'
GROUP BY name, engine_full, partition_key";

/// What [`apply`] would change; empty when the tables are as the file says.
pub async fn plan(warehouse: &Warehouse, retention: &Retention) -> Result<Vec<Change>, RetentionError> {
    let tables: Vec<Table> = warehouse.rows(TABLES, &[]).await?;
    let mut changes = Vec::new();
    for (name, rule) in retention.rules() {
        if APPEND_ONLY.contains(&name) {
            return Err(RetentionError::AppendOnly(name.to_owned()));
        }
        let table = tables.iter().find(|table| table.name == name);
        let table = table.ok_or_else(|| RetentionError::NoTable(name.to_owned()))?;
        if let Some(wanted) = retention
            .partition(name)
            .filter(|wanted| *wanted != table.partition_key)
        {
            return Err(RetentionError::Partition {
                table: name.to_owned(),
                found: table.partition_key.clone(),
                wanted: wanted.to_owned(),
            });
        }
        let change = Change {
            table: name.to_owned(),
            from: table.ttl(),
            to: table.wanted(rule)?,
        };
        changes.extend((change.from != change.to).then_some(change));
    }
    Ok(changes)
}

/// Makes the tables keep their rows as the file says and returns what was changed; a second call changes nothing. The rows that
/// are too old by now are taken out in the background.
pub async fn apply(warehouse: &Warehouse, retention: &Retention) -> Result<Vec<Change>, RetentionError> {
    let changes = plan(warehouse, retention).await?;
    for change in &changes {
        let statement = match &change.to {
            Some(ttl) => format!("ALTER TABLE {} MODIFY TTL {ttl}", change.table),
            None => format!("ALTER TABLE {} REMOVE TTL", change.table),
        };
        let failed = |source| RetentionError::Statement {
            table: change.table.clone(),
            source,
        };
        warehouse.change(&statement).await.map_err(failed)?;
        tracing::info!(
            table = change.table,
            from = change.from,
            to = change.to,
            "retention changed"
        );
    }
    Ok(changes)
}

impl Table {
    /// As the engine writes it.
    fn ttl(&self) -> Option<String> {
        let (_, ttl) = self.engine_full.split_once(" TTL ")?;
        Some(ttl.split(" SETTINGS ").next().unwrap_or(ttl).to_owned())
    }

    /// The rule as the engine would write it.
    fn wanted(&self, rule: &Rule) -> Result<Option<String>, RetentionError> {
        let Rule::Days { by, days } = rule else {
            return Ok(None);
        };
        let column = self.columns.iter().find(|(name, _)| name == by);
        let found = column.map_or("missing", |(_, kind)| kind.as_str());
        // A mart's begin or end.
        let merged = ["SimpleAggregateFunction(min, ", "SimpleAggregateFunction(max, "];
        let kind = merged
            .iter()
            .find_map(|prefix| found.strip_prefix(prefix))
            .unwrap_or(found);
        let day = match kind {
            "Date" => by.clone(),
            // Whole days, so that what is made of a day has all of it or nothing.
            _ if kind.starts_with("DateTime") => format!("toDate({by})"),
            _ => {
                return Err(RetentionError::NoDate {
                    table: self.name.clone(),
                    column: by.clone(),
                    found: found.to_owned(),
                });
            }
        };
        Ok(Some(format!("{day} + toIntervalDay({days})")))
    }
}
