//! How long rows are kept, with the engine's own merges.

use std::collections::BTreeSet;
use std::path::Path;

use serde::Deserialize;
use warehouse::retention::{self, Change, Retention, RetentionError, Rule};
use warehouse::{Warehouse, migrate};

use crate::database;

const SHIPPED: &str = include_str!("../../../sql/retention.toml");

fn retention(text: &str) -> Retention {
    Retention::parse(text, Path::new("keep.toml")).unwrap()
}

async fn count(warehouse: &Warehouse, table: &str) -> u64 {
    #[derive(Deserialize)]
    struct Count {
        n: u64,
    }
    let rows: Vec<Count> = warehouse
        .rows(&format!("SELECT count() AS n FROM {table}"), &[])
        .await
        .unwrap();
    rows[0].n
}

/// An event of today and one of `days` ago.
async fn insert(warehouse: &Warehouse, days: u32) {
    let sql = format!(
        "INSERT INTO events (site, id, created_at, received_at, session_id, user_id, type, element_id)
         SELECT 'shop', generateUUIDv4(number), now64(3) - toIntervalDay(number * {days}), now64(3),
             concat('s', toString(number)), concat('u', toString(number)), 'view', '#buy' FROM numbers(2)"
    );
    warehouse.execute(&sql, &[]).await.unwrap();
}

async fn merge(warehouse: &Warehouse, table: &str) {
    warehouse
        .execute(&format!("OPTIMIZE TABLE {table} FINAL"), &[])
        .await
        .unwrap();
}

#[tokio::test]
async fn old_rows_go_and_new_ones_stay() {
    let warehouse = &database().await;
    insert(warehouse, 31).await;
    let keep = retention("[events]\nby = \"created_at\"\ndays = 30\n[sessions]\nby = \"ended_at\"\ndays = 60\n");
    let change = |table: &str, to: &str| Change {
        table: table.to_owned(),
        from: None,
        to: Some(to.to_owned()),
    };
    let expected = [
        change("events", "toDate(created_at) + toIntervalDay(30)"),
        change("sessions", "toDate(ended_at) + toIntervalDay(60)"),
    ];
    assert_eq!(retention::plan(warehouse, &keep).await.unwrap(), expected);
    assert_eq!(count(warehouse, "events").await, 2, "a plan changes nothing");
    assert_eq!(retention::apply(warehouse, &keep).await.unwrap(), expected);
    assert_eq!(retention::apply(warehouse, &keep).await.unwrap(), [], "the second time");
    for table in ["events", "sessions", "daily_users"] {
        merge(warehouse, table).await;
    }
    assert_eq!(count(warehouse, "events").await, 1);
    assert_eq!(count(warehouse, "sessions").await, 2, "marts have their own time");
    assert_eq!(
        count(warehouse, "daily_users").await,
        2,
        "what the file does not name stays"
    );
    let left = count(warehouse, "events WHERE user_id = 'u0'").await;
    assert_eq!(left, 1, "the new one");

    let longer = retention("[events]\nby = \"created_at\"\ndays = 90\n[sessions]\ndays = \"forever\"\n");
    let changed = retention::apply(warehouse, &longer).await.unwrap();
    assert_eq!(changed.len(), 2, "{changed:?}");
    assert_eq!(changed[1].to, None);
    insert(warehouse, 61).await;
    for table in ["events", "sessions"] {
        merge(warehouse, table).await;
    }
    assert_eq!(count(warehouse, "events").await, 3);
    assert_eq!(retention::plan(warehouse, &longer).await.unwrap(), []);
}

#[tokio::test]
async fn shipped_file_names_every_table() {
    let warehouse = &database().await;
    let shipped = retention(SHIPPED);
    retention::apply(warehouse, &shipped).await.unwrap();
    assert_eq!(
        retention::apply(warehouse, &shipped).await.unwrap(),
        [],
        "the second time"
    );
    let graph = migrate::Graph::of(&migrate::embedded().unwrap());
    let tables = graph
        .nodes()
        .iter()
        .filter(|(_, node)| node.kind == migrate::Kind::Table);
    let mut tables: BTreeSet<_> = tables.map(|(name, _)| name.as_str()).collect();
    assert!(tables.remove("audit"), "nothing expires there");
    let named: BTreeSet<_> = shipped.rules().map(|(table, _)| table).collect();
    assert_eq!(named, tables);
    let uncut: Vec<_> = named
        .iter()
        .filter(|table| shipped.partition(table).is_none())
        .collect();
    assert!(uncut.is_empty(), "how are these cut: {uncut:?}");
}

/// With its events gone, a row of several people could not be made again without one of them.
#[test]
fn shipped_file_keeps_minutes_no_longer_than_events() {
    let shipped = retention(SHIPPED);
    let days = |wanted: &str| match shipped.rules().find(|(table, _)| *table == wanted) {
        Some((_, Rule::Days { days, .. })) => *days,
        _ => u32::MAX,
    };
    assert!(days("minutes") <= days("events"));
}

#[tokio::test]
async fn refuses_to_cut_a_table_anew() {
    let warehouse = &database().await;
    for (text, expect) in [
        (
            "[events]\nby = \"received_at\"\ndays = 9\npartition = \"month\"\n",
            "toYYYYMM(created_at)",
        ),
        (
            "[sessions]\nby = \"ended_at\"\ndays = 9\npartition = \"month\"\n",
            "\"\"",
        ),
        ("[heatmap]\ndays = \"forever\"\npartition = \"none\"\n", "toYYYYMM(at)"),
    ] {
        let error = retention::apply(warehouse, &retention(text))
            .await
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("cannot be cut anew") && error.contains(expect),
            "{error}"
        );
    }
}

#[tokio::test]
async fn refuses_what_cannot_expire() {
    let warehouse = &database().await;
    let error = retention::plan(warehouse, &retention("[event]\ndays = \"forever\"\n"))
        .await
        .unwrap_err();
    assert!(
        matches!(&error, RetentionError::NoTable(table) if table == "event"),
        "{error}"
    );
    let error = retention::plan(warehouse, &retention("[audit]\nby = \"at\"\ndays = 1\n"))
        .await
        .unwrap_err();
    assert!(matches!(&error, RetentionError::AppendOnly(_)), "{error}");
    for column in ["user_id", "created"] {
        let text = format!("[events]\nby = \"{column}\"\ndays = 1\n");
        let error = retention::plan(warehouse, &retention(&text)).await.unwrap_err();
        assert!(matches!(&error, RetentionError::NoDate { .. }), "{error}");
    }
}
