//! A CSS selector for an element without a name, the same on each visit.

use event::limits;
use web_sys::Element;

use crate::naming::{self, own_name};
use crate::text::{cut, push_integer};

/// Steps above the element, before its named ancestor.
const STEPS: usize = 5;
const CLASSES: usize = 2;

/// What a click is counted for: the element and its name. `path` leads from the event's target upwards.
///
/// The nearest element with `data-cp` or an id, unless a link, button or field without either lies below it and the
/// ancestor was not marked with `data-cp`: then that control, by a selector.
pub(crate) fn subject(path: &[Element]) -> Option<(&Element, String)> {
    let named = path.iter().position(|element| own_name(element).is_some());
    let control = path.iter().position(is_control);
    match (named, control) {
        (Some(named), Some(control)) if control < named && !path[named].has_attribute(naming::NAME) => {
            Some((&path[control], selector(&path[control..])))
        }
        (Some(named), _) => Some((&path[named], own_name(&path[named])?)),
        (None, control) => {
            let start = control.unwrap_or(0);
            Some((path.get(start)?, selector(&path[start..])))
        }
    }
}

fn is_control(element: &Element) -> bool {
    const TAGS: [&str; 6] = ["a", "button", "input", "select", "textarea", "summary"];
    TAGS.contains(&element.local_name().as_str())
        || element
            .get_attribute("role")
            .is_some_and(|role| matches!(role.as_str(), "button" | "link" | "tab" | "menuitem"))
}

/// From the nearest named ancestor, or the body, down to the first of `path`.
fn selector(path: &[Element]) -> String {
    let mut text = String::new();
    for (step, element) in path.iter().enumerate() {
        let anchor = anchor(element).filter(|_| step > 0);
        let last = anchor.is_some() || step == STEPS || element.local_name() == "body";
        let mut part = anchor.unwrap_or_else(|| part(element));
        if !text.is_empty() {
            part.push('>');
        }
        if part.len() + text.len() > limits::ELEMENT_ID_BYTES {
            break;
        }
        text.insert_str(0, &part);
        if last {
            break;
        }
    }
    text
}

/// A named ancestor as the beginning of a selector.
fn anchor(element: &Element) -> Option<String> {
    let name = own_name(element)?;
    let plain = |id: &str| {
        id.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    match name.strip_prefix('#').filter(|_| !element.has_attribute(naming::NAME)) {
        Some(id) if plain(id) => Some(name),
        Some(id) => Some(["[id=\"", id, "\"]"].concat()),
        None => Some(["[data-cp=\"", cut(&name, 64), "\"]"].concat()),
    }
}

/// Tag, classes and, where a sibling has the same tag, the position among those.
fn part(element: &Element) -> String {
    let tag = element.local_name();
    let mut text = tag.clone();
    let classes = element.get_attribute("class").unwrap_or_default();
    for class in classes
        .split_ascii_whitespace()
        .filter(|class| is_stable(class))
        .take(CLASSES)
    {
        text.push('.');
        text.push_str(class);
    }
    let same = |sibling: &Element| sibling.local_name() == tag;
    let before = std::iter::successors(element.previous_element_sibling(), Element::previous_element_sibling);
    let position = before.filter(same).count();
    let mut after = std::iter::successors(element.next_element_sibling(), Element::next_element_sibling);
    if position > 0 || after.any(|sibling| same(&sibling)) {
        text.push_str(":nth-of-type(");
        push_integer(&mut text, position as u64 + 1);
        text.push(')');
    }
    text
}

/// Whether a class was written by a person and does not tell the element's state of the moment.
fn is_stable(class: &str) -> bool {
    const GENERATED: [&str; 5] = ["css-", "sc-", "jss", "svelte-", "_"];
    const STATES: [&str; 14] = [
        "is-", "has-", "active", "current", "disabled", "expanded", "focus", "hidden", "hover", "loading", "open",
        "selected", "show", "visited",
    ];
    let written = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    class.bytes().all(written)
        && !class.as_bytes().first().is_none_or(u8::is_ascii_digit)
        && !GENERATED.iter().chain(&STATES).any(|prefix| class.starts_with(prefix))
        && !class.split(['-', '_']).any(is_hashed)
}

/// Figures before a letter (`1q2w3e`), or five to eight letters of mixed case (`bdVaJa`): what build tools append.
fn is_hashed(part: &str) -> bool {
    let bytes = part.as_bytes();
    let figure_then_letter = bytes
        .windows(2)
        .any(|pair| pair[0].is_ascii_digit() && pair[1].is_ascii_alphabetic());
    let capitals = bytes.iter().skip(1).filter(|byte| byte.is_ascii_uppercase()).count();
    let small = bytes.iter().filter(|byte| byte.is_ascii_lowercase()).count();
    figure_then_letter || (5..=8).contains(&bytes.len()) && capitals >= 2 && small > 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_classes_people_wrote() {
        for class in [
            "card",
            "btn-primary",
            "card__title",
            "product-card--large",
            "addToCart",
            "col-6",
            "mt4",
            "navBar",
        ] {
            assert!(is_stable(class), "{class}");
        }
    }

    #[test]
    fn skips_hashes_states_and_utilities() {
        let skipped = [
            "css-1q2w3e",
            "sc-bdVaJa",
            "bdVaJa",
            "Button_root__3xK2a",
            "Button_root__xKzAb",
            "jss123",
            "svelte-1a2b3c",
            "_3xK2a",
            "is-open",
            "active",
            "md:flex",
            "w-[10px]",
            "w-1/2",
            "2xl",
        ];
        for class in skipped {
            assert!(!is_stable(class), "{class}");
        }
    }
}
