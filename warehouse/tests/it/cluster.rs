//! What `clickpath migrate --cluster` says to servers that are not here: every statement parses, and goes as far as this engine, which has no
//! Keeper, can take it.

use std::collections::BTreeSet;

use warehouse::migrate::{Cluster, Migration, embedded, replicated, statements};
use warehouse::{Warehouse, WarehouseError};

use crate::{database, empty_database};

const NO_ZOOKEEPER: i32 = 225;

fn all(migrations: &[Migration]) -> Vec<String> {
    let files = migrations.iter().flat_map(|migration| statements(&migration.sql));
    files.map(replicated).collect()
}

async fn explain(warehouse: &Warehouse, statement: &str) -> Result<(), WarehouseError> {
    warehouse.execute(&format!("EXPLAIN AST {statement}"), &[]).await
}

#[tokio::test]
async fn every_statement_parses() {
    let warehouse = &database().await;
    let cluster: Cluster = "clickpath".parse().unwrap();
    let databases = ["clickpath", "clickpath_local"].map(|database| cluster.create_database(database));
    for statement in all(&embedded().unwrap()).iter().chain(&databases) {
        explain(warehouse, statement)
            .await
            .unwrap_or_else(|error| panic!("{statement}: {error}"));
    }
    explain(warehouse, "CREATE DATABASE x ON CLUSTER c ENGINE Replicated('/a'")
        .await
        .unwrap_err();
}

#[tokio::test]
async fn every_table_lacks_nothing_but_a_keeper() {
    let warehouse = &empty_database().await;
    warehouse::migrate::apply(warehouse, &[]).await.unwrap();
    let mut made = BTreeSet::new();
    for statement in all(&embedded().unwrap()) {
        let Some((_, engine)) = statement.split_once("\nENGINE = ") else {
            continue;
        };
        assert!(engine.starts_with("Replicated"), "{statement}");
        assert!(!statement.contains("non_replicated"), "{statement}");
        assert!(statement.contains(" replicated_deduplication_window = "), "{statement}");
        let path = engine.split_once("MergeTree").unwrap();
        // Elsewhere than in a database of the engine Replicated path and name are given.
        let (version, rest) = match path.1.strip_prefix('(') {
            Some(rest) => (", ", rest),
            None => (")", path.1),
        };
        let named = format!("MergeTree('/clickhouse/{}', 'a'{version}{rest}", made.len());
        let statement = statement.replacen(&format!("MergeTree{}", path.1), &named, 1);
        let error = warehouse.execute(&statement, &[]).await.unwrap_err();
        assert_eq!(error.code(), Some(NO_ZOOKEEPER), "{statement}: {error}");
        made.insert(statement);
    }
    assert!(made.len() > 15, "{}", made.len());
}

/// What the file sets, the engine has; and who reads for dashboards may not do more than on one server.
#[tokio::test]
async fn the_nodes_profile_is_known_to_the_engine() {
    let users = include_str!("../../../deploy/cluster/clickhouse/users.xml");
    let profiles = users
        .split_once("<profiles>")
        .unwrap()
        .1
        .split_once("</profiles>")
        .unwrap()
        .0;
    let warehouse = database().await;
    let mut known = 0;
    for line in profiles.lines().map(str::trim) {
        let Some((name, _)) = line.strip_prefix('<').and_then(|line| line.split_once('>')) else {
            continue;
        };
        if [
            "default",
            "/default",
            "viewer",
            "/viewer",
            "profile",
            "constraints",
            "/constraints",
        ]
        .contains(&name)
            || name.starts_with('!')
        {
            continue;
        }
        let found: Vec<serde_json::Value> = warehouse
            .rows(
                "SELECT name FROM system.settings WHERE name = {name:String} AND NOT is_obsolete",
                &[("name", name)],
            )
            .await
            .unwrap();
        assert_eq!(found.len(), 1, "{name}");
        known += 1;
    }
    assert!(known > 20, "{known}");
    for forbidden in ["quarantine", "audit"] {
        for database in ["clickpath", "clickpath_local"] {
            assert!(
                users.contains(&format!("REVOKE SELECT ON {database}.{forbidden}<")),
                "{database}.{forbidden}"
            );
        }
    }
    let [clickpath, migrations] = ["clickpath", "migrations"].map(|user| {
        users
            .split_once(&format!("        <{user}>\n"))
            .unwrap()
            .1
            .split_once(&format!("</{user}>"))
            .unwrap()
            .0
    });
    assert!(migrations.contains("GRANT CLUSTER, REMOTE ON *.*"));
    assert!(!clickpath.contains("REMOTE") && !clickpath.contains("ALTER") && !clickpath.contains("CREATE"));
}

#[test]
fn a_clusters_name_is_a_name() {
    assert!("clickpath".parse::<Cluster>().is_ok());
    for name in ["", "a'b", "a b"] {
        name.parse::<Cluster>().unwrap_err();
    }
}
