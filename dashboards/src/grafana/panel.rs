use serde_json::{Value, json};

use super::{CLICKHOUSE, CLICKHOUSE_UID, PROMETHEUS_UID, asked};
use crate::chart::Chart;
use crate::model::{Card, Dashboard, Place, Source, Tab};
use crate::shown::{self, Unit, is_time};
use crate::sql;

/// Rows and the panels below them. All rows but the first are closed: what lies in them asks nothing until it is opened.
pub(super) fn all(dashboard: &Dashboard) -> Vec<Value> {
    let mut panels = Vec::new();
    let mut next_id = 1;
    let mut next_row = 0;
    for (number, tab) in dashboard.tabs.iter().enumerate() {
        let is_alone = dashboard.tabs.len() == 1;
        let is_closed = number > 0;
        let row_id = next_id;
        let top = if is_alone { next_row } else { next_row + 1 };
        next_id += 1;
        let inside = of_tab(tab, top, &mut next_id);
        let bottom = inside.iter().map(bottom).max().unwrap_or(top);
        if is_alone {
            panels.extend(inside);
        } else if is_closed {
            panels.push(row(tab, row_id, next_row, true, inside));
            // Closed, it takes one line; opened, Grafana moves what comes after it.
            next_row += 1;
        } else {
            panels.push(row(tab, row_id, next_row, false, Vec::new()));
            panels.extend(inside);
            next_row = bottom;
        }
    }
    panels
}

fn bottom(panel: &Value) -> u32 {
    let place = &panel["gridPos"];
    let number = |name: &str| {
        place[name]
            .as_u64()
            .and_then(|number| u32::try_from(number).ok())
            .unwrap_or(0)
    };
    number("y") + number("h")
}

fn row(tab: &Tab, id: u32, y: u32, is_closed: bool, inside: Vec<Value>) -> Value {
    json!({
        "id": id, "type": "row", "title": tab.title, "collapsed": is_closed,
        "gridPos": {"x": 0, "y": y, "w": 24, "h": 1}, "panels": inside,
    })
}

fn of_tab(tab: &Tab, top: u32, next_id: &mut u32) -> Vec<Value> {
    let places = tab.places();
    let place = |(card, place): &(&Card, Place)| {
        let id = *next_id;
        *next_id += 1;
        panel(card, *place, top, id)
    };
    places.iter().map(place).collect()
}

fn panel(card: &Card, place: Place, top: u32, id: u32) -> Value {
    let is_prometheus = matches!(card.source, Source::Prometheus { .. });
    let datasource = match is_prometheus {
        true => json!({"type": "prometheus", "uid": PROMETHEUS_UID}),
        false => json!({"type": CLICKHOUSE, "uid": CLICKHOUSE_UID}),
    };
    let drawn = drawn(card);
    let mut panel = json!({
        "id": id,
        "type": drawn.kind,
        "title": card.title(),
        "description": card.description(),
        "datasource": datasource,
        "gridPos": {"x": place.column, "y": top + place.row, "w": place.width, "h": place.height},
        "targets": targets(card, &datasource),
        "fieldConfig": {"defaults": defaults(card, &drawn), "overrides": if is_table(card) { overrides(card) } else { Vec::new() }},
        "options": drawn.options,
        "transformations": drawn.transformations,
    });
    if let Some(last) = card.last {
        panel["timeFrom"] = json!(last);
    }
    panel
}

fn targets(card: &Card, datasource: &Value) -> Vec<Value> {
    if let Source::Prometheus { queries, .. } = card.source {
        let target = |(letter, (expression, legend)): (u8, &(&str, &str))| {
            json!({
                "refId": char::from(letter).to_string(), "datasource": datasource, "editorMode": "code",
                "expr": expression, "legendFormat": legend, "range": true, "instant": false,
            })
        };
        return (b'A'..).zip(queries).map(target).collect();
    }
    let query = sql::query_of(card, &asked());
    vec![json!({
        "refId": "A", "datasource": datasource, "editorType": "sql", "queryType": "table", "format": 1, "rawSql": query,
    })]
}

