//! What the gateway answers: rows of the metrics of the same names in `sql/metrics/`.

use serde::Deserialize;

#[derive(Deserialize)]
pub(crate) struct Report<Row> {
    pub(crate) data: Vec<Row>,
}

/// Of `click_map`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct ClickRow {
    pub(crate) element_id: String,
    pub(crate) place: Place,
    pub(crate) at_x: f64,
    pub(crate) at_y: f64,
    /// Where on the page it was, CSS pixels.
    pub(crate) page_x: f64,
    pub(crate) page_y: f64,
    /// 0 where it was not told.
    pub(crate) page_w: f64,
    pub(crate) clicks: u64,
}

/// What `at_x` and `at_y` are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Place {
    /// Of the element's width and height.
    Share,
    /// CSS pixels from the element's corner.
    Offset,
    /// CSS pixels from the page's corner.
    Page,
}

/// Of `page_elements`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct ElementRow {
    pub(crate) element_id: String,
    pub(crate) seen: u64,
    pub(crate) clicked: u64,
    pub(crate) ctr: Option<f64>,
    pub(crate) ctr_low: Option<f64>,
    pub(crate) ctr_high: Option<f64>,
}

/// Of `scroll_reach`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct ReachRow {
    pub(crate) percent: f64,
    pub(crate) pages: u64,
    pub(crate) share: f64,
}

#[derive(Deserialize)]
pub(crate) struct Refusal {
    pub(crate) error: Why,
}

#[derive(Deserialize)]
pub(crate) struct Why {
    pub(crate) code: String,
    pub(crate) message: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_rows_as_the_gateway_writes_them() {
        let text = r##"{"metric":"click_map","data":[{"element_id":"#buy","place":"share","at_x":0.5,"at_y":0.25,"page_x":445,"page_y":315.5,"page_w":1440,"clicks":3}],"rows":1}"##;
        let report: Report<ClickRow> = serde_json::from_str(text).unwrap();
        assert_eq!((report.data[0].place, report.data[0].clicks), (Place::Share, 3));
        let text = r##"{"data":[{"path":"/","element_id":"#buy","seen":0,"clicked":2,"seen_and_clicked":0,"ctr":null,"ctr_low":null,"ctr_high":null}]}"##;
        let report: Report<ElementRow> = serde_json::from_str(text).unwrap();
        assert_eq!(report.data[0].ctr, None);
    }
}
