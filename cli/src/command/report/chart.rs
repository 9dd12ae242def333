use anyhow::Context;

use super::cell::{cell, column, fit, number, width};
use super::fetch::{Column, Report};
use super::table::heading;
use crate::exit::Usage;

const EIGHTHS: [char; 8] = ['▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'];
const HEIGHTS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// More moments than these are one line.
const MOST_BARS_OF_TIME: usize = 31;
const WIDEST_LABEL: usize = 40;

/// A bar for each row, or one line for many moments; drawn is `wanted`, else what the metric measures.
pub(super) fn text(report: &Report, wanted: Option<&str>, columns: usize) -> anyhow::Result<String> {
    let drawn = drawn(report, wanted)?;
    let mut text = heading(report, columns.min(100));
    let labels: Vec<&Column> = report.meta.iter().filter(|column| !column.is_number()).collect();
    let values: Vec<Option<f64>> = report
        .data
        .iter()
        .map(|row| row.get(&drawn.name).and_then(number))
        .collect();
    let most = values.iter().flatten().copied().fold(0.0, f64::max);
    let is_line = labels.first().is_some_and(|label| label.is_time()) && report.data.len() > MOST_BARS_OF_TIME;
    match is_line {
        _ if report.data.is_empty() => text += "nothing in this period\n",
        true => text += &line(report, labels[0], drawn, &values, columns),
        false => text += &bars(report, &labels, drawn, &values, (most, columns)),
    }
    Ok(text)
}

fn drawn<'r>(report: &'r Report, wanted: Option<&str>) -> anyhow::Result<&'r Column> {
    let mut numbers = report.meta.iter().filter(|column| column.is_number());
    let Some(name) = wanted else {
        // What the metric measures is named as its unit, or as its end; a step's number or a share's parts may stand before it.
        let named = |column: &&Column| column.name == report.unit || report.metric.ends_with(&column.name);
        let first = numbers.clone().find(named).or_else(|| numbers.next());
        return first.context("this report has no column with numbers; a table shows it");
    };
    let names = numbers
        .clone()
        .map(|column| &*column.name)
        .collect::<Vec<_>>()
        .join(", ");
    match numbers.find(|column| column.name == name) {
        Some(column) => Ok(column),
        None => Err(Usage(format!("--column {name}: the columns with numbers are {names}")).into()),
    }
}

fn bars(
    report: &Report,
    labels: &[&Column],
    drawn: &Column,
    values: &[Option<f64>],
    (most, columns): (f64, usize),
) -> String {
    let label = |row: &serde_json::Map<String, serde_json::Value>| {
        let parts = labels.iter().filter_map(|column| row.get(&column.name)).map(cell);
        parts.collect::<Vec<_>>().join(" ")
    };
    let names: Vec<String> = report.data.iter().map(label).collect();
    let numbers = column(report.data.iter().map(|row| row.get(&drawn.name)));
    let widest = |texts: &[String]| texts.iter().map(|text| width(text)).max().unwrap_or(0);
    let label_width = widest(&names).min(WIDEST_LABEL).min(columns / 2);
    let number_width = widest(&numbers);
    let room = columns.saturating_sub(label_width + number_width + 4).max(8);
    let mut text = format!("{}\n", drawn.name);
    for ((name, number), value) in names.iter().zip(&numbers).zip(values) {
        let bar = bar(value.unwrap_or(0.0), most, room);
        let line = format!(
            "{}  {}  {bar}",
            fit(name, label_width, false),
            fit(number, number_width, true)
        );
        text += line.trim_end();
        text.push('\n');
    }
    text
}

/// In eighths of a column. What is less than nothing has no bar.
fn bar(value: f64, most: f64, columns: usize) -> String {
    if value <= 0.0 || most <= 0.0 {
        return String::new();
    }
    let eighths = ((value / most) * (columns * 8) as f64).round().max(1.0) as usize;
    let mut bar = EIGHTHS[7].to_string().repeat(eighths / 8);
    if !eighths.is_multiple_of(8) {
        bar.push(EIGHTHS[eighths % 8 - 1]);
    }
    bar
}

