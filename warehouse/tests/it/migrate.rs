use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Deserialize;
use tokio::task::JoinSet;
use warehouse::Warehouse;
use warehouse::migrate::{self, Graph, Kind, MigrateError, Migration};

use crate::marts::{everything, insert};
use crate::recount::{Content, assert_equal, held, recounted};
use crate::{database, empty_database};

fn migration(version: u32, sql: &str) -> Migration {
    Migration {
        version,
        name: "test".to_owned(),
        sql: sql.to_owned(),
    }
}

fn table(version: u32) -> Migration {
    migration(
        version,
        &format!("CREATE TABLE IF NOT EXISTS t{version} (x UInt8) ENGINE = MergeTree ORDER BY x;"),
    )
}

#[tokio::test]
async fn applies_each_file_once() {
    let database = empty_database().await;
    let warehouse = &database;
    let planned = migrate::plan(warehouse).await.unwrap();
    assert_eq!(planned, migrate::embedded().unwrap());
    assert_eq!(planned[0].file(), "0001_events.sql");
    assert_eq!(migrate::run(warehouse).await.unwrap(), planned);
    assert_eq!(migrate::plan(warehouse).await.unwrap(), []);
    assert_eq!(migrate::run(warehouse).await.unwrap(), []);
    warehouse.ping().await.unwrap();
}

#[tokio::test]
async fn applies_new_files_later() {
    let warehouse = &empty_database().await;
    migrate::apply(warehouse, &[table(1)]).await.unwrap();
    assert_eq!(
        migrate::apply(warehouse, &[table(1), table(2)]).await.unwrap(),
        [table(2)]
    );
}

#[tokio::test]
async fn survives_two_runs_at_once() {
    let warehouse = &empty_database().await;
    let (one, other) = tokio::join!(migrate::run(warehouse), migrate::run(warehouse));
    one.unwrap();
    other.unwrap();
    assert_eq!(migrate::plan(warehouse).await.unwrap(), []);
}

#[tokio::test]
async fn refuses_a_changed_file() {
    let warehouse = &empty_database().await;
    migrate::apply(warehouse, &[table(1)]).await.unwrap();
    let changed = Migration { version: 1, ..table(2) };
    let error = migrate::apply(warehouse, &[changed]).await.unwrap_err();
    assert!(
        matches!(&error, MigrateError::Changed { file } if file == "0001_test.sql"),
        "{error}"
    );
}

#[tokio::test]
async fn refuses_a_newer_database() {
    let warehouse = &empty_database().await;
    migrate::apply(warehouse, &[table(1), table(2)]).await.unwrap();
    let error = migrate::apply(warehouse, &[table(1)]).await.unwrap_err();
    assert!(
        matches!(&error, MigrateError::Newer { file } if file == "0002_test.sql"),
        "{error}"
    );
}

#[tokio::test]
async fn names_the_statement_that_failed() {
    let database = database().await;
    let broken = migration(900, "SELECT 1;\nSELECT nonsense;\n");
    let mut migrations = migrate::embedded().unwrap();
    migrations.push(broken);
    let error = migrate::apply(&database, &migrations).await.unwrap_err();
    let expect = ("0900_test.sql".to_owned(), 2);
    assert!(
        matches!(&error, MigrateError::Statement { file, statement, .. } if (file, statement) == (&expect.0, &expect.1)),
        "{error}"
    );
    assert_eq!(
        migrate::plan(&database).await.unwrap(),
        [],
        "the ledger does not have it"
    );
}

#[tokio::test]
async fn refuses_two_files_with_one_number() {
    let warehouse = &empty_database().await;
    let two = [table(1), migration(1, "SELECT 1")];
    let error = migrate::apply(warehouse, &two).await.unwrap_err();
    assert!(matches!(&error, MigrateError::Twice { .. }), "{error}");
}

#[tokio::test]
async fn applies_a_lower_number_that_comes_later() {
    let warehouse = &empty_database().await;
    migrate::apply(warehouse, &[table(1), table(30)]).await.unwrap();
    let all = [table(1), table(12), table(30)];
    assert_eq!(migrate::apply(warehouse, &all).await.unwrap(), [table(12)]);
    assert_eq!(migrate::apply(warehouse, &all).await.unwrap(), []);
}

