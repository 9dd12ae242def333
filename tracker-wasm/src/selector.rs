//! A CSS selector for an element without a name, the same on each visit.

use event::limits;

use crate::element::{Element, any_part};
use crate::text::{cut, push_integer, split, starts_with_any};

/// Steps above the element, before its named ancestor.
const STEPS: usize = 5;
const CLASSES: usize = 2;

/// What a click is counted for: the element's place in `path`, which leads from the event's target upwards, and its name.
///
/// The nearest element with `data-cp` or an id, unless a link, button or field without either lies below it and the
/// ancestor was not marked with `data-cp`: then that control, by a selector. `position` is [`crate::host::position`].
pub(crate) fn subject(path: &[Element<'_>], position: impl Fn(u32) -> u32) -> Option<(usize, String)> {
    let control = path.iter().position(Element::is_control);
    for (step, element) in path.iter().enumerate() {
        if let Some(name) = element.own_name() {
            return match control {
                Some(control) if control < step && element.name.is_empty() => {
                    Some((control, selector(path, control, position)))
                }
                _ => Some((step, name)),
            };
        }
    }
    let start = control.unwrap_or(0);
    (start < path.len()).then(|| (start, selector(path, start, position)))
}

/// From the nearest named ancestor, or the body, down to the element at `start`.
fn selector(path: &[Element<'_>], start: usize, position: impl Fn(u32) -> u32) -> String {
    let mut text = String::new();
    for (step, element) in path.iter().enumerate().skip(start) {
        let mut part = String::new();
        let named = step > start && push_anchor(&mut part, element);
        if !named {
            push_part(&mut part, element, position(step as u32));
        }
        if !text.is_empty() {
            part.push('>');
        }
        if part.len() + text.len() > limits::ELEMENT_ID_BYTES {
            break;
        }
        part.push_str(&text);
        text = part;
        if named || step == start + STEPS || element.tag == "body" {
            break;
        }
    }
    text
}

/// A named ancestor as the beginning of a selector.
fn push_anchor(text: &mut String, element: &Element<'_>) -> bool {
    let Some(name) = element.own_name() else { return false };
    let id = element.id;
    let (before, value) = if !element.name.is_empty() {
        ("[data-cp=\"", cut(&name, 64))
    } else if id.bytes().all(is_plain) {
        text.push_str(&name);
        return true;
    } else {
        ("[id=\"", id)
    };
    text.push_str(before);
    text.push_str(value);
    text.push_str("\"]");
    true
}

/// Tag, classes and, where a sibling has the same tag, the position among those.
fn push_part(text: &mut String, element: &Element<'_>, position: u32) {
    text.push_str(element.tag);
    let mut classes = element.classes;
    let mut taken = 0;
    while !classes.is_empty() && taken < CLASSES {
        let (class, rest) = split(classes, b' ');
        classes = rest;
        if is_stable(class) {
            taken += 1;
            text.push('.');
            text.push_str(class);
        }
    }
    if position > 0 {
        text.push_str(":nth-of-type(");
        push_integer(text, position.into());
        text.push(')');
    }
}

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}

/// Whether a class was written by a person and does not tell the element's state of the moment.
fn is_stable(class: &str) -> bool {
    const GENERATED_OR_STATES: [&str; 19] = [
        "css-", "sc-", "jss", "svelte-", "_", "is-", "has-", "active", "current", "disabled", "expanded", "focus",
        "hidden", "hover", "loading", "open", "selected", "show", "visited",
    ];
    class.bytes().all(is_plain)
        && class.bytes().next().is_some_and(|first| !first.is_ascii_digit())
        && !starts_with_any(class, &GENERATED_OR_STATES)
        && !any_part(class, is_hashed)
}

/// Figures before a letter (`1q2w3e`), or five to eight letters of mixed case (`bdVaJa`): what build tools append.
fn is_hashed(part: &[u8]) -> bool {
    let figure_then_letter = part
        .windows(2)
        .any(|pair| pair[0].is_ascii_digit() && pair[1].is_ascii_alphabetic());
    let capitals = part.iter().skip(1).filter(|byte| byte.is_ascii_uppercase()).count();
    let small = part.iter().any(u8::is_ascii_lowercase);
    figure_then_letter || (5..=8).contains(&part.len()) && capitals >= 2 && small
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
            "css-1x2y3z",
            "sc-bdVaJa",
            "sc-abc",
            "_module__3Hx",
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
            "",
        ];
        for class in skipped {
            assert!(!is_stable(class), "{class}");
        }
    }

    fn element<'t>(tag: &'t str, id: &'t str, classes: &'t str) -> Element<'t> {
        Element {
            tag,
            id,
            classes,
            ..Element::default()
        }
    }

    #[test]
    fn control_below_an_id_counts_for_itself() {
        let path = [
            element("i", "", ""),
            element("a", "", "link css-1x2y3z"),
            element("li", "", ""),
            element("ul", "menu", ""),
            element("body", "", ""),
        ];
        let second = |step| u32::from(step == 2) * 2;
        assert_eq!(
            subject(&path, second),
            Some((1, "#menu>li:nth-of-type(2)>a.link".to_owned()))
        );
    }
}