/// Neighbouring moments share a column where there are more than columns: the highest of them shows.
fn line(report: &Report, time: &Column, drawn: &Column, values: &[Option<f64>], columns: usize) -> String {
    let per_column = values.len().div_ceil(columns.max(8));
    let highest: Vec<f64> = values
        .chunks(per_column)
        .map(|chunk| chunk.iter().flatten().copied().fold(0.0, f64::max))
        .collect();
    let most = highest.iter().copied().fold(0.0, f64::max);
    let height = |value: &f64| match *value {
        value if value <= 0.0 || most <= 0.0 => ' ',
        value => HEIGHTS[((value / most * 8.0).ceil() as usize).clamp(1, 8) - 1],
    };
    let drawing: String = highest.iter().map(height).collect();
    let at =
        |row: Option<&serde_json::Map<String, serde_json::Value>>| row.and_then(|row| row.get(&time.name)).map(cell);
    let (first, last) = (at(report.data.first()), at(report.data.last()));
    let most = cell(&serde_json::json!(most));
    format!(
        "{}, at most {most}\n{drawing}\n{} … {}\n",
        drawn.name,
        first.unwrap_or_default(),
        last.unwrap_or_default()
    )
}

#[cfg(test)]
mod tests {
    use serde_json::{from_value, json};

    use super::*;

    fn report(meta: serde_json::Value, data: serde_json::Value) -> Report {
        from_value(json!({"metric": "m", "title": "T", "unit": "u", "definition": "D", "parameters": {}, "meta": meta, "data": data}))
            .unwrap()
    }

    #[test]
    fn draws_a_bar_for_each_row() {
        let meta = json!([{"name": "page", "type": "String"}, {"name": "views", "type": "UInt64"}, {"name": "ctr", "type": "Float64"}]);
        let data = json!([{"page": "/каталог", "views": 20, "ctr": 0.5}, {"page": "/日本", "views": 5, "ctr": null}, {"page": "/", "views": 0, "ctr": 1.0}]);
        let report = report(meta, data);
        let drawn = text(&report, None, 30).unwrap();
        let expect = "views\n/каталог  20  ████████████████\n/日本      5  ████\n/          0\n";
        assert!(drawn.ends_with(expect), "{drawn}");
        assert!(text(&report, Some("ctr"), 30).unwrap().contains("/日本       –\n"));
        let error = text(&report, Some("page"), 30).unwrap_err().to_string();
        assert!(error.contains("views, ctr"), "{error}");
    }

    #[test]
    fn draws_what_the_metric_measures() {
        let meta = json!([{"name": "step", "type": "UInt8"}, {"name": "sessions", "type": "UInt64"}]);
        let mut funnel = report(meta, json!([]));
        assert_eq!(drawn(&funnel, None).unwrap().name, "step");
        funnel.unit = "sessions".to_owned();
        assert_eq!(drawn(&funnel, None).unwrap().name, "sessions");
    }

    #[test]
    fn draws_many_moments_as_one_line() {
        let meta = json!([{"name": "minute", "type": "DateTime"}, {"name": "events", "type": "UInt64"}]);
        let data: Vec<_> = (0..60)
            .map(|minute| json!({"minute": format!("10:{minute:02}"), "events": minute}))
            .collect();
        let drawn = text(&report(meta, json!(data)), None, 30).unwrap();
        assert!(
            drawn.contains("events, at most 59\n▁▁▁▁▂▂▂▃▃▃▃▄▄▄▄▅▅▅▆▆▆▆▇▇▇▇████\n"),
            "{drawn}"
        );
        assert!(drawn.ends_with("█\n10:00 … 10:59\n"), "{drawn}");
    }

    #[test]
    fn an_eighth_shows_the_least() {
        assert_eq!(bar(0.001, 100.0, 10), "▏");
        assert_eq!(bar(50.0, 100.0, 3), "█▌");
        assert_eq!(bar(-1.0, 100.0, 3), "");
    }
}