/// Stored columns by table, without views.
async fn tables(warehouse: &Warehouse) -> BTreeMap<String, BTreeSet<String>> {
    #[derive(Deserialize)]
    struct Table {
        table: String,
        columns: BTreeSet<String>,
    }
    let sql = "SELECT table, groupArray(name) AS columns FROM system.columns
        WHERE database = currentDatabase() AND default_kind IN ('', 'DEFAULT')
            AND table IN (SELECT name FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree')
        GROUP BY table";
    let rows: Vec<Table> = warehouse.rows(sql, &[]).await.unwrap();
    rows.into_iter().map(|row| (row.table, row.columns)).collect()
}

/// Fills the tables that no view fills from those of `from`, as far as they exist yet.
async fn fill(warehouse: &Warehouse, from: &Warehouse) {
    let made = Graph::of(&migrate::embedded().unwrap());
    let made: BTreeSet<_> = made.nodes().values().filter_map(|node| node.target.clone()).collect();
    let theirs = tables(from).await;
    for (table, columns) in tables(warehouse).await {
        if made.contains(&table) || table == "schema_migrations" {
            continue;
        }
        // A table that a later file made into a view.
        let Some(theirs) = theirs.get(&table) else {
            continue;
        };
        let columns: Vec<_> = columns.intersection(theirs).cloned().collect();
        let (columns, from) = (columns.join(", "), from.database());
        let sql = format!("INSERT INTO {table} ({columns}) SELECT {columns} FROM {from}.{table}");
        warehouse.execute(&sql, &[]).await.unwrap();
    }
}

#[tokio::test]
async fn upgrades_every_earlier_state_with_its_rows() {
    const ROWS: [&str; 4] = [
        "INSERT INTO quarantine (id, at, site, reason, bytes) SELECT generateUUIDv4(), now64(3), 'shop', 'database', 'x'",
        "INSERT INTO ledger SELECT now(), 'shop', 'gateway', generateUUIDv4(), 'accepted', 7, now64(3)",
        "INSERT INTO ledger_marks SELECT generateUUIDv4(), 'settled', now64(3), now64(3)",
        "INSERT INTO entities (stream, site, key, version, received_at, payload)
         SELECT 'users', 'shop', '1001', now64(3), now64(3), '{\"fio\":\"Ada\"}'",
    ];
    let whole = &database().await;
    insert(whole, &everything(), "batch").await;
    for row in ROWS {
        whole.execute(row, &[]).await.unwrap();
    }
    let expected = held(whole).await;
    assert!(
        expected.values().filter(|rows| !rows.is_empty()).count() >= 4,
        "{expected:?}"
    );
    assert_equal(&recounted(whole).await, &expected);
    // Several at once: most of their time the engine waits for its disk.
    let (expected, mut upgrades) = (Arc::new(expected), JoinSet::new());
    for state in 1..migrate::embedded().unwrap().len() {
        let warehouse = empty_database().await;
        if upgrades.len() == 4 {
            upgrades.join_next().await.unwrap().unwrap();
        }
        upgrades.spawn(upgrades_from(state, warehouse, whole.clone(), Arc::clone(&expected)));
    }
    upgrades.join_all().await;
}

async fn upgrades_from(state: usize, warehouse: Warehouse, whole: Warehouse, expected: Arc<Content>) {
    let migrations = migrate::embedded().unwrap();
    migrate::apply(&warehouse, &migrations[..state]).await.unwrap();
    fill(&warehouse, &whole).await;
    let before = tables(&warehouse).await;
    let from = format!("from {}", migrations[state - 1].file());
    let applied = migrate::run(&warehouse).await.unwrap();
    assert_eq!(applied, migrations[state..], "{from}");
    assert_equal(&held(&warehouse).await, &expected);
    let after = tables(&warehouse).await;
    for table in before.keys().filter(|table| after.contains_key(*table)) {
        let left = format!("SELECT count() AS n FROM {table}");
        let (rows, theirs) = (count(&warehouse, &left).await, count(&whole, &left).await);
        assert!(rows > 0 || theirs == 0, "{table}, {from}");
    }
    assert_eq!(after, tables(&whole).await, "the same schema, {from}");
}

async fn count(warehouse: &Warehouse, sql: &str) -> u64 {
    #[derive(Deserialize)]
    struct Count {
        n: u64,
    }
    let rows: Vec<Count> = warehouse.rows(sql, &[]).await.unwrap();
    rows[0].n
}

#[tokio::test]
async fn graph_is_what_the_engine_has() {
    #[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
    struct Object {
        name: String,
        engine: String,
        target_table: String,
        dependencies_table: BTreeSet<String>,
    }
    let warehouse = &database().await;
    let sql = "SELECT name, engine, target_table, dependencies_table FROM system.tables
        WHERE database = currentDatabase() AND name != 'schema_migrations' ORDER BY name";
    let found: Vec<Object> = warehouse.rows(sql, &[]).await.unwrap();
    let graph = Graph::of(&migrate::embedded().unwrap());
    let names: Vec<_> = found.iter().map(|object| object.name.as_str()).collect();
    assert_eq!(graph.nodes().keys().map(String::as_str).collect::<Vec<_>>(), names);
    for object in &found {
        let node = &graph.nodes()[&object.name];
        let kind = match object.engine.as_str() {
            "MaterializedView" => Kind::MaterializedView,
            "View" => Kind::View,
            _ => Kind::Table,
        };
        assert_eq!(
            (node.kind, node.target.as_deref().unwrap_or_default()),
            (kind, &*object.target_table),
            "{}",
            object.name
        );
        // The engine says which materialized views a table feeds.
        for view in &object.dependencies_table {
            assert!(
                graph.nodes()[view].sources.contains(&object.name),
                "{view} reads {}",
                object.name
            );
        }
        assert!(
            kind == Kind::Table || !node.sources.is_empty(),
            "{} reads nothing",
            object.name
        );
    }
}

#[test]
fn docs_show_the_graph() {
    const DOCS: &str = include_str!("../../../docs/operations.md");
    let graph = Graph::of(&migrate::embedded().unwrap()).to_string();
    assert!(DOCS.contains(&graph), "put this into docs/operations.md:\n{graph}");
}
