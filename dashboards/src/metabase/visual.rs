use serde_json::{Map, Value, json};

use crate::chart::Chart;
use crate::model::Card;
use crate::shown::{Unit, is_time, unit};

pub(super) struct Drawn {
    pub(super) display: &'static str,
    pub(super) settings: Value,
}

/// Metabase's name of the chart, and its settings.
pub(super) fn drawn(card: &Card) -> Drawn {
    let shown = card.shown();
    let axis = shown.by.first().copied().unwrap_or_default();
    let value = shown.values.first().copied().unwrap_or_default();
    let columns = columns(card);
    let graph = |more: Value| {
        let mut settings = json!({
            "graph.dimensions": shown.by.iter().take(2).collect::<Vec<_>>(),
            "graph.metrics": shown.values,
            "column_settings": columns,
        });
        merge(&mut settings, more);
        settings
    };
    let (display, settings) = match card.chart() {
        // One number per currency is a table.
        Chart::Number if shown.by.is_empty() => ("scalar", json!({"scalar.field": value, "column_settings": columns})),
        Chart::Line => ("line", graph(json!({}))),
        Chart::Bars if is_time(axis) => ("bar", graph(json!({}))),
        Chart::Bars => ("row", graph(json!({}))),
        Chart::StackedBars => ("bar", graph(json!({"stackable.stack_type": "stacked"}))),
        Chart::Pie => (
            "pie",
            json!({"pie.dimension": axis, "pie.metric": value, "pie.show_legend": true, "column_settings": columns}),
        ),
        Chart::Map => (
            "map",
            json!({
                "map.type": "region", "map.region": "world_countries", "map.dimension": axis, "map.metric": value,
                "column_settings": columns,
            }),
        ),
        Chart::Funnel => (
            "funnel",
            json!({"funnel.dimension": axis, "funnel.metric": value, "column_settings": columns}),
        ),
        Chart::Heatmap => (
            "scatter",
            json!({"graph.dimensions": [axis], "graph.metrics": shown.by.get(1).map(|by| vec![by]), "scatter.bubble": value}),
        ),
        Chart::Cohorts => (
            "table",
            json!({
                "table.pivot": true, "table.pivot_column": shown.by.get(1), "table.cell_column": value, "column_settings": columns,
            }),
        ),
        Chart::Number | Chart::Table | Chart::BarTable | Chart::Sankey => ("table", table(card, &columns)),
    };
    Drawn { display, settings }
}

fn table(card: &Card, columns: &Value) -> Value {
    let shown = card.shown();
    let list: Vec<_> = shown
        .columns()
        .map(|name| json!({"name": name, "enabled": true}))
        .collect();
    let mut columns = columns.clone();
    if let (Chart::BarTable, Some(value)) = (card.chart(), shown.values.first()) {
        columns[column_key(value)]["show_mini_bar"] = json!(true);
    }
    json!({"table.columns": list, "column_settings": columns})
}

/// Formats of the columns.
fn columns(card: &Card) -> Value {
    let shown = card.shown();
    let format = |column: &&str| {
        let format = match unit(column) {
            Unit::Share => json!({"number_style": "percent", "decimals": 2}),
            Unit::Money => json!({"number_style": "decimal", "decimals": 2}),
            Unit::Milliseconds => json!({"suffix": " ms"}),
            Unit::Count | Unit::Other => return None,
        };
        Some((column_key(column), format))
    };
    let numbers = shown.values.iter().chain(shown.also);
    Value::Object(numbers.filter_map(format).collect::<Map<_, _>>())
}

fn column_key(name: &str) -> String {
    json!(["name", name]).to_string()
}

fn merge(settings: &mut Value, more: Value) {
    if let (Some(settings), Value::Object(more)) = (settings.as_object_mut(), more) {
        settings.extend(more);
    }
}
