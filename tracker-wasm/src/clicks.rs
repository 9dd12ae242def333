use event::{json::Object, limits};
use js_sys::Array;
use wasm_bindgen::JsCast;
use web_sys::Element;

use crate::browser::Browser;
use crate::fields::rounded;
use crate::naming::{self, write_fields};
use crate::selector::subject;
use crate::text::cut;

/// The payload of a click, or nothing where the page's owner wants none.
pub(crate) fn payload(browser: &Browser, path: &Array, x: f64, y: f64) -> Option<String> {
    let path: Vec<Element> = path.iter().filter_map(|node| node.dyn_into().ok()).collect();
    if path.iter().any(|element| element.has_attribute(naming::IGNORE)) {
        return None;
    }
    let (element, name) = subject(&path)?;
    let title = element.get_attribute(naming::TITLE).filter(|title| !title.is_empty());
    let mut text = String::new();
    let mut payload = Object::new(&mut text);
    payload.text(
        "event_title",
        title
            .as_deref()
            .map_or("click", |title| cut(title, limits::EVENT_TITLE_BYTES)),
    );
    payload.text("element_id", cut(&name, limits::ELEMENT_ID_BYTES));
    if !x.is_nan() {
        rounded(&mut payload, "x", x);
        rounded(&mut payload, "y", y);
        write_offset(browser, element, (x, y), &mut payload);
    }
    browser.write_sizes(&mut payload);
    write_fields(element, &mut payload);
    drop(payload);
    Some(text)
}

/// Where in the element the pointer was. An element that left the page since has no place to measure from.
fn write_offset(browser: &Browser, element: &Element, (x, y): (f64, f64), payload: &mut Object<'_>) {
    if !element.is_connected() {
        return;
    }
    let place = element.get_bounding_client_rect();
    let (scroll_x, scroll_y) = browser.scroll();
    rounded(payload, "element_x", x - scroll_x - place.left());
    rounded(payload, "element_y", y - scroll_y - place.top());
}
