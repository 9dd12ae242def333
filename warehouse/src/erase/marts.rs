//! Marts, as the database describes them: for the sorting keys that the user's events fall under, the rows are deleted and made
//! again from the events that stay.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::working::settle_inserts;
use super::{EraseError, Subject};
use crate::Warehouse;

pub(crate) struct Mart {
    pub(crate) table: String,
    /// Its sorting key's expressions.
    key: String,
    /// Columns that are no alias.
    columns: Vec<String>,
    key_columns: Vec<String>,
    views: Vec<View>,
    /// `database.events`.
    events: String,
}

/// A materialized view that fills the mart.
#[derive(Deserialize)]
struct View {
    view: String,
    mart: String,
    /// Of the mart.
    key: String,
    select: String,
    reads_events: bool,
    refreshed: bool,
    database: String,
    /// That it makes. The database's own list is the view's first one, also when its query was changed.
    #[serde(skip)]
    columns: Vec<String>,
}

#[derive(Deserialize)]
struct Column {
    table: String,
    name: String,
    in_key: bool,
}

#[derive(Deserialize)]
struct Made {
    name: String,
}

const VIEWS: &str = "SELECT v.name AS view, v.target_table AS mart, m.sorting_key AS key, v.as_select AS select,
    toBool(v.name IN (SELECT arrayJoin(dependencies_table) FROM system.tables WHERE database = currentDatabase() AND name = 'events'))
        AS reads_events,
    toBool(v.name IN (SELECT view FROM system.view_refreshes WHERE database = currentDatabase())) AS refreshed,
    currentDatabase() AS database
FROM system.tables AS v
LEFT JOIN system.tables AS m ON m.database = v.database AND m.name = v.target_table
WHERE v.database = currentDatabase() AND v.engine = 'MaterializedView'
ORDER BY view";

const COLUMNS: &str = "SELECT table, name, toBool(is_in_sorting_key) AS in_key FROM system.columns
WHERE database = currentDatabase() AND default_kind != 'ALIAS' ORDER BY table, position";

pub(crate) async fn all(warehouse: &Warehouse) -> Result<Vec<Mart>, EraseError> {
    let columns: Vec<Column> = warehouse.all(COLUMNS, &[]).await?;
    let mut marts: BTreeMap<String, Mart> = BTreeMap::new();
    for mut view in warehouse.all::<View>(VIEWS, &[]).await? {
        if !view.reads_events || view.refreshed {
            return Err(EraseError::UnknownSource { view: view.view });
        }
        let made: Vec<Made> = warehouse.all(&format!("DESCRIBE TABLE ({})", view.select), &[]).await?;
        view.columns = made.into_iter().map(|column| column.name).collect();
        let of_mart = || columns.iter().filter(|column| column.table == view.mart);
        let mart = marts.entry(view.mart.clone()).or_insert_with(|| Mart {
            table: view.mart.clone(),
            key: view.key.clone(),
            columns: of_mart().map(|column| column.name.clone()).collect(),
            key_columns: of_mart()
                .filter(|column| column.in_key)
                .map(|column| column.name.clone())
                .collect(),
            views: Vec::new(),
            events: format!("{}.events", view.database),
        });
        mart.views.push(view);
    }
    Ok(marts.into_values().collect())
}

impl Mart {
    fn keys(&self) -> String {
        format!("erasing_{}", self.table)
    }

    /// Notes the keys that the user's events fall under, and those of rows about the user whose events have expired.
    pub(super) async fn collect(&self, warehouse: &Warehouse, subject: &Subject) -> Result<(), EraseError> {
        let (key, keys) = (&self.key, self.keys());
        for (index, View { select, .. }) in self.views.iter().enumerate() {
            let begin = match index {
                0 => format!("CREATE TABLE {keys} ENGINE = MergeTree ORDER BY tuple() AS"),
                _ => format!("INSERT INTO {keys}"),
            };
            let filter = self.filter("IN");
            let sql = format!("{begin} SELECT DISTINCT {key} FROM ({select}) SETTINGS {filter}");
            warehouse.work(&sql, &[]).await?;
        }
        if let Some(rows) = self.about_user() {
            let sql = format!(
                "INSERT INTO {keys} SELECT DISTINCT {key} FROM {} WHERE {rows}",
                self.table
            );
            warehouse.work(&sql, &subject.parameters()).await?;
        }
        Ok(())
    }

