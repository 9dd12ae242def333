//! What the marts hold beside what the events they were made of say: for every materialized view there is, without its name.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use warehouse::Warehouse;

#[derive(Deserialize)]
struct View {
    name: String,
    target_table: String,
    as_select: String,
    /// Of the target, with types.
    target_columns: Vec<(String, String)>,
}

/// Rows by table.
pub(crate) type Content = BTreeMap<String, Vec<Value>>;

const VIEWS: &str = "SELECT name, target_table, as_select,
    (SELECT groupArray((table, name, type)) FROM system.columns WHERE database = currentDatabase()) AS typed,
    arrayMap(c -> (c.2, c.3), arrayFilter(c -> c.1 = t.target_table, typed)) AS target_columns
FROM system.tables AS t
WHERE database = currentDatabase() AND engine = 'MaterializedView'
ORDER BY name";

async fn views(warehouse: &Warehouse) -> Vec<View> {
    warehouse.rows(VIEWS, &[]).await.unwrap()
}

async fn content_of(warehouse: &Warehouse, table: &str, columns: &[(String, String)]) -> Vec<Value> {
    let said = columns
        .iter()
        .map(|(name, kind)| match kind.starts_with("AggregateFunction(") {
            true => format!("finalizeAggregation({name}) AS said_{name}"),
            false => name.clone(),
        });
    let said: Vec<_> = said.collect();
    let sql = format!("SELECT {} FROM {table} FINAL", said.join(", "));
    let mut rows: Vec<Value> = warehouse.rows(&sql, &[]).await.unwrap();
    rows.iter_mut().for_each(sort_arrays);
    rows.sort_by_key(Value::to_string);
    rows
}

/// Sets come in any order.
fn sort_arrays(value: &mut Value) {
    match value {
        Value::Array(items) => items.sort_by_key(Value::to_string),
        Value::Object(fields) => fields.values_mut().for_each(sort_arrays),
        _ => {}
    }
}

/// What the marts hold.
pub(crate) async fn held(warehouse: &Warehouse) -> Content {
    let mut content = Content::new();
    for view in views(warehouse).await {
        let rows = content_of(warehouse, &view.target_table, &view.target_columns).await;
        content.insert(view.target_table, rows);
    }
    content
}

/// What the marts would hold, were they filled from the events that are there.
pub(crate) async fn recounted(warehouse: &Warehouse) -> Content {
    let mut content = Content::new();
    let views = views(warehouse).await;
    for view in &views {
        let again = format!("recount_{}", view.target_table);
        let create = format!("CREATE TABLE IF NOT EXISTS {again} AS {}", view.target_table);
        let made: Vec<Value> = warehouse
            .rows(&format!("DESCRIBE TABLE ({})", view.as_select), &[])
            .await
            .unwrap();
        let made: Vec<_> = made.iter().map(|column| column["name"].as_str().unwrap()).collect();
        let columns = made.join(", ");
        let fill = format!(
            "INSERT INTO {again} ({columns}) SELECT {columns} FROM ({})",
            view.as_select
        );
        for statement in [create, fill] {
            warehouse
                .execute(&statement, &[])
                .await
                .unwrap_or_else(|error| panic!("{}: {error}", view.name));
        }
    }
    for view in views {
        let again = format!("recount_{}", view.target_table);
        if content.contains_key(&view.target_table) {
            continue;
        }
        let rows = content_of(warehouse, &again, &view.target_columns).await;
        warehouse
            .execute(&format!("DROP TABLE {again} SYNC"), &[])
            .await
            .unwrap();
        content.insert(view.target_table, rows);
    }
    content
}

/// Compares table by table, so that the message says which differs.
#[track_caller]
pub(crate) fn assert_equal(found: &Content, expected: &Content) {
    assert_eq!(found.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
    for (table, rows) in expected {
        assert_eq!(&found[table], rows, "{table}");
    }
}
