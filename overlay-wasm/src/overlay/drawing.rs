//! Elements looked up, and a frame drawn of what there is.

use gloo::render::request_animation_frame;
use gloo::timers::callback::Timeout;
use gloo::utils::window;
use wasm_bindgen::JsValue;

use super::telling::{click_words, element_words};
use super::{Drawn, Overlay, with};
use crate::anchor::place;
use crate::asked::Mode;
use crate::density::{Field, peak};
use crate::find::{areas, find};
use crate::rows::ClickRow;
use crate::words::things;

/// Elements are looked up at most so often: some pages change all the time.
const SEARCH_MS: u32 = 200;

impl Overlay {
    pub(super) fn draw_soon(&mut self) {
        if self.frame_due.is_none() {
            self.frame_due = Some(request_animation_frame(|_| with(Self::draw)));
        }
    }

    /// Looks the elements up, and lists them.
    pub(super) fn search(&mut self) -> Result<(), JsValue> {
        self.stale = false;
        self.moved = true;
        self.found = find(&self.names);
        self.watch
            .follow(self.found.iter().filter_map(|elements| elements.first()));
        self.list()
    }

    fn search_soon(&mut self) {
        if self.search_due.is_some() {
            return;
        }
        let search = |overlay: &mut Self| {
            overlay.search_due = None;
            overlay.search()?;
            overlay.draw_soon();
            Ok(())
        };
        self.search_due = Some(Timeout::new(SEARCH_MS, move || with(search)));
    }

    fn draw(&mut self) -> Result<(), JsValue> {
        self.frame_due = None;
        let path = window().location().pathname()?;
        if path != self.path {
            self.path = path;
            return self.ask();
        }
        if std::mem::take(&mut self.stale) {
            self.search_soon();
        }
        let viewport = self.shell.viewport();
        let moved = std::mem::take(&mut self.moved);
        match &self.drawn {
            Drawn::Nothing => return Ok(()),
            Drawn::Clicks { rows, name_of } => {
                let page = self.shell.page();
                let boxes: Vec<_> = self.found.iter().map(|elements| areas(elements)).collect();
                let placed = |(row, name): (&ClickRow, &usize)| {
                    let boxes = boxes.get(*name).map_or(&[][..], Vec::as_slice);
                    place(row, boxes, page)
                };
                let points: Vec<_> = rows.iter().zip(name_of).map(placed).collect();
                let lost: u64 = rows
                    .iter()
                    .zip(&points)
                    .filter(|(_, point)| point.is_none())
                    .map(|(row, _)| row.clicks)
                    .sum();
                let points: Vec<_> = points.into_iter().flatten().collect();
                if moved {
                    self.peak = peak(&points);
                }
                let field = Field::of(&points, viewport.width, viewport.height);
                self.shell.paint(Some((&field, self.peak)))?;
                self.words = click_words(rows, self.names.len(), lost);
            }
            Drawn::Elements { rows, boxes } => {
                boxes.draw(&self.found, viewport)?;
                self.words = element_words(rows, &self.found, self.asked.mode);
            }
            Drawn::Reach { bands, pages } => {
                bands.draw(self.shell.page_height(), self.shell.page().scroll_y, viewport)?;
                self.words = format!(
                    "{} whose end is known, by how far down the page was in sight.",
                    things(*pages, "visit")
                );
            }
        }
        let is_empty = match &self.drawn {
            Drawn::Clicks { rows, .. } => rows.is_empty(),
            Drawn::Elements { rows, .. } => rows.iter().all(|row| row.seen == 0),
            Drawn::Reach { pages, .. } => *pages == 0,
            Drawn::Nothing => true,
        };
        self.state = if is_empty { "empty" } else { "shown" };
        if is_empty {
            let what = match self.asked.mode {
                Mode::Clicks => "clicks",
                Mode::Views | Mode::Ctr => "views of elements",
                Mode::Scroll => "visits whose end is known",
            };
            let (period, device) = (self.asked.period.label(), self.asked.device.label());
            self.words = format!("No {what} on {} in {period} ({device}).", self.path);
        }
        self.say()
    }
}
