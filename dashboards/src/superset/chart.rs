use serde_json::{Map, Value, json};

use super::{chart_uuid, dataset_name, dataset_uuid};
use crate::chart::Chart;
use crate::model::{Card, Dashboard, Source};
use crate::shown::{Unit, is_time, unit};

const ROWS: u32 = 10_000;

pub(super) fn body(dashboard: &Dashboard, card: &Card) -> Value {
    let (kind, params) = drawn(card);
    let mut params = params;
    params["viz_type"] = json!(kind);
    params["adhoc_filters"] = json!([]);
    params["row_limit"] = json!(ROWS);
    if let Source::Metric { name, own } = card.source {
        let own: Map<_, _> = own
            .iter()
            .map(|(name, value)| ((*name).to_owned(), json!(value)))
            .collect();
        // Superset leaves it alone; `cargo xtask superset` reads it to ask the report for the same numbers.
        params["clickpath"] = json!({"metric": name, "own": own, "values": card.shown().values, "by": card.shown().by});
    }
    json!({
        "slice_name": card.title(),
        "description": card.description(),
        "certified_by": null,
        "certification_details": null,
        "viz_type": kind,
        "params": params,
        "query_context": null,
        "cache_timeout": null,
        "uuid": chart_uuid(dashboard, card),
        "version": "1.0.0",
        "dataset_uuid": dataset_uuid(&dataset_name(card)),
    })
}

/// The dataset has one row for each value that is drawn: its maximum is the value itself. A square of the heatmap has one for each page
/// and kind of device.
fn value(chart: Chart, column: &str) -> Value {
    let function = if chart == Chart::Heatmap { "SUM" } else { "MAX" };
    json!({
        "expressionType": "SQL",
        "sqlExpression": format!("{function}({column})"),
        "label": column,
        "hasCustomLabel": true,
        "optionName": format!("metric_{column}"),
    })
}

fn drawn(card: &Card) -> (&'static str, Value) {
    let shown = card.shown();
    let axis = shown.by.first().copied().unwrap_or_default();
    let first = shown.values.first().copied().unwrap_or_default();
    let values: Vec<_> = shown.values.iter().map(|name| value(card.chart(), name)).collect();
    let format = format(first);
    let numbers = shown.values.iter().chain(shown.also);
    let numbers = numbers.filter(|column| unit(column) != Unit::Other);
    let column_formats: Map<_, _> = numbers
        .map(|column| ((*column).to_owned(), json!({"d3NumberFormat": self::format(column)})))
        .collect();
    let table = |has_bars: bool| {
        json!({
            "query_mode": "raw",
            "all_columns": shown.columns().collect::<Vec<_>>(),
            "order_by_cols": [],
            "show_cell_bars": has_bars,
            "table_timestamp_format": "smart_date",
            "column_config": column_formats,
        })
    };
    match card.chart() {
        Chart::Number if shown.by.is_empty() => (
            "big_number_total",
            json!({"metric": value(card.chart(), first), "y_axis_format": format, "header_font_size": 0.4, "subheader": ""}),
        ),
        chart @ (Chart::Line | Chart::Bars | Chart::StackedBars) => {
            let is_time = is_time(axis);
            let kind = if chart == Chart::Line {
                "echarts_timeseries_line"
            } else {
                "echarts_timeseries_bar"
            };
            let params = json!({
                "x_axis": axis,
                "time_grain_sqla": null,
                "metrics": values,
                "groupby": shown.by.iter().skip(1).collect::<Vec<_>>(),
                "x_axis_sort_asc": true,
                "x_axis_sort": if is_time { Value::Null } else { json!(first) },
                "x_axis_sort_series": "name",
                "x_axis_sort_series_ascending": true,
                "order_desc": true,
                "orientation": if is_time { "vertical" } else { "horizontal" },
                "stack": if chart == Chart::StackedBars { json!("Stack") } else { Value::Null },
                "rich_tooltip": true,
                "showTooltipTotal": true,
                "show_legend": shown.values.len() + shown.by.len() > 2,
                "legendType": "scroll",
                "legendOrientation": "top",
                "x_axis_time_format": "%b %d",
                "y_axis_format": format,
                "truncateXAxis": false,
                "markerEnabled": false,
                "zoomable": false,
            });
            (kind, params)
        }
        Chart::Pie => (
            "pie",
            json!({
                "groupby": [axis], "metric": value(card.chart(), first), "sort_by_metric": true, "donut": true, "label_type": "percent",
                "show_labels": true, "show_legend": true, "legendOrientation": "top", "legendType": "scroll", "labels_outside": false,
                "number_format": format, "innerRadius": 35, "outerRadius": 75,
            }),
        ),
        // The world map of Superset is drawn by its retired API.
        Chart::Map => (
            "echarts_timeseries_bar",
            json!({
                "x_axis": axis, "metrics": values, "groupby": [], "orientation": "horizontal", "x_axis_sort": first, "x_axis_sort_asc": true,
                "y_axis_format": format, "rich_tooltip": true, "show_legend": false, "truncateXAxis": false, "zoomable": false,
            }),
        ),
        Chart::Funnel => (
            "funnel",
            json!({
                "groupby": [axis], "metric": value(card.chart(), first), "sort_by_metric": true, "number_format": format,
                "percent_calculation_type": "first_step", "show_legend": false, "show_labels": true, "label_type": 5,
            }),
        ),
        Chart::Heatmap => (
            "heatmap_v2",
            json!({
                "x_axis": axis, "groupby": shown.by.get(1), "metric": value(card.chart(), first), "sort_x_axis": "alpha_asc", "sort_y_axis": "alpha_desc",
                "normalize_across": "heatmap", "linear_color_scheme": "superset_seq_2", "show_legend": true, "show_values": false,
                "show_percentage": false, "xscale_interval": -1, "yscale_interval": -1, "y_axis_format": format, "left_margin": "auto",
                "bottom_margin": "auto", "legend_type": "continuous", "value_bounds": [null, null], "border_color": {"r": 0, "g": 0, "b": 0, "a": 0},
            }),
        ),
        Chart::Cohorts => (
            "pivot_table_v2",
            json!({
                "groupbyRows": [axis], "groupbyColumns": [shown.by.get(1)], "metrics": values, "metricsLayout": "COLUMNS",
                "aggregateFunction": "Maximum", "valueFormat": format, "rowOrder": "key_a_to_z", "colOrder": "key_a_to_z",
                "rowTotals": false, "colTotals": false, "date_format": "smart_date", "combineMetric": false, "transposePivot": false,
            }),
        ),
        chart => ("table", table(chart == Chart::BarTable)),
    }
}

/// D3's format of a column.
fn format(column: &str) -> &'static str {
    match unit(column) {
        Unit::Share => ".2%",
        Unit::Money => ",.2f",
        Unit::Milliseconds => "DURATION",
        Unit::Count | Unit::Other => ",d",
    }
}
