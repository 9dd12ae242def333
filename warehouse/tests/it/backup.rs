//! A backup is worth what its restore gives.

use serde_json::Value;
use uuid::Uuid;
use warehouse::backup::{BackupError, Settings};
use warehouse::{EventRow, Warehouse};

use crate::marts::{everything, insert};
use crate::recount::{assert_equal, held, recounted};
use crate::sample::bare;
use crate::{database, empty_database};

const HERE: Settings = Settings { backup_disk: None };

/// The engine is shared: a name no other test has.
fn name() -> String {
    format!("test-{}", Uuid::new_v4())
}

/// Tables that no event fills again.
const BY_ITSELF: [&str; 8] = [
    "events",
    "quarantine",
    "entities",
    "ledger",
    "ledger_marks",
    "audit",
    "saved_reports",
    "schema_migrations",
];

/// How many rows a table has, and what is in them.
async fn content(warehouse: &Warehouse, table: &str) -> Vec<Value> {
    let sql = format!("SELECT toUInt32(count()) AS rows, toString(groupBitXor(cityHash64(*))) AS hash FROM {table}");
    warehouse.rows(&sql, &[]).await.unwrap()
}

/// Of all tables and views.
async fn names(warehouse: &Warehouse) -> Vec<Value> {
    let sql = "SELECT name, engine FROM system.tables WHERE database = currentDatabase() ORDER BY name";
    warehouse.rows(sql, &[]).await.unwrap()
}

async fn metric(warehouse: &Warehouse) -> Vec<u8> {
    let period = [
        ("site", "shop"),
        ("from", "2026-11-22 00:00:00.000"),
        ("to", "2026-11-23 00:00:00.000"),
        ("bots", "0"),
        ("limit", "100"),
    ];
    let answer = warehouse.metric("element_ctr", &period).await.unwrap();
    let answer: Value = serde_json::from_slice(&answer).unwrap();
    assert!(!answer["data"].as_array().unwrap().is_empty());
    answer["data"].to_string().into_bytes()
}

#[tokio::test]
async fn restores_every_table_and_number() {
    let warehouse = &database().await;
    insert(warehouse, &everything(), "batch").await;
    let quarantined = crate::quarantine::row(1);
    warehouse.insert_quarantine(&[quarantined], "token").await.unwrap();
    // A row of whatever each other table has.
    for table in BY_ITSELF {
        let some = format!("INSERT INTO {table} SELECT * FROM generateRandom((SELECT toString(1)))");
        let some = match table {
            "events" | "quarantine" | "schema_migrations" => continue,
            _ => {
                let structure = format!(
                    "SELECT arrayStringConcat(groupArray(concat(name, ' ', type)), ', ') AS text FROM system.columns
                     WHERE database = currentDatabase() AND table = '{table}' AND default_kind != 'ALIAS'"
                );
                let row: Vec<Value> = warehouse.rows(&structure, &[]).await.unwrap();
                let structure = row[0]["text"].as_str().unwrap().replace('\'', "\\'");
                some.replace("(SELECT toString(1))", &format!("'{structure}', 1, 8")) + " LIMIT 3"
            }
        };
        warehouse.execute(&some, &[]).await.unwrap();
        assert_ne!(content(warehouse, table).await[0]["rows"], 0, "{table}");
    }
    let (name, mut seen) = (name(), Vec::new());
    warehouse
        .backup(&HERE, &name, |progress| seen.push(progress.status.clone()))
        .await
        .unwrap();
    assert_eq!(seen.last().map(String::as_str), Some("BACKUP_CREATED"));
    let target = &empty_database().await;
    let restored = target.restore(&HERE, &name, |_| {}).await.unwrap();
    assert_eq!(restored.pending, []);
    let named = |name: &str| restored.rows.iter().any(|(table, _)| table == name);
    assert!(
        named("events") && !named("stores_raw") && !named("mv_heatmap"),
        "{restored:?}"
    );
    assert_equal(&held(target).await, &held(warehouse).await);
    assert_equal(&held(target).await, &recounted(target).await);
    assert_eq!(metric(target).await, metric(warehouse).await);
    for table in BY_ITSELF {
        assert_eq!(content(target, table).await, content(warehouse, table).await, "{table}");
    }
    assert_eq!(names(target).await, names(warehouse).await);
    // It lives on: a view feeds its mart.
    insert(target, &[bare(9_999)], "later").await;
    assert_equal(&held(target).await, &recounted(target).await);
}

#[tokio::test]
async fn loaders_may_go_on_during_a_backup() {
    let warehouse = &database().await;
    insert(warehouse, &everything(), "batch").await;
    let name = name();
    let batches = async {
        for batch in 0..30u128 {
            let events: Vec<_> = (0..20).map(|id| bare(10_000 + batch * 20 + id)).collect();
            let rows: Vec<_> = events.iter().map(|event| EventRow::new(event, Uuid::nil())).collect();
            warehouse.insert_events(&rows, &batch.to_string()).await.unwrap();
        }
    };
    let (backup, ()) = tokio::join!(warehouse.backup(&HERE, &name, |_| {}), batches);
    backup.unwrap();
    let target = &empty_database().await;
    target.restore(&HERE, &name, |_| {}).await.unwrap();
    assert_equal(&held(target).await, &recounted(target).await);
}

#[tokio::test]
async fn refuses_a_database_that_has_tables() {
    let warehouse = &database().await;
    let name = name();
    warehouse.backup(&HERE, &name, |_| {}).await.unwrap();
    let error = warehouse.restore(&HERE, &name, |_| {}).await.unwrap_err();
    assert!(matches!(&error, BackupError::NotEmpty { .. }), "{error}");
    let error = warehouse.backup(&HERE, &name, |_| {}).await.unwrap_err();
    assert!(
        matches!(&error, BackupError::Failed { message, .. } if message.contains("already exists") && !message.contains("Stack trace")),
        "{error}"
    );
}

#[tokio::test]
async fn failed_restore_leaves_nothing() {
    let target = &empty_database().await;
    let error = target.restore(&HERE, &name(), |_| {}).await.unwrap_err();
    assert!(
        matches!(&error, BackupError::Failed { message, .. } if message.contains("not found")),
        "{error}"
    );
    // Only the marts are there: the backup was cut off.
    let (source, name) = (&database().await, name());
    let half = format!(
        "BACKUP TABLE {0}.sessions AS clickpath.sessions TO File('{name}/marts')",
        source.database()
    );
    source.execute(&half, &[]).await.unwrap();
    target.restore(&HERE, &name, |_| {}).await.unwrap_err();
    let found = target.rows::<Value>("SELECT 1 AS n", &[]).await.unwrap_err();
    assert_eq!(found.code(), Some(81), "{found}");
    for wrong in ["", "../up", "a/b", "it's"] {
        let error = target.restore(&HERE, wrong, |_| {}).await.unwrap_err();
        assert!(matches!(&error, BackupError::Name(_)), "{error}");
    }
}
