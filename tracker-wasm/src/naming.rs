//! Which ids and classes a name is made of: those a person chose and that are the same on the next visit.

use crate::text::starts_with_any;

/// Whether an id was chosen by a person and stays the same: frameworks number theirs anew on each render.
pub(crate) fn is_chosen(id: &str) -> bool {
    let bytes = id.as_bytes();
    // 0xc2 0xab is «.
    let framework = bytes.iter().any(|byte| matches!(byte, b':' | b' ')) || bytes.starts_with(&[0xc2, 0xab]);
    !bytes.is_empty()
        && !framework
        && !starts_with_any(bytes, b"radix-,headlessui-,mui-,ember")
        && !any_part(bytes, is_random)
}

/// Whether a class was written by a person and does not tell the element's state of the moment.
pub(crate) fn is_stable(class: &str) -> bool {
    let bytes = class.as_bytes();
    bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        && bytes.first().is_some_and(|first| !first.is_ascii_digit())
        && !starts_with_any(
            bytes,
            b"css-,sc-,jss,svelte-,_,is-,has-,active,current,disabled,expanded,focus,hidden,hover,loading,open,selected,show,visited",
        )
        && !any_part(bytes, is_hashed)
}

/// Whether one of the parts between hyphens and underscores is so.
fn any_part(text: &[u8], is_so: impl Fn(&[u8]) -> bool) -> bool {
    text.split(|byte| matches!(byte, b'-' | b'_')).any(is_so)
}

/// Eight or more hexadecimal digits with letters and figures among them: a hash or a piece of a UUID.
fn is_random(part: &[u8]) -> bool {
    let figures = part.iter().filter(|byte| byte.is_ascii_digit()).count();
    part.len() >= 8 && figures > 0 && figures < part.len() && part.iter().all(u8::is_ascii_hexdigit)
}

/// Figures before a letter (`1q2w3e`), or five to eight letters of mixed case (`bdVaJa`): what build tools append.
fn is_hashed(part: &[u8]) -> bool {
    let (mut capitals, mut small, mut figure) = (0, false, false);
    for (place, byte) in part.iter().enumerate() {
        if figure && byte.is_ascii_alphabetic() {
            return true;
        }
        figure = byte.is_ascii_digit();
        small |= byte.is_ascii_lowercase();
        capitals += u32::from(place > 0 && byte.is_ascii_uppercase());
    }
    (5..=8).contains(&part.len()) && capitals >= 2 && small
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
}
