//! The page's own objects, looked up once.

use event::json::Object;
use js_sys::Date;
use wasm_bindgen::{JsCast, JsValue, UnwrapThrowExt};
use web_sys::{Crypto, Document, Element, Window, console};

use crate::fields::rounded;

pub(crate) struct Browser {
    pub(crate) window: Window,
    pub(crate) document: Document,
    root: Element,
    crypto: Crypto,
}

impl Browser {
    pub(crate) fn new() -> Self {
        let window = web_sys::window().unwrap_throw();
        let document = window.document().unwrap_throw();
        let root = document.document_element().unwrap_throw();
        let crypto = window.crypto().unwrap_throw();
        Self {
            window,
            document,
            root,
            crypto,
        }
    }

    pub(crate) fn random(&self, bytes: &mut [u8]) {
        self.crypto.get_random_values_with_u8_array(bytes).unwrap_throw();
    }

    /// Milliseconds that never run backwards, for durations.
    pub(crate) fn elapsed(&self) -> f64 {
        self.window.performance().map_or_else(Date::now, |clock| clock.now())
    }

    pub(crate) fn hidden(&self) -> bool {
        self.document.hidden()
    }

    pub(crate) fn viewport_height(&self) -> f64 {
        number(self.window.inner_height().ok())
    }

    /// Where the page's origin lies relative to the viewport's, CSS pixels.
    pub(crate) fn scroll(&self) -> (f64, f64) {
        (
            self.window.scroll_x().unwrap_or(0.0),
            self.window.scroll_y().unwrap_or(0.0),
        )
    }

    /// Appends the sizes of viewport and page.
    pub(crate) fn write_sizes(&self, payload: &mut Object<'_>) {
        rounded(payload, "viewport_w", number(self.window.inner_width().ok()));
        rounded(payload, "viewport_h", self.viewport_height());
        rounded(payload, "page_w", f64::from(self.root.scroll_width()));
        rounded(payload, "page_h", f64::from(self.root.scroll_height()));
    }
}

/// One line for the person who put the tracker on the page.
pub(crate) fn warn(message: &str) {
    console::warn_2(&JsValue::from_str("clickpath:"), &JsValue::from_str(message));
}

/// NaN, which [`rounded`] leaves out, where there is no number.
fn number(value: Option<JsValue>) -> f64 {
    value.and_then(|value| value.as_f64()).unwrap_or(f64::NAN)
}

/// The elements among the nodes of a list.
pub(crate) fn elements(nodes: &web_sys::NodeList) -> impl Iterator<Item = Element> {
    (0..nodes.length()).filter_map(|index| nodes.item(index)?.dyn_into().ok())
}
