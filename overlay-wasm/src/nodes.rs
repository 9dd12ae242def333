//! Elements of the shadow tree. Styles are set property by property: a strict policy forbids attributes with styles.

use wasm_bindgen::{JsCast, JsValue};
use web_sys::HtmlElement;

use crate::anchor::Area;

pub(crate) fn make(tag: &str, class: &str) -> Result<HtmlElement, JsValue> {
    let element: HtmlElement = gloo::utils::document().create_element(tag)?.unchecked_into();
    if !class.is_empty() {
        element.set_class_name(class);
    }
    Ok(element)
}

pub(crate) fn text(tag: &str, class: &str, text: &str) -> Result<HtmlElement, JsValue> {
    let element = make(tag, class)?;
    element.set_text_content(Some(text));
    Ok(element)
}

/// A new element with a text, as the last of `parent`.
pub(crate) fn add(parent: &HtmlElement, tag: &str, words: &str) -> Result<(), JsValue> {
    let child = text(tag, "", words)?;
    parent.append_child(&child).map(drop)
}

/// Puts the element over an area of the viewport.
pub(crate) fn cover(element: &HtmlElement, area: &Area) -> Result<(), JsValue> {
    let style = element.style();
    style.set_property("transform", &format!("translate({}px,{}px)", area.left, area.top))?;
    style.set_property("width", &format!("{}px", area.width))?;
    style.set_property("height", &format!("{}px", area.height))
}

/// `rgb(…)` for CSS, of the colours of [`crate::density::color`].
pub(crate) fn rgb([red, green, blue, _]: [u8; 4], alpha: f64) -> String {
    format!("rgb({red} {green} {blue} / {alpha})")
}

pub(crate) fn show(element: &HtmlElement, shown: bool) -> Result<(), JsValue> {
    match shown {
        true => element.remove_attribute("hidden"),
        false => element.set_attribute("hidden", ""),
    }
}
