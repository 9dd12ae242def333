//! What an element is called: the name under which its views and clicks are counted.

use event::json::Object;
use web_sys::Element;

use crate::fields::given;

/// Names an element for Clickpath; stronger than its id.
pub(crate) const NAME: &str = "data-cp";
/// The business name of a click on the element.
pub(crate) const TITLE: &str = "data-cp-title";
/// Nothing is recorded inside an element that carries it.
pub(crate) const IGNORE: &str = "data-cp-ignore";
const FIELD_PREFIX: &str = "data-cp-";

/// Every element that may have a name of its own.
pub(crate) const CANDIDATES: &str = "[id],[data-cp]";

/// Fields of the payload that the tracker measures; an attribute cannot replace them.
const MEASURED: [&str; 12] = [
    "event_title",
    "element_id",
    "title",
    "ignore",
    "x",
    "y",
    "element_x",
    "element_y",
    "viewport_w",
    "viewport_h",
    "page_w",
    "page_h",
];

/// The owner's name for the element: its `data-cp`, else `#` and its id.
pub(crate) fn own_name(element: &Element) -> Option<String> {
    if let Some(name) = element.get_attribute(NAME).filter(|name| !name.is_empty()) {
        return Some(name);
    }
    let id = element.get_attribute("id")?;
    (is_chosen(&id) && !wraps_page(element, &id)).then(|| ["#", &id].concat())
}

/// Appends the element's `data-cp-product-id="7"` as `"product_id":"7"`.
pub(crate) fn write_fields(element: &Element, payload: &mut Object<'_>) {
    for attribute in element.get_attribute_names() {
        let Some(attribute) = attribute.as_string() else {
            continue;
        };
        let Some(field) = attribute.strip_prefix(FIELD_PREFIX) else {
            continue;
        };
        let field = field.replace('-', "_");
        if let Some(value) = element.get_attribute(&attribute)
            && !MEASURED.contains(&field.as_str())
        {
            given(payload, &field, &value);
        }
    }
}

/// Whether an id was chosen by a person and stays the same: frameworks number theirs anew on each render.
fn is_chosen(id: &str) -> bool {
    let generated_prefix = ["radix-", "headlessui-", "mui-", "ember"]
        .iter()
        .any(|prefix| id.starts_with(prefix));
    !id.is_empty() && !generated_prefix && !id.contains([':', '«', ' ']) && !id.split(['-', '_']).any(is_random)
}

/// Eight or more hexadecimal digits with letters and figures among them: a hash or a piece of a UUID.
fn is_random(part: &str) -> bool {
    part.len() >= 8
        && part.bytes().all(|byte| byte.is_ascii_hexdigit())
        && part.bytes().any(|byte| byte.is_ascii_digit())
        && part.bytes().any(|byte| byte.is_ascii_alphabetic())
}

/// The whole page is no element of it.
fn wraps_page(element: &Element, id: &str) -> bool {
    const IDS: [&str; 8] = [
        "root",
        "app",
        "main",
        "page",
        "wrapper",
        "__next",
        "__nuxt",
        "___gatsby",
    ];
    const TAGS: [&str; 3] = ["html", "body", "main"];
    IDS.contains(&id) || TAGS.contains(&element.local_name().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_ids_people_chose() {
        for id in ["buy", "product-10234", "add_to_cart", "facade", "hero2", "größe"] {
            assert!(is_chosen(id), "{id}");
        }
    }

    #[test]
    fn leaves_ids_programs_made() {
        for id in [
            "",
            ":r1:",
            "radix-3",
            "ember402",
            "item-9f86d081",
            "550e8400-e29b-41d4-a716-446655440000",
            "«r0»",
        ] {
            assert!(!is_chosen(id), "{id}");
        }
    }
}
