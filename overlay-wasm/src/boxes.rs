//! Elements as boxes with labels, and the page's height as bands: what is no density.

use wasm_bindgen::JsValue;
use web_sys::{Element, HtmlElement};

use crate::anchor::Area;
use crate::asked::Mode;
use crate::density::{color, level};
use crate::find::areas;
use crate::labels::{Wanted, arrange};
use crate::nodes::{add, cover, make, rgb, show};
use crate::reach::{Band, Line};
use crate::rows::ElementRow;
use crate::words::{count, percent};

/// More would be a page full of labels.
const MOST: usize = 300;

/// Of the elements of a page, in the order of their importance.
pub(crate) struct Boxes {
    boxes: Vec<Boxed>,
    /// The red end of the scale.
    pub(crate) most: f64,
}

struct Boxed {
    /// Position of its row.
    row: usize,
    frame: HtmlElement,
    label: HtmlElement,
    /// The label's own, CSS pixels.
    width: f64,
    height: f64,
}

impl Boxes {
    pub(crate) fn new(rows: &[ElementRow], mode: Mode, layer: &HtmlElement) -> Result<Self, JsValue> {
        let value = |row: &ElementRow| match mode {
            Mode::Ctr => row.ctr.unwrap_or(0.0),
            _ => row.seen as f64,
        };
        let mut order: Vec<usize> = (0..rows.len()).filter(|index| rows[*index].seen > 0).collect();
        order.sort_by(|one, other| rows[*other].seen.cmp(&rows[*one].seen));
        if mode == Mode::Ctr {
            order.sort_by(|one, other| rows[*other].clicked.cmp(&rows[*one].clicked));
        }
        order.truncate(MOST);
        let most = order.iter().map(|index| value(&rows[*index])).fold(0.0, f64::max);
        let mut boxes = Vec::with_capacity(order.len());
        for row in order {
            let heat = color(level(value(&rows[row]), most.max(f64::MIN_POSITIVE)));
            let frame = make("div", "box")?;
            frame.style().set_property("border-color", &rgb(heat, 0.95))?;
            frame.style().set_property("background", &rgb(heat, 0.16))?;
            let label = label(&rows[row], mode)?;
            layer.append_child(&frame)?;
            layer.append_child(&label)?;
            boxes.push(Boxed {
                row,
                frame,
                label,
                width: 0.0,
                height: 0.0,
            });
        }
        let mut boxes = Self { boxes, most };
        boxes.measure();
        Ok(boxes)
    }

    /// Looks how large the labels are. All at once: each look at a size after a change would lay the tree out anew.
    pub(crate) fn measure(&mut self) {
        for boxed in &mut self.boxes {
            let rect = boxed.label.get_bounding_client_rect();
            (boxed.width, boxed.height) = (rect.width(), rect.height());
        }
    }

    /// Over the elements as they are now; `found` are those of each row.
    pub(crate) fn draw(&self, found: &[Vec<Element>], viewport: Area) -> Result<(), JsValue> {
        let places: Vec<Option<Area>> = self
            .boxes
            .iter()
            .map(|boxed| {
                found
                    .get(boxed.row)
                    .and_then(|elements| areas(elements).first().map(|shown| shown.part))
            })
            .collect();
        let shown = |place: &Option<Area>| place.filter(|area| area.meets(&viewport));
        let nowhere = Area {
            left: -1.0,
            top: -1.0,
            width: 0.0,
            height: 0.0,
        };
        let wanted: Vec<Wanted> = self
            .boxes
            .iter()
            .zip(&places)
            .map(|(boxed, place)| Wanted {
                of: shown(place).unwrap_or(nowhere),
                width: boxed.width,
                height: boxed.height,
            })
            .collect();
        let corners = arrange(&wanted, viewport);
        for ((boxed, place), corner) in self.boxes.iter().zip(&places).zip(corners) {
            let place = shown(place);
            show(&boxed.frame, place.is_some())?;
            if let Some(area) = place {
                cover(&boxed.frame, &area)?;
            }
            let style = boxed.label.style();
            style.set_property("visibility", if corner.is_some() { "visible" } else { "hidden" })?;
            if let Some((left, top)) = corner {
                style.set_property("transform", &format!("translate({left}px,{top}px)"))?;
            }
        }
        Ok(())
    }
}

/// `1,234 views`, or `12.3 % (10.1–14.9)`.
fn label(row: &ElementRow, mode: Mode) -> Result<HtmlElement, JsValue> {
    let label = make("div", "label")?;
    let (figure, rest) = match (mode, row.ctr, row.ctr_low, row.ctr_high) {
        (Mode::Ctr, Some(ctr), Some(low), Some(high)) => (
            percent(ctr),
            format!(
                " ({:.1}–{:.1}) of {}",
                low * 100.0,
                high * 100.0,
                count(row.seen as f64)
            ),
        ),
        _ => (
            count(row.seen as f64),
            if row.seen == 1 { " view" } else { " views" }.to_owned(),
        ),
    };
    add(&label, "span", &figure)?;
    add(&label, "small", &rest)?;
    label.set_attribute("data-of", &row.element_id)?;
    Ok(label)
}

/// Bands over the whole height of the page, and lines between them.
pub(crate) struct Bands {
    bands: Vec<(Band, HtmlElement)>,
    lines: Vec<(Line, HtmlElement, HtmlElement)>,
}

impl Bands {
    pub(crate) fn new(bands: Vec<Band>, lines: Vec<Line>, layer: &HtmlElement) -> Result<Self, JsValue> {
        let band = |band: Band| {
            let node = make("div", "band")?;
            node.style().set_property("background", &rgb(color(band.share), 0.34))?;
            layer.append_child(&node)?;
            Ok((band, node))
        };
        let bands = bands.into_iter().map(band).collect::<Result<_, JsValue>>()?;
        let line = |line: Line| {
            let (node, label) = (make("div", "line")?, make("div", "label")?);
            add(&label, "span", &percent(line.share))?;
            add(&label, "small", &format!(" saw {:.0} % of the page", line.at * 100.0))?;
            layer.append_child(&node)?;
            layer.append_child(&label)?;
            Ok((line, node, label))
        };
        let lines = lines.into_iter().map(line).collect::<Result<_, JsValue>>()?;
        Ok(Self { bands, lines })
    }

    /// Over a page of this height, CSS pixels, that is scrolled so far.
    pub(crate) fn draw(&self, page_height: f64, scroll_y: f64, viewport: Area) -> Result<(), JsValue> {
        for (band, node) in &self.bands {
            let area = Area {
                left: 0.0,
                top: band.from * page_height - scroll_y,
                width: viewport.width,
                height: (band.to - band.from) * page_height,
            };
            cover(node, &area)?;
        }
        for (line, node, label) in &self.lines {
            let top = line.at * page_height - scroll_y;
            node.style()
                .set_property("transform", &format!("translate(0px,{}px)", top - 1.0))?;
            // Above its line: what is meant is the page down to there.
            label
                .style()
                .set_property("transform", &format!("translate(12px,calc({top}px - 100% - 3px))"))?;
        }
        Ok(())
    }
}