struct Drawn {
    kind: &'static str,
    options: Value,
    custom: Value,
    transformations: Vec<Value>,
}

fn drawn(card: &Card) -> Drawn {
    let shown = card.shown();
    let axis = shown.by.first().copied().unwrap_or_default();
    let is_time = is_time(axis) || matches!(card.source, Source::Prometheus { .. });
    let fields = format!("/^({})$/", shown.values.join("|"));
    // One number per row, or the last of the series.
    let is_series = matches!(card.source, Source::Prometheus { .. });
    let reduce = match is_series {
        true => json!({"values": false, "calcs": ["lastNotNull"], "fields": ""}),
        false => json!({"values": true, "calcs": [], "fields": fields, "limit": 100}),
    };
    let only_shown =
        |columns: Vec<&str>| json!({"id": "filterFieldsByName", "options": {"include": {"names": columns}}});
    let axis_and_values = || shown.by.iter().chain(shown.values).copied().collect::<Vec<_>>();
    let tooltip = json!({"mode": "multi", "sort": "desc"});
    let legend = json!({"showLegend": true, "displayMode": "list", "placement": "bottom", "calcs": []});
    match card.chart() {
        Chart::Number => Drawn {
            kind: "stat",
            options: json!({
                "reduceOptions": reduce, "orientation": "auto", "textMode": if shown.values.len() > 1 { "value_and_name" } else { "auto" },
                "colorMode": if is_check(card) { "background" } else { "none" }, "graphMode": "none", "justifyMode": "auto",
            }),
            custom: json!({}),
            transformations: match is_series {
                true => Vec::new(),
                false => vec![only_shown(axis_and_values())],
            },
        },
        Chart::Line | Chart::Bars | Chart::StackedBars if is_time => {
            let is_line = card.chart() == Chart::Line;
            let stacking = if card.chart() == Chart::StackedBars {
                "normal"
            } else {
                "none"
            };
            let mut transformations = Vec::new();
            if !is_series {
                transformations.push(only_shown(axis_and_values()));
            }
            if let Some(series) = shown.by.get(1) {
                transformations
                    .push(json!({"id": "partitionByValues", "options": {"fields": [series], "keepFields": false}}));
            }
            Drawn {
                kind: "timeseries",
                options: json!({"tooltip": tooltip, "legend": legend}),
                custom: json!({
                    "drawStyle": if is_line { "line" } else { "bars" }, "lineWidth": 1, "fillOpacity": if is_line { 10 } else { 80 },
                    "showPoints": "auto", "stacking": {"mode": stacking, "group": "A"}, "axisSoftMin": 0,
                }),
                transformations,
            }
        }
        Chart::Line | Chart::Bars | Chart::StackedBars => Drawn {
            kind: "barchart",
            options: json!({
                "orientation": "horizontal", "xField": axis, "showValue": "auto", "stacking": "none", "groupWidth": 0.7, "barWidth": 0.9,
                "tooltip": tooltip, "legend": legend,
            }),
            custom: json!({"fillOpacity": 80, "lineWidth": 1}),
            transformations: vec![only_shown(axis_and_values())],
        },
        Chart::Pie => Drawn {
            kind: "piechart",
            options: json!({
                "reduceOptions": reduce, "pieType": "donut", "displayLabels": ["name", "percent"],
                "tooltip": {"mode": "single", "sort": "none"},
                "legend": {"showLegend": true, "displayMode": "table", "placement": "right", "calcs": [], "values": ["value"]},
            }),
            custom: json!({}),
            transformations: vec![only_shown(axis_and_values())],
        },
        // A map would fetch its tiles from a stranger.
        Chart::Map | Chart::Funnel => Drawn {
            kind: "bargauge",
            options: json!({
                "reduceOptions": reduce, "orientation": "horizontal", "displayMode": "basic", "valueMode": "color", "showUnfilled": true,
                "minVizWidth": 8, "minVizHeight": 16, "namePlacement": "left", "sizing": "auto",
            }),
            custom: json!({}),
            transformations: vec![only_shown(axis_and_values())],
        },
        Chart::Heatmap => Drawn {
            kind: "xychart",
            options: json!({
                "mapping": "manual",
                "series": [{
                    "frame": {"matcher": {"id": "byIndex", "options": 0}},
                    "x": {"matcher": {"id": "byName", "options": axis}},
                    "y": {"matcher": {"id": "byName", "options": shown.by.get(1)}},
                    "size": {"matcher": {"id": "byName", "options": shown.values.first()}},
                }],
                "tooltip": {"mode": "single", "sort": "none"},
                "legend": {"showLegend": false, "displayMode": "list", "placement": "bottom", "calcs": []},
            }),
            custom: json!({"show": "points", "pointSize": {"fixed": 5, "min": 3, "max": 30}}),
            transformations: Vec::new(),
        },
        Chart::Cohorts => Drawn {
            kind: "table",
            options: json!({"showHeader": true, "cellHeight": "sm"}),
            custom: json!({"align": "auto", "cellOptions": {"type": "color-background", "mode": "gradient"}}),
            transformations: vec![json!({
                "id": "groupingToMatrix",
                "options": {"columnField": shown.by.get(1), "rowField": axis, "valueField": shown.values.first()},
            })],
        },
        Chart::Table | Chart::BarTable | Chart::Sankey => Drawn {
            kind: "table",
            options: json!({"showHeader": true, "cellHeight": "sm"}),
            custom: json!({"align": "auto", "cellOptions": {"type": "auto"}}),
            transformations: vec![only_shown(shown.columns().collect())],
        },
    }
}

