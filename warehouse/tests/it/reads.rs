//! What a question may do: read tables, within bounds.

use serde_json::Value;
use uuid::Uuid;
use warehouse::metric::metrics;
use warehouse::{
    AuditCursor, AuditRow, EventRow, LowCardinality, Milliseconds, ReportFormat, UserFilter, Warehouse, WarehouseError,
};

use crate::database;
use crate::sample::full;

const UNKNOWN_TABLE: i32 = 60;
const READONLY: i32 = 164;
const ACCESS_DENIED: i32 = 497;

async fn refusal(warehouse: &Warehouse, sql: &str) -> WarehouseError {
    warehouse.rows::<Value>(sql, &[]).await.expect_err(sql)
}

#[tokio::test]
async fn questions_change_nothing() {
    let warehouse = &database().await;
    for sql in [
        "INSERT INTO audit SELECT generateUUIDv4(), now64(3, 'UTC'), 'me', 'x', '{}', 'done'",
        "ALTER TABLE audit DELETE WHERE 1",
        "ALTER TABLE audit UPDATE outcome = 'done' WHERE 1",
        "DELETE FROM audit WHERE 1",
        "UPDATE audit SET outcome = 'done' WHERE 1",
        "ALTER TABLE audit DROP PARTITION tuple()",
        "RENAME TABLE audit TO gone",
        "OPTIMIZE TABLE audit FINAL",
        "DETACH TABLE audit",
        "CREATE FUNCTION f AS x -> x",
        "DROP TABLE events",
        "CREATE TABLE t (n UInt8) ENGINE = Memory",
        "TRUNCATE TABLE events",
        "SET readonly = 0",
    ] {
        let error = refusal(warehouse, sql).await;
        assert_eq!(error.code(), Some(READONLY), "{sql}: {error}");
    }
}

#[tokio::test]
async fn questions_read_no_files() {
    let warehouse = &database().await;
    for sql in [
        "SELECT * FROM file('/etc/passwd', 'LineAsString')",
        "INSERT INTO FUNCTION file('/tmp/x', 'CSV', 'n UInt8') SELECT 1",
        "SELECT * FROM url('http://127.0.0.1:9/', 'LineAsString')",
        "SELECT * FROM s3('http://127.0.0.1:9/bucket/key', 'LineAsString')",
        "SELECT * FROM remote('127.0.0.1:9', system.one)",
        "SELECT * FROM mysql('127.0.0.1:9', 'd', 't', 'u', 'p')",
        "SELECT * FROM postgresql('127.0.0.1:9', 'd', 't', 'u', 'p')",
    ] {
        let error = refusal(warehouse, sql).await;
        assert_eq!(error.code(), Some(ACCESS_DENIED), "{sql}: {error}");
    }
    let error = refusal(warehouse, "SELECT * FROM `/etc/passwd`").await;
    assert_eq!(error.code(), Some(UNKNOWN_TABLE), "{error}");
    // Nor do they write any.
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("out.csv");
    for sql in [
        format!("SELECT 1 INTO OUTFILE '{}'", file.display()),
        format!(
            "SELECT 1 UNION ALL SELECT 2 /* */ into\noutfile '{}' TRUNCATE FORMAT CSV",
            file.display()
        ),
    ] {
        refusal(warehouse, &sql).await;
        assert!(!file.exists(), "{sql}");
    }
}

/// Within the memory that an embedded engine may use, its default would give every question one thread.
#[tokio::test]
async fn questions_use_more_than_one_thread() {
    let warehouse = &database().await;
    let sql = "EXPLAIN PIPELINE SELECT sum(number) FROM numbers_mt(1000000000) SETTINGS max_threads = 2";
    let steps: Vec<Value> = warehouse.rows(sql, &[]).await.unwrap();
    let steps: Vec<_> = steps.iter().filter_map(|step| step["explain"].as_str()).collect();
    assert!(
        steps.iter().any(|step| step.contains("AggregatingTransform × 2")),
        "{steps:#?}"
    );
}

#[tokio::test]
async fn a_question_sees_one_state_of_each_table() {
    let warehouse = &database().await;
    let sql = "SELECT value, changed FROM system.settings WHERE name = 'enable_shared_storage_snapshot_in_query'";
    let settings: Vec<Value> = warehouse.rows(sql, &[]).await.unwrap();
    assert_eq!(
        (&settings[0]["value"], &settings[0]["changed"]),
        (&"1".into(), &1.into()),
        "it is asked for, whatever the server's default is"
    );
    // By others too, of the engine that is built in.
    let sql = "SELECT throwIf(NOT getSetting('enable_shared_storage_snapshot_in_query'))";
    warehouse.execute(sql, &[]).await.unwrap();
}