    /// Deletes the rows under the noted keys, makes them again from the events that stay, and returns the number of keys.
    pub(super) async fn make_again(&self, warehouse: &Warehouse) -> Result<u64, EraseError> {
        let (table, key, keys) = (&self.table, &self.key, self.keys());
        let delete =
            format!("ALTER TABLE {table} DELETE WHERE ({key}) IN (SELECT * FROM {keys}) SETTINGS mutations_sync = 2");
        warehouse.work(&delete, &[]).await?;
        settle_inserts(warehouse).await?;
        for View { select, columns, .. } in &self.views {
            let (columns, filter) = (columns.join(", "), self.filter("NOT IN"));
            let sql = format!(
                "INSERT INTO {table} ({columns}) SELECT {columns} FROM ({select}) WHERE ({key}) IN (SELECT * FROM {keys})
                 SETTINGS {filter}, max_bytes_before_external_group_by = 500000000"
            );
            warehouse.work(&sql, &[]).await?;
        }
        warehouse.number(&format!("SELECT count() AS n FROM {keys}"), &[]).await
    }

    /// Adds all that the events say; what is there already stays as it is.
    pub(crate) async fn complete(&self, warehouse: &Warehouse) -> Result<(), EraseError> {
        for View { select, columns, .. } in &self.views {
            let columns = columns.join(", ");
            let sql = format!(
                "INSERT INTO {} ({columns}) SELECT {columns} FROM ({select}) SETTINGS max_bytes_before_external_group_by = 500000000",
                self.table
            );
            warehouse.work(&sql, &[]).await?;
        }
        Ok(())
    }

    /// Rows under the noted keys that no event explains, and rows that name the user.
    pub(super) async fn left(&self, warehouse: &Warehouse, subject: &Subject) -> Result<u64, EraseError> {
        let (table, key, keys) = (&self.table, &self.key, self.keys());
        let selects: Vec<_> = self
            .views
            .iter()
            .map(|View { select, .. }| format!("SELECT {key} FROM ({select}) WHERE ({key}) IN (SELECT * FROM {keys})"))
            .collect();
        let named = match self.columns.iter().any(|column| column == "user_id") {
            true => format!("OR {NAMED}"),
            false => String::new(),
        };
        let explained = selects.join(" UNION ALL ");
        let sql = format!(
            "SELECT count() AS n FROM {table}
             WHERE ({key}) IN (SELECT * FROM {keys}) AND ({key}) NOT IN ({explained}) {named}"
        );
        let rows = warehouse.number(&sql, &subject.parameters()).await?;
        let orders = match self.table == "orders_fact" {
            true => {
                warehouse
                    .number(
                        &format!("SELECT count() AS n FROM orders_view WHERE {NAMED}"),
                        &subject.parameters(),
                    )
                    .await?
            }
            false => 0,
        };
        Ok(rows + orders)
    }

    /// The events that a view reads: only the user's, or all others.
    fn filter(&self, which: &str) -> String {
        let database = self.events.trim_end_matches(".events");
        format!(
            "additional_table_filters = {{'{}': '(site, id) {which} (SELECT site, id FROM `{database}`.erasing)'}}",
            self.events
        )
    }

    /// Which rows are about the user, by what marts know: their own column of users, sessions and orders of the user, and the
    /// hashes of those sessions' events.
    fn about_user(&self) -> Option<String> {
        let has = |columns: &[String], name: &str| columns.iter().any(|column| column == name);
        let sessions = "SELECT site, session_id FROM sessions FINAL WHERE";
        let mut which = Vec::new();
        if has(&self.columns, "user_id") {
            which.push("user_id = {user:String}".to_owned());
        }
        if has(&self.key_columns, "session_id") && self.table != "sessions" {
            which.push(format!("(site, session_id) IN ({sessions} {NAMED})"));
        }
        if has(&self.key_columns, "order_id") {
            which.push(format!(
                "(site, order_id) IN (SELECT site, order_id FROM orders_view WHERE {NAMED})"
            ));
        }
        if has(&self.key_columns, "id") {
            which.push(format!(
                "(site, id) IN (SELECT site, arrayJoin(event_ids) FROM sessions FINAL WHERE {NAMED})"
            ));
        }
        let site = "({all:UInt8} = 1 OR site = {site:String})";
        (!which.is_empty()).then(|| format!("{site} AND ({})", which.join(" OR ")))
    }
}

/// A row that bears the user's id.
const NAMED: &str = "(user_id = {user:String} AND ({all:UInt8} = 1 OR site = {site:String}))";