fn defaults(card: &Card, drawn: &Drawn) -> Value {
    let mut defaults = json!({"custom": drawn.custom});
    if !is_table(card) {
        let (unit, decimals) = unit(card);
        defaults["unit"] = json!(unit);
        if let Some(decimals) = decimals {
            defaults["decimals"] = json!(decimals);
        }
    }
    if let Source::Sql { at_least, .. } = card.source {
        let steps = json!([{"color": "red", "value": null}, {"color": "green", "value": at_least}]);
        defaults["color"] = json!({"mode": "thresholds"});
        defaults["thresholds"] = json!({"mode": "absolute", "steps": steps});
    } else if card.chart() == Chart::Cohorts {
        defaults["color"] = json!({"mode": "continuous-blues"});
        defaults["min"] = json!(0);
        defaults["max"] = json!(1);
    }
    defaults
}

fn is_table(card: &Card) -> bool {
    [Chart::Table, Chart::BarTable, Chart::Sankey].contains(&card.chart())
}

fn is_check(card: &Card) -> bool {
    matches!(card.source, Source::Sql { .. })
}

/// Grafana's name of a unit, and decimals where they are fixed.
fn unit(card: &Card) -> (&'static str, Option<u8>) {
    if let Source::Prometheus { unit, .. } = card.source {
        return (unit, None);
    }
    of_column(card.shown().values.first().copied().unwrap_or_default())
}

fn of_column(column: &str) -> (&'static str, Option<u8>) {
    match shown::unit(column) {
        Unit::Share => ("percentunit", Some(2)),
        Unit::Money => ("none", Some(2)),
        Unit::Milliseconds => ("ms", None),
        Unit::Count => ("none", Some(0)),
        Unit::Other => ("none", None),
    }
}

/// A table has columns of several units, and a bar for the main number.
fn overrides(card: &Card) -> Vec<Value> {
    let shown = card.shown();
    let numbers = shown.values.iter().chain(shown.also);
    let of_column = |column: &&str| {
        let (unit, decimals) = of_column(column);
        let mut properties = vec![json!({"id": "unit", "value": unit})];
        if let Some(decimals) = decimals {
            properties.push(json!({"id": "decimals", "value": decimals}));
        }
        if card.chart() == Chart::BarTable && shown.values.first() == Some(column) {
            properties.push(json!({"id": "custom.cellOptions", "value": {"type": "gauge", "mode": "basic"}}));
        }
        json!({"matcher": {"id": "byName", "options": column}, "properties": properties})
    };
    numbers.map(of_column).collect()
}
