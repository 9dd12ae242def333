//! What a click says: which element, where, by what means.

use event::{json::Object, limits};

use crate::element::{self, Element, is_one_of};
use crate::fields::{given, rounded};
use crate::host;
use crate::text::cut;

/// Fields of the payload that the tracker measures, and attributes that steer it; neither becomes a field.
const OWN: &str = "event_title element_id title ignore x y element_x element_y viewport_w viewport_h page_w page_h";

/// The payload of a click on the `step`-th element of the path, which is called `name`. `title` unless the element has its own.
pub(crate) fn write(payload: &mut Object<'_>, step: u32, name: &str, title: &str, (x, y): (f64, f64)) {
    let fields = host::fields(step);
    let mut title = title;
    let mut own_title = String::new();
    element::pairs(&fields, |field, value| {
        if field == "title" {
            value.clone_into(&mut own_title);
        }
    });
    if !own_title.is_empty() {
        title = &own_title;
    }
    payload.text("event_title", cut(title, limits::EVENT_TITLE_BYTES));
    payload.text("element_id", name);
    // Without a pointer there is no place.
    rounded(payload, "x", x);
    rounded(payload, "y", y);
    if !x.is_nan() {
        rounded(payload, "element_x", x - host::place(step, 0));
        rounded(payload, "element_y", y - host::place(step, 1));
    }
    write_sizes(payload);
    write_fields(payload, &fields);
}

/// Appends the sizes of viewport and page.
pub(crate) fn write_sizes(payload: &mut Object<'_>) {
    for (which, name) in ["viewport_w", "viewport_h", "page_w", "page_h"].into_iter().enumerate() {
        rounded(payload, name, host::size(which as u32));
    }
}

/// Appends the element's `data-cp-product-id="7"` as `"product_id":"7"`.
pub(crate) fn write_fields(payload: &mut Object<'_>, fields: &str) {
    element::pairs(fields, |field, value| {
        if !is_one_of(field, OWN) {
            given(payload, field, value);
        }
    });
}

/// Whether the page's owner wants to hear nothing of it.
pub(crate) fn is_ignored(path: &[Element<'_>]) -> bool {
    path.iter().any(|element| element.has(b'i'))
}
