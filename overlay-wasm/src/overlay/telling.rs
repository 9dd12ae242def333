//! What is said of what is drawn: in the toolbar, and to the dashboard around.

use std::collections::HashSet;

use wasm_bindgen::JsValue;
use web_sys::Element;

use super::{Drawn, Overlay};
use crate::asked::{MOST_ROWS, Mode};
use crate::density::value;
use crate::frame::Told;
use crate::rows::{ClickRow, ElementRow};
use crate::toolbar::Row;
use crate::words::{count, percent, things};

impl Overlay {
    /// What the colours mean: the low end, the middle and the high one.
    fn scale(&self) -> Vec<String> {
        if self.state != "shown" {
            return Vec::new();
        }
        match (&self.drawn, self.asked.mode) {
            (Drawn::Clicks { .. }, _) => {
                let tick = |level| count(value(level, self.peak));
                vec!["0".to_owned(), tick(0.5), format!("{} clicks", tick(1.0))]
            }
            (Drawn::Elements { boxes, .. }, Mode::Ctr) => {
                [0.0, 0.5, 1.0].map(|level| percent(value(level, boxes.most))).into()
            }
            (Drawn::Elements { boxes, .. }, _) => {
                let tick = |level| count(value(level, boxes.most));
                vec!["0".to_owned(), tick(0.5), format!("{} views", tick(1.0))]
            }
            (Drawn::Reach { .. }, _) => ["0 %", "50 %", "100 %"].map(str::to_owned).into(),
            (Drawn::Nothing, _) => Vec::new(),
        }
    }

    pub(super) fn say(&mut self) -> Result<(), JsValue> {
        let scale = self.scale();
        if let Some(toolbar) = &self.toolbar {
            toolbar.say(self.state, &self.words, &scale)?;
        }
        let Some(frame) = &mut self.frame else { return Ok(()) };
        let missing = self.names.iter().zip(&self.found);
        let missing: HashSet<&str> = missing
            .filter(|(_, elements)| elements.is_empty())
            .map(|(name, _)| name.as_str())
            .collect();
        let mut missing: Vec<&str> = missing.into_iter().collect();
        missing.sort_unstable();
        frame.tell(Told {
            clickpath: "",
            path: &self.path,
            mode: self.asked.mode.name(),
            state: self.state,
            words: &self.words,
            scale: &scale,
            missing,
        })
    }

    pub(super) fn list(&self) -> Result<(), JsValue> {
        let Some(toolbar) = &self.toolbar else { return Ok(()) };
        let gone = |index: usize| self.found.get(index).is_none_or(Vec::is_empty);
        match &self.drawn {
            Drawn::Clicks { rows, name_of } => {
                let mut clicks = vec![0_u64; self.names.len()];
                for (row, name) in rows.iter().zip(name_of) {
                    clicks[*name] += row.clicks;
                }
                let mut order: Vec<usize> = (0..clicks.len()).collect();
                order.sort_by(|one, other| clicks[*other].cmp(&clicks[*one]));
                let row = |index: usize| Row {
                    name: self.names[index].clone(),
                    cells: vec![count(clicks[index] as f64)],
                    gone: gone(index),
                };
                let rows: Vec<Row> = order.into_iter().map(row).collect();
                toolbar.list(&["Element", "Clicks"], &rows)
            }
            Drawn::Elements { rows, .. } => {
                let row = |(index, row): (usize, &ElementRow)| Row {
                    name: row.element_id.clone(),
                    cells: vec![
                        count(row.seen as f64),
                        count(row.clicked as f64),
                        row.ctr.map_or_else(|| "–".to_owned(), percent),
                    ],
                    gone: gone(index),
                };
                let rows: Vec<Row> = rows.iter().enumerate().map(row).collect();
                toolbar.list(&["Element", "Seen", "Clicked", "CTR"], &rows)
            }
            Drawn::Reach { .. } | Drawn::Nothing => toolbar.list(&[], &[]),
        }
    }
}

pub(super) fn click_words(rows: &[ClickRow], elements: usize, lost: u64) -> String {
    let clicks = rows.iter().map(|row| row.clicks).sum();
    let mut words = format!("{} on {}.", things(clicks, "click"), things(elements as u64, "element"));
    if lost > 0 {
        words += &format!(
            " {} not placed: what was clicked is not shown now.",
            things(lost, "click")
        );
    }
    if rows.len() >= MOST_ROWS {
        words += " Only the most clicked places.";
    }
    words
}

pub(super) fn element_words(rows: &[ElementRow], found: &[Vec<Element>], mode: Mode) -> String {
    let seen = rows.iter().filter(|row| row.seen > 0).count();
    let lost = rows
        .iter()
        .zip(found)
        .filter(|(row, elements)| row.seen > 0 && elements.is_empty())
        .count();
    let mut words = match mode {
        Mode::Ctr => format!(
            "Of the sessions that saw an element, those that clicked it, with the 95 % interval. {} seen.",
            things(seen as u64, "element")
        ),
        _ => format!("Sessions that saw each of {}.", things(seen as u64, "element")),
    };
    if lost > 0 {
        words += &format!(" {} not on the page now.", things(lost as u64, "element"));
    }
    words
}
