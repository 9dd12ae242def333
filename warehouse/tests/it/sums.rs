//! What a sum in place of an idempotent aggregate would do: each column of each mart that could hold one shows it, by numbers that
//! copies change. The lint of `lint.rs` looks at the text, these tests at the engine.

use std::collections::BTreeMap;

use event::{EnrichedEvent, EventType};
use serde::Deserialize;
use uuid::Uuid;
use warehouse::Warehouse;
use warehouse::migrate::{self, Migration, embedded, statements};

use crate::marts;
use crate::sample::{bare, full};
use crate::{database, empty_database};

/// A column of a mart that holds an aggregate, or is made by one.
#[derive(Debug, Deserialize)]
struct Column {
    table: String,
    name: String,
    /// The type of its values.
    held: String,
    /// What tells rows apart.
    key: String,
}

impl Column {
    fn is_array(&self) -> bool {
        self.held.starts_with("Array(")
    }

    fn place(&self) -> String {
        format!("{}.{}", self.table, self.name)
    }
}

/// Those that can be added up: numbers, and arrays of distinct values. Moments and texts cannot.
async fn columns(warehouse: &Warehouse) -> Vec<Column> {
    const SQL: &str = r"SELECT c.table AS table, c.name AS name, t.sorting_key AS key,
        extract(c.type, '^SimpleAggregateFunction\\(\\w+, (.*)\\)$') AS held
    FROM system.columns AS c INNER JOIN system.tables AS t ON t.database = c.database AND t.name = c.table
    WHERE c.database = currentDatabase() AND t.engine LIKE '%MergeTree' AND (startsWith(held, 'UInt') OR startsWith(held, 'Array('))
    ORDER BY table, name";
    warehouse.rows(SQL, &[]).await.unwrap()
}

/// A hash of what each of the columns says, row by row.
async fn said(warehouse: &Warehouse, columns: &[Column]) -> BTreeMap<String, String> {
    #[derive(Deserialize)]
    struct Said {
        hash: String,
    }
    let mut said = BTreeMap::new();
    for column in columns {
        let value = match column.is_array() {
            true => format!("arraySort(t.{})", column.name),
            false => format!("toUInt64(t.{})", column.name),
        };
        let sql = format!(
            "SELECT toString(groupBitXor(cityHash64(toString(({}, {value}))))) AS hash FROM {} AS t FINAL",
            column.key, column.table
        );
        let rows: Vec<Said> = warehouse.rows(&sql, &[]).await.unwrap();
        said.insert(column.place(), rows.into_iter().map(|row| row.hash).collect());
    }
    said
}

/// Something for every column.
fn everything() -> Vec<EnrichedEvent<'static>> {
    let mut in_the_evening = bare(700);
    in_the_evening.event.user_id = "1001".into();
    in_the_evening.event.created_at.0 += 9 * 60 * 60 * 1_000;
    let mut left = bare(701);
    left.event.event_type = EventType::Server;
    left.event.payload.event_title = "page_leave".into();
    left.event.payload.rest = r#"{"scroll_depth": 70}"#.into();
    let mut of_a_bot = full(702);
    of_a_bot.event.event_type = EventType::Server;
    of_a_bot.event.payload.event_title = "order_created".into();
    let mut seen_by_a_bot = full(703);
    seen_by_a_bot.event.event_type = EventType::View;
    seen_by_a_bot.event.session_id = "robot".into();
    seen_by_a_bot.event.payload.event_title = "page_view".into();
    [marts::everything(), vec![in_the_evening, left, of_a_bot, seen_by_a_bot]].concat()
}

async fn insert(warehouse: &Warehouse, events: &[EnrichedEvent<'_>]) {
    marts::insert(warehouse, events, &Uuid::new_v4().to_string()).await;
}

fn changed(before: &BTreeMap<String, String>, after: &BTreeMap<String, String>) -> Vec<String> {
    let changed = before.iter().filter(|(place, hash)| after[*place] != **hash);
    changed.map(|(place, _)| place.clone()).collect()
}

#[tokio::test]
async fn a_sum_in_any_column_is_noticed() {
    let [whole, twice, summed] = [database().await, database().await, database().await];
    let columns = columns(&whole).await;
    assert!(columns.len() > 20, "{columns:?}");
    // A column that something is counted of cannot change.
    let uncounted = "ALTER TABLE session_elements DROP PROJECTION by_quarter";
    summed.execute(uncounted, &[]).await.unwrap();
    for column in &columns {
        let summing = match column.is_array() {
            true => format!("groupArrayArray, {}", column.held),
            false => "sum, UInt64".to_owned(),
        };
        let sql = format!(
            "ALTER TABLE {} MODIFY COLUMN {} SimpleAggregateFunction({summing})",
            column.table, column.name
        );
        summed
            .execute(&sql, &[])
            .await
            .unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
    let events = everything();
    insert(&whole, &events).await;
    for warehouse in [&twice, &summed] {
        for part in events.chunks(31).chain(events.chunks(47)) {
            insert(warehouse, part).await;
        }
    }
    let expected = said(&whole, &columns).await;
    assert_eq!(changed(&expected, &said(&twice, &columns).await), [""; 0]);
    let all: Vec<_> = expected.keys().cloned().collect();
    assert_eq!(changed(&expected, &said(&summed, &columns).await), all);
}

/// Where a view makes a number: in place of what, and what instead.
const SUMS: [(&str, &str); 6] = [
    ("groupBitOr(", "sum("),
    ("max(is_bot)", "sum(is_bot)"),
    ("max(if(is_page", "sum(if(is_page"),
    ("max(if(event_title", "sum(if(event_title"),
    ("max(if(user_id", "sum(if(user_id"),
    ("max(if(type = 'server', toUInt8", "sum(if(type = 'server', toUInt8"),
];

/// The file with sums in its views; its tables stay.
fn summing(migration: &Migration) -> Migration {
    let of_a_view = |statement: &str| {
        let code = statement.lines().filter(|line| !line.trim_start().starts_with("--"));
        let code = code.collect::<Vec<_>>().join("\n");
        code.starts_with("CREATE MATERIALIZED VIEW") || code.contains(" MODIFY QUERY\n")
    };
    let changed = statements(&migration.sql).into_iter().map(|statement| {
        let sums: &[(&str, &str)] = if of_a_view(statement) { &SUMS } else { &[] };
        sums.iter()
            .fold(statement.to_owned(), |sql, (from, to)| sql.replace(from, to))
    });
    Migration {
        sql: changed.collect::<Vec<_>>().join(";\n"),
        ..migration.clone()
    }
}

#[tokio::test]
async fn a_sum_in_any_view_is_noticed() {
    let (whole, summed) = (database().await, empty_database().await);
    let migrations: Vec<_> = embedded().unwrap().iter().map(summing).collect();
    migrate::apply(&summed, &migrations).await.unwrap();
    let mut columns = columns(&whole).await;
    // Arrays are made distinct again by their column, whatever the view puts into them.
    columns.retain(|column| !column.is_array());
    let events = everything();
    insert(&whole, &events).await;
    // A copy in the same insert as its first.
    insert(&summed, &[events.clone(), events].concat()).await;
    let expected = said(&whole, &columns).await;
    let all: Vec<_> = expected.keys().cloned().collect();
    assert_eq!(changed(&expected, &said(&summed, &columns).await), all);
}
