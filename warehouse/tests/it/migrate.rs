use warehouse::migrate::{self, MigrateError, Migration};

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