#[tokio::test]
async fn gives_a_metric_as_csv() {
    let warehouse = &database().await;
    let event = full(7);
    warehouse
        .insert_events(&[EventRow::new(&event, Uuid::nil())], "token")
        .await
        .unwrap();
    let metric = metrics().iter().find(|metric| metric.name == "element_ctr").unwrap();
    let given = [
        ("site", "shop"),
        ("from", "2026-11-22 00:00:00.000"),
        ("to", "2026-11-23 00:00:00.000"),
        ("bots", "1"),
        ("limit", "10"),
    ];
    let csv = warehouse.report(metric, &given, ReportFormat::Csv).await.unwrap();
    let csv = String::from_utf8(csv.to_vec()).unwrap();
    assert!(
        csv.starts_with("\"element_id\",\"views\",") && csv.lines().count() == 2,
        "{csv}"
    );
}

#[tokio::test]
async fn an_actions_rows_are_one_entry() {
    let warehouse = &database().await;
    let row = |id: u128, at: i64, outcome| AuditRow {
        id: Uuid::from_u128(id),
        at: Milliseconds(at),
        who: LowCardinality("boss"),
        action: LowCardinality("replay"),
        parameters: if outcome == "begun" { "{\"a\":1}" } else { "" },
        outcome: LowCardinality(outcome),
    };
    for row in [
        row(1, 1_000, "begun"),
        row(1, 3_000, "done"),
        row(1, 3_000, "done"),
        row(2, 2_000, "begun"),
    ] {
        warehouse.insert_audit(&row).await.unwrap();
    }
    let entries = warehouse.audit(&AuditCursor::START, i64::MIN, 10).await.unwrap();
    let told: Vec<_> = entries
        .iter()
        .map(|entry| (entry.begun_ms, entry.ended_ms, &*entry.outcome, &*entry.parameters))
        .collect();
    let expect = [
        (2_000, None, "unknown", "{\"a\":1}"),
        (1_000, Some(3_000), "done", "{\"a\":1}"),
    ];
    assert_eq!(told, expect);
    let cursor = AuditCursor {
        begun_ms: entries[0].begun_ms,
        id: entries[0].id.parse().unwrap(),
    };
    assert_eq!(warehouse.audit(&cursor, i64::MIN, 10).await.unwrap(), entries[1..]);
    assert_eq!(
        warehouse.audit(&AuditCursor::START, 1_500, 10).await.unwrap(),
        entries[..1]
    );
    // Counted without the copy: the first was recognised by its token.
    let rows: Vec<Value> = warehouse.rows("SELECT count() AS n FROM audit", &[]).await.unwrap();
    assert_eq!(rows[0]["n"], 3);
}

#[tokio::test]
async fn users_have_the_names_that_are_known() {
    let warehouse = &database().await;
    let events = [("1001", 7), ("someone's", 8)].map(|(user, id)| {
        let mut event = full(id);
        event.event.user_id = user.into();
        event
    });
    let rows: Vec<_> = events.iter().map(|event| EventRow::new(event, Uuid::nil())).collect();
    warehouse.insert_events(&rows, "token").await.unwrap();
    let named = r#"INSERT INTO entities (stream, site, key, version, digest, payload) VALUES
        ('users', 'shop', '1001', 0, '', '{"id": 1001, "fio": "Иванов Иван", "country": "RU"}'),
        ('users', 'blog', '1001', 0, '', '{"id": 1001, "fio": "somebody else", "country": "DE"}')"#;
    warehouse.execute(named, &[]).await.unwrap();
    let mut filter = UserFilter {
        bots: true,
        ..UserFilter::default()
    };
    let users = warehouse.users(&filter, 10).await.unwrap();
    let told: Vec<_> = users
        .iter()
        .map(|user| {
            (
                &*user.user_id,
                user.sessions,
                user.fio.as_deref(),
                user.country.as_deref(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("1001", 1, Some("Иванов Иван"), Some("RU")),
            ("someone's", 1, None, None)
        ]
    );
    filter.after = Some(("shop".to_owned(), "1001".to_owned()));
    assert_eq!(warehouse.users(&filter, 10).await.unwrap(), users[1..]);
    filter.site = Some("blog".to_owned());
    assert_eq!(warehouse.users(&filter, 10).await.unwrap(), []);
}
