//! Elements as the host describes them, in one text per path: fields end in U+001F, elements in U+001E.

use crate::text::{cut, split, starts_with_any};

const FIELD_END: u8 = 0x1f;
const ELEMENT_END: u8 = 0x1e;

/// One element of a path; what it does not have is empty.
#[derive(Default)]
pub(crate) struct Element<'t> {
    pub(crate) tag: &'t str,
    pub(crate) id: &'t str,
    /// Its `data-cp`.
    pub(crate) name: &'t str,
    pub(crate) role: &'t str,
    pub(crate) classes: &'t str,
    /// Where a link leads, absolute.
    pub(crate) href: &'t str,
    /// `i`: its `data-cp-ignore` or one above it asks for silence; `d`: a link that downloads; `e`: it answers clicks by itself.
    pub(crate) flags: &'t str,
}

/// The elements of a description, from the innermost outwards.
pub(crate) fn read(mut text: &str) -> Vec<Element<'_>> {
    let mut path = Vec::new();
    while !text.is_empty() {
        let (mut fields, rest) = split(text, ELEMENT_END);
        text = rest;
        let mut next = || {
            let (field, rest) = split(fields, FIELD_END);
            fields = rest;
            field
        };
        path.push(Element {
            tag: next(),
            id: next(),
            name: next(),
            role: next(),
            classes: next(),
            href: next(),
            flags: next(),
        });
    }
    path
}

/// Name and value of each of the attributes that [`crate::host::fields`] gives.
pub(crate) fn pairs(mut text: &str, mut each: impl FnMut(&str, &str)) {
    while !text.is_empty() {
        let (name, rest) = split(text, FIELD_END);
        let (value, rest) = split(rest, FIELD_END);
        each(name, value);
        text = rest;
    }
}

impl Element<'_> {
    pub(crate) fn has(&self, flag: u8) -> bool {
        self.flags.bytes().any(|byte| byte == flag)
    }

    /// The owner's name for the element: its `data-cp`, else `#` and its id.
    pub(crate) fn own_name(&self) -> Option<String> {
        if !self.name.is_empty() {
            return Some(cut(self.name, event::limits::ELEMENT_ID_BYTES).to_owned());
        }
        (is_chosen(self.id) && !self.wraps_page()).then(|| {
            let mut name = String::from("#");
            name.push_str(cut(self.id, event::limits::ELEMENT_ID_BYTES - 1));
            name
        })
    }

    pub(crate) fn is_control(&self) -> bool {
        is_one_of(self.tag, "a button input select textarea summary")
            || is_one_of(self.role, "button link tab menuitem")
    }

    /// The whole page is no element of it.
    fn wraps_page(&self) -> bool {
        is_one_of(self.id, "root app main page wrapper __next __nuxt ___gatsby")
            || is_one_of(self.tag, "html body main")
    }
}

/// Whether a word is in a list, whose words stand between spaces.
pub(crate) fn is_one_of(word: &str, mut list: &str) -> bool {
    while !list.is_empty() {
        let (known, rest) = split(list, b' ');
        if known == word {
            return true;
        }
        list = rest;
    }
    false
}

/// Whether an id was chosen by a person and stays the same: frameworks number theirs anew on each render.
fn is_chosen(id: &str) -> bool {
    // 0xc2 0xab is «.
    let framework = id.bytes().any(|byte| matches!(byte, b':' | b' ')) || id.as_bytes().starts_with(&[0xc2, 0xab]);
    !id.is_empty()
        && !framework
        && !starts_with_any(id, &["radix-", "headlessui-", "mui-", "ember"])
        && !any_part(id, is_random)
}

/// Whether one of the parts between hyphens and underscores is so.
pub(crate) fn any_part(text: &str, is_so: impl Fn(&[u8]) -> bool) -> bool {
    text.as_bytes().split(|byte| matches!(byte, b'-' | b'_')).any(is_so)
}

/// Eight or more hexadecimal digits with letters and figures among them: a hash or a piece of a UUID.
fn is_random(part: &[u8]) -> bool {
    part.len() >= 8
        && part.iter().all(u8::is_ascii_hexdigit)
        && part.iter().any(u8::is_ascii_digit)
        && part.iter().any(u8::is_ascii_alphabetic)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_host_writes() {
        let text = "span\x1f\x1f\x1f\x1f\x1f\x1f\x1f\x1ea\x1fbuy\x1fname\x1ftab\x1fone two\x1fhttps://a.example/\x1fid\x1f\x1e";
        let path = read(text);
        assert_eq!(path.len(), 2);
        assert_eq!((path[0].tag, path[0].id), ("span", ""));
        assert_eq!(
            (path[1].id, path[1].name, path[1].role, path[1].classes, path[1].href),
            ("buy", "name", "tab", "one two", "https://a.example/")
        );
        assert!(path[1].has(b'i') && path[1].has(b'd') && !path[1].has(b'e'));
    }

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
