//! What a click says: which element, where, by what means.

use event::{json::Object, limits};

use crate::element::{self, Element, is_one_of};
use crate::fields::{given, rounded};
use crate::host;
use crate::page::{Page, host as host_of};
use crate::text::{cut, split};

/// Fields of the payload that the tracker measures, and attributes that steer it; neither becomes a field.
const OWN: &str =
    "event_title element_id title ignore x y element_x element_y viewport_w viewport_h page_w page_h input link_url";

/// Where a link leads to a file rather than to a page.
const FILES: &str = "7z apk avi csv deb dmg doc docx epub exe gz iso jar mkv mov mp3 mp4 msi ods odt pdf pkg ppt pptx rar rpm rtf tar tgz txt wav xls xlsx xml zip";

/// The payload of a click on the `step`-th element of the path, which is called `name`. Without a pointer `x` is NaN, and `y` 1 for a
/// script's click.
pub(crate) fn write(
    payload: &mut Object<'_>,
    path: &[Element<'_>],
    step: usize,
    name: &str,
    (x, y): (f64, f64),
    page: &Page,
) {
    let fields = host::fields(step as u32);
    let link = path.iter().find(|element| !element.href.is_empty());
    let mut title = link.map_or("click", |link| kind(link, &page.url)).to_owned();
    element::pairs(&fields, |field, value| {
        if field == "title" && !value.is_empty() {
            cut(value, limits::EVENT_TITLE_BYTES).clone_into(&mut title);
        }
    });
    payload.text("event_title", &title);
    payload.text("element_id", name);
    if x.is_nan() {
        payload.text("input", if y == 1.0 { "script" } else { "keyboard" });
    } else {
        rounded(payload, "x", x);
        rounded(payload, "y", y);
        rounded(payload, "element_x", x - host::place(step as u32, 0));
        rounded(payload, "element_y", y - host::place(step as u32, 1));
    }
    write_sizes(payload);
    if let Some(link) = link {
        given(payload, "link_url", &page.told(link.href));
    }
    write_fields(payload, &fields);
}

/// A click on a link by where it leads.
fn kind(link: &Element<'_>, page: &str) -> &'static str {
    let there = host_of(link.href);
    let path = split(split(link.href, b'#').0, b'?').0;
    let extension = path.rsplit('.').next().unwrap_or_default();
    if link.has(b'd') || is_one_of(extension, FILES) {
        "file_download"
    } else if !there.is_empty() && there != host_of(page) {
        "outbound_click"
    } else {
        "click"
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_out_or_to_files() {
        let kind = |href| {
            kind(
                &Element {
                    href,
                    ..Element::default()
                },
                "https://shop.example/a.html",
            )
        };
        assert_eq!(kind("https://shop.example/b"), "click");
        assert_eq!(kind("https://other.example/"), "outbound_click");
        assert_eq!(kind("https://shop.example/list.pdf?v=2#page=3"), "file_download");
        assert_eq!(kind("https://shop.example/pdf"), "click");
        assert_eq!(kind("mailto:somebody@shop.example"), "click");
        assert_eq!(kind("#there"), "click");
    }
}
