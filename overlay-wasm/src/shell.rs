//! The overlay's one element in the page, with all else in its closed shadow tree.

use gloo::events::EventListener;
use gloo::utils::{document, window};
use js_sys::Array;
use wasm_bindgen::{Clamped, JsCast, JsValue};
use web_sys::{
    CanvasRenderingContext2d, CssStyleSheet, Event, HtmlCanvasElement, HtmlElement, ImageData, ShadowRoot,
    ShadowRootInit, ShadowRootMode,
};

use crate::anchor::{Area, Page};
use crate::density::Field;
use crate::nodes::make;

const TAG: &str = "clickpath-overlay";
const STYLE: &str = include_str!("style.css");

/// Leaves the page when dropped.
pub(crate) struct Shell {
    host: HtmlElement,
    pub(crate) root: ShadowRoot,
    canvas: HtmlCanvasElement,
    context: CanvasRenderingContext2d,
    /// For boxes, bands and labels.
    pub(crate) layer: HtmlElement,
    _listeners: Vec<EventListener>,
}

impl Shell {
    pub(crate) fn new() -> Result<Self, JsValue> {
        let host = make(TAG, "")?;
        // Where a tracker runs all the same: none of this is a visitor's.
        host.set_attribute("data-cp-ignore", "")?;
        let root = host.attach_shadow(&ShadowRootInit::new(ShadowRootMode::Closed))?;
        let sheet = CssStyleSheet::new()?;
        sheet.replace_sync(STYLE)?;
        root.set_adopted_style_sheets(&Array::of1(&sheet));
        let canvas: HtmlCanvasElement = make("canvas", "")?.unchecked_into();
        canvas.set_attribute("aria-hidden", "true")?;
        let context = canvas.get_context("2d")?.ok_or("this browser draws nothing")?;
        let layer = make("div", "layer")?;
        layer.set_attribute("aria-hidden", "true")?;
        root.append_child(&canvas)?;
        root.append_child(&layer)?;
        // What the operator does here is not the page's business.
        let quiet = |name: &'static str| EventListener::new(&root, name, Event::stop_propagation);
        let listeners = [
            "click",
            "pointerdown",
            "mousedown",
            "keydown",
            "keyup",
            "input",
            "change",
        ]
        .map(quiet);
        document()
            .document_element()
            .ok_or("the page has no element")?
            .append_child(&host)?;
        Ok(Self {
            host,
            root,
            canvas,
            context: context.unchecked_into(),
            layer,
            _listeners: listeners.into(),
        })
    }

    /// Of the page's part in sight, without scroll bars.
    pub(crate) fn viewport(&self) -> Area {
        let page = document().document_element();
        let size = page.map_or((0, 0), |page| (page.client_width(), page.client_height()));
        Area {
            left: 0.0,
            top: 0.0,
            width: f64::from(size.0),
            height: f64::from(size.1),
        }
    }

    pub(crate) fn page(&self) -> Page {
        let window = window();
        Page {
            width: document()
                .document_element()
                .map_or(0.0, |page| f64::from(page.scroll_width())),
            scroll_x: window.scroll_x().unwrap_or(0.0),
            scroll_y: window.scroll_y().unwrap_or(0.0),
        }
    }

    pub(crate) fn page_height(&self) -> f64 {
        document()
            .document_element()
            .map_or(0.0, |page| f64::from(page.scroll_height()))
    }

    /// Draws the field over the viewport, or nothing. The canvas has a pixel a cell; the browser draws it larger, and smooth.
    pub(crate) fn paint(&self, field: Option<(&Field, f64)>) -> Result<(), JsValue> {
        let Some((field, peak)) = field else {
            // A new size clears it.
            self.canvas.set_width(1);
            return Ok(());
        };
        let (columns, rows) = (field.columns as u32, field.rows as u32);
        if self.canvas.width() != columns || self.canvas.height() != rows {
            self.canvas.set_width(columns);
            self.canvas.set_height(rows);
        }
        let style = self.canvas.style();
        let side = |cells: usize| format!("{}px", cells as f64 * crate::density::STEP);
        style.set_property("width", &side(field.columns))?;
        style.set_property("height", &side(field.rows))?;
        let pixels = field.pixels(peak);
        let image = ImageData::new_with_u8_clamped_array_and_sh(Clamped(&pixels[..]), columns, rows)?;
        self.context.put_image_data(&image, 0.0, 0.0)
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        self.host.remove();
    }
}
