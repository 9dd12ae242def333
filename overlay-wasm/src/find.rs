//! Elements by the names that the tracker gives them: `host/find.js`.

use js_sys::Array;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::Element;

use crate::anchor::{Area, Shown};

#[wasm_bindgen(raw_module = "clickpath-find")]
extern "C" {
    #[wasm_bindgen(js_name = find)]
    fn find_by_name(names: &Array) -> Array;
    #[wasm_bindgen(js_name = shownPart)]
    fn shown_part(element: &Element) -> Option<Vec<f64>>;
    /// Path and query of the page of this site that a click on one of these nodes leads to.
    #[wasm_bindgen(js_name = leadsTo)]
    pub(crate) fn leads_to(path: &Array) -> Option<String>;
}

/// For each name the elements that are called so now.
pub(crate) fn find(names: &[String]) -> Vec<Vec<Element>> {
    let names: Array = names.iter().map(|name| wasm_bindgen::JsValue::from_str(name)).collect();
    let elements = |found: wasm_bindgen::JsValue| {
        let found = found.unchecked_into::<Array>();
        found.iter().map(JsCast::unchecked_into).collect()
    };
    find_by_name(&names).iter().map(elements).collect()
}

/// Where the elements are, of those that are drawn at all.
pub(crate) fn areas(elements: &[Element]) -> Vec<Shown> {
    let shown = |element: &Element| {
        let &[left, top, width, height] = shown_part(element)?.as_slice() else {
            return None;
        };
        let rect = element.get_bounding_client_rect();
        Some(Shown {
            whole: Area {
                left: rect.left(),
                top: rect.top(),
                width: rect.width(),
                height: rect.height(),
            },
            part: Area {
                left,
                top,
                width,
                height,
            },
        })
    };
    elements.iter().filter_map(shown).collect()
}
