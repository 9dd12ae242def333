use super::cell::{cell, column, fit, width, wrap};
use super::fetch::Report;

/// Below this a column says nothing any more.
const NARROW: usize = 6;
const GAP: &str = "  ";
const PROSE: usize = 100;

/// Title, definition and rows; as wide as it likes without a terminal.
pub(super) fn text(report: &Report, terminal: Option<usize>) -> String {
    let columns = report
        .meta
        .iter()
        .map(|one| column(report.data.iter().map(|row| row.get(&one.name))));
    let columns: Vec<Vec<String>> = columns.collect();
    let rows = 0..report.data.len();
    let rows: Vec<Vec<String>> = rows
        .map(|row| columns.iter().map(|column| column[row].clone()).collect())
        .collect();
    let widths = widths(report, &rows, terminal);
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let fitted = cells
            .zip(&report.meta)
            .zip(&widths)
            .map(|((text, column), width)| fit(text, *width, column.is_number()));
        fitted.collect::<Vec<_>>().join(GAP).trim_end().to_owned() + "\n"
    };
    let mut text = heading(report, terminal.unwrap_or(PROSE).min(PROSE));
    text += &line(&mut report.meta.iter().map(|column| &*column.name));
    text += &line(
        &mut widths
            .iter()
            .map(|width| "─".repeat(*width))
            .collect::<Vec<_>>()
            .iter()
            .map(String::as_str),
    );
    for row in &rows {
        text += &line(&mut row.iter().map(String::as_str));
    }
    if rows.is_empty() {
        text += "nothing in this period\n";
    }
    text
}

pub(super) fn heading(report: &Report, columns: usize) -> String {
    let shown: Vec<String> = report
        .parameters
        .iter()
        .map(|(name, value)| format!("{name}={}", cell(value)))
        .collect();
    format!(
        "{} ({})\n{}\n{}\n\n",
        report.title,
        report.unit,
        wrap(&report.definition, columns),
        wrap(&shown.join(" "), columns)
    )
}

/// The widest text columns give way until the row fits.
fn widths(report: &Report, rows: &[Vec<String>], terminal: Option<usize>) -> Vec<usize> {
    let mut widths: Vec<usize> = report.meta.iter().map(|column| width(&column.name)).collect();
    for row in rows {
        for (widest, text) in widths.iter_mut().zip(row) {
            *widest = (*widest).max(width(text));
        }
    }
    let Some(terminal) = terminal else { return widths };
    let gaps = GAP.len() * widths.len().saturating_sub(1);
    while widths.iter().sum::<usize>() + gaps > terminal {
        let texts = widths
            .iter_mut()
            .zip(&report.meta)
            .filter(|(_, column)| !column.is_number());
        match texts.map(|(width, _)| width).filter(|width| **width > NARROW).max() {
            Some(widest) => *widest -= 1,
            None => break,
        }
    }
    widths
}

#[cfg(test)]
mod tests {
    use serde_json::{from_value, json};

    use super::*;

    fn report() -> Report {
        from_value(json!({
            "metric": "m", "title": "Кнопки", "unit": "share", "definition": "Of those seen, those clicked.", "parameters": {"site": "shop"},
            "meta": [{"name": "element", "type": "String"}, {"name": "ctr", "type": "Nullable(Float64)"}],
            "data": [{"element": "#оформить-заказ", "ctr": 0.25}, {"element": "#a", "ctr": null}]
        }))
        .unwrap()
    }

    #[test]
    fn aligns_columns() {
        let expect = "Кнопки (share)\nOf those seen, those clicked.\nsite=shop\n\n\
                      element           ctr\n───────────────  ────\n#оформить-заказ  0.25\n#a                  –\n";
        assert_eq!(text(&report(), None), expect);
    }

    #[test]
    fn gives_way_to_the_terminal() {
        let narrow = text(&report(), Some(16));
        assert!(narrow.contains("#оформить…  0.25\n"), "{narrow}");
        assert!(
            text(&report(), Some(4)).contains("#офор…  0.25\n"),
            "no narrower than it can be read"
        );
    }
}
