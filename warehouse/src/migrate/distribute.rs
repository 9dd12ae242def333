//! The names that readers and writers use on a cluster: over each table and view of the shards a `Distributed` table.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::MigrateError;
use crate::Warehouse;

/// Where the rows of tables without a site go. They are few; what one row replaces must lie beside it.
const WITHOUT_SITE: [(&str, &str); 3] = [
    ("audit", "id"),
    ("ledger_marks", "mark"),
    ("schema_migrations", "version"),
];

/// Shards of one cluster, and the database that holds their tables.
#[derive(Debug, Clone, Copy)]
pub struct Shards<'a> {
    /// Of `remote_servers`.
    pub cluster: &'a str,
    /// On each replica; empty: what the cluster's definition says for each shard.
    pub database: &'a str,
    /// Whose tables and views are to be shown.
    pub model: &'a str,
}

#[derive(Deserialize)]
struct Table {
    name: String,
    engine: String,
    /// Name, type, kind and expression of the default.
    columns: Vec<(String, String, String, String)>,
}

const TABLES: &str = "SELECT t.name AS name, t.engine AS engine, c.columns AS columns
FROM system.tables AS t
INNER JOIN
(
    SELECT table, groupArray((name, type, default_kind, default_expression)) AS columns
    FROM (SELECT * FROM system.columns WHERE database = {database:String} ORDER BY table, position)
    GROUP BY table
) AS c ON c.table = t.name
WHERE t.database = {database:String} AND t.engine != 'MaterializedView' AND NOT startsWith(t.name, '.')
ORDER BY name";

/// Brings the names in the warehouse's database to what the shards have: makes what is missing, makes anew what has changed, drops what is
/// gone. They hold no rows.
///
/// # Errors
/// [`MigrateError::Plain`] where a table with rows of its own stands in the way.
pub async fn distribute(warehouse: &Warehouse, shards: Shards<'_>) -> Result<(), MigrateError> {
    let wanted = tables(warehouse, shards.model).await?;
    let there = tables(warehouse, warehouse.database()).await?;
    if let Some(plain) = there.values().find(|table| table.engine != "Distributed") {
        return Err(MigrateError::Plain {
            database: warehouse.database().to_owned(),
            table: plain.name.clone(),
        });
    }
    for (name, table) in &wanted {
        if there.get(name).is_none_or(|there| there.columns != table.columns) {
            let statement = statement(warehouse.database(), table, shards)?;
            warehouse.change(&statement).await?;
        }
    }
    for name in there.keys().filter(|name| !wanted.contains_key(*name)) {
        warehouse.change(&format!("DROP TABLE IF EXISTS `{name}`")).await?;
    }
    Ok(())
}

fn statement(database: &str, table: &Table, shards: Shards<'_>) -> Result<String, MigrateError> {
    let Table { name, .. } = table;
    let Shards {
        cluster,
        database: remote,
        model,
    } = shards;
    let has = |column: &str| table.columns.iter().any(|(name, ..)| name == column);
    let by = match has("site") {
        true => "site",
        false => WITHOUT_SITE
            .iter()
            .find_map(|(of, by)| (of == name).then_some(*by))
            .ok_or_else(|| MigrateError::NoShard { table: name.clone() })?,
    };
    Ok(format!(
        "CREATE OR REPLACE TABLE `{database}`.`{name}` AS `{model}`.`{name}`
         ENGINE = Distributed('{cluster}', '{remote}', '{name}', cityHash64({by}))"
    ))
}

async fn tables(warehouse: &Warehouse, database: &str) -> Result<BTreeMap<String, Table>, MigrateError> {
    let tables: Vec<Table> = warehouse.rows(TABLES, &[("database", database)]).await?;
    Ok(tables.into_iter().map(|table| (table.name.clone(), table)).collect())
}
