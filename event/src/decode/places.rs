//! Where the fields of a body's events lie, and those of the objects directly in them: what one walk finds, so that nobody has
//! to look for it again.

use std::ops::Range;

use super::scan::before_either;

/// A field of an event, or of an object in it, whose fields follow. Four bytes hold an offset in any body that is read.
#[derive(Debug, PartialEq)]
pub(super) struct Place {
    name: u32,
    name_end: u32,
    value: u32,
    value_end: u32,
    inner: u32,
    escapes: bool,
}

impl Place {
    /// With its quotes.
    pub(super) fn name(&self) -> Range<usize> {
        self.name as usize..self.name_end as usize
    }

    pub(super) fn value(&self) -> Range<usize> {
        self.value as usize..self.value_end as usize
    }

    /// How many places after this one are of fields in its value.
    pub(super) fn inner(&self) -> usize {
        self.inner as usize
    }

    /// Of the name.
    pub(super) fn escapes(&self) -> bool {
        self.escapes
    }
}

/// Filled in the order of the text. Level 1 is an event, level 2 what is in one; what lies deeper is not kept.
pub(super) struct Places {
    places: Vec<Place>,
    /// The latest one of level 1.
    outer: usize,
}

impl Places {
    pub(super) fn with_capacity(fields: usize) -> Self {
        Self {
            places: Vec::with_capacity(fields),
            outer: 0,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    pub(super) fn clear(&mut self) {
        self.places.clear();
    }

    pub(super) fn get(&self, places: Range<usize>) -> &[Place] {
        &self.places[places]
    }

    pub(super) fn add(&mut self, level: u32, name: Range<usize>, escapes: bool) {
        match level {
            1 => self.outer = self.places.len(),
            2 => {}
            _ => return,
        }
        self.places.push(Place {
            name: name.start as u32,
            name_end: name.end as u32,
            value: 0,
            value_end: 0,
            inner: 0,
            escapes,
        });
    }

    /// The value of the field that was added last.
    pub(super) fn begin_value(&mut self, level: u32, at: usize) {
        if let (1 | 2, Some(place)) = (level, self.places.last_mut()) {
            place.value = at as u32;
        }
    }

    /// The value of the latest field of that level.
    pub(super) fn end_value(&mut self, level: u32, at: usize) {
        let of = match level {
            1 => self.outer,
            2 => self.places.len().saturating_sub(1),
            _ => return,
        };
        let inner = self.places.len().saturating_sub(of + 1) as u32;
        if let Some(place) = self.places.get_mut(of) {
            place.value_end = at as u32;
            place.inner = inner;
        }
    }

    /// The fields of an event that serde_json has read. Only the ends of strings and values are looked for.
    pub(super) fn read(&mut self, body: &str, event: Range<usize>) {
        self.read_object(body.as_bytes(), event, 1);
    }

    fn read_object(&mut self, body: &[u8], object: Range<usize>, level: u32) {
        if level > 2 || body[object.start] != b'{' {
            return;
        }
        let mut at = after_separators(body, object.start + 1);
        while body.get(at) == Some(&b'"') {
            let (name_bytes, escapes) = string_end(&body[at..]);
            self.add(level, at..at + name_bytes, escapes);
            let value = after_separators(body, at + name_bytes);
            let end = value + value_end(&body[value..]);
            self.begin_value(level, value);
            self.read_object(body, value..end, level + 1);
            self.end_value(level, end);
            at = after_separators(body, end);
        }
    }
}

/// Of the next byte that separates nothing.
fn after_separators(text: &[u8], mut at: usize) -> usize {
    while text.get(at).copied().is_some_and(is_separator) {
        at += 1;
    }
    at
}

fn is_separator(byte: u8) -> bool {
    matches!(byte, b',' | b':' | b' ' | b'\t' | b'\r' | b'\n')
}

fn value_end(value: &[u8]) -> usize {
    match value.first() {
        Some(b'"') => string_end(value).0,
        Some(b'{' | b'[') => container_end(value),
        _ => value
            .iter()
            .position(|&byte| is_separator(byte) || matches!(byte, b']' | b'}'))
            .unwrap_or(value.len()),
    }
}

/// Where a string ends, and whether it has escapes.
fn string_end(string: &[u8]) -> (usize, bool) {
    let (mut at, mut escapes) = (1, false);
    while let Some(left) = string.get(at..)
        && !left.is_empty()
    {
        let plain = before_either(left, b'"', b'\\');
        match left.get(plain) {
            Some(b'"') => return (at + plain + 1, escapes),
            Some(b'\\') => (at, escapes) = (at + plain + 2, true),
            _ => at += plain,
        }
    }
    (string.len(), escapes)
}

fn container_end(container: &[u8]) -> usize {
    let (mut at, mut level) = (0, 0_usize);
    while let Some(byte) = container.get(at) {
        match byte {
            b'"' => {
                at += string_end(&container[at..]).0;
                continue;
            }
            b'{' | b'[' => level += 1,
            b'}' | b']' if level == 1 => return at + 1,
            b'}' | b']' => level -= 1,
            _ => {}
        }
        at += 1;
    }
    container.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::grammar;

    /// The grammar's walk and the one behind serde_json find the same.
    #[test]
    fn both_walks_find_the_same_places() {
        let body = concat!(
            r#"[ {"id" : 1, "payload":{"x":-1.5e3 ,"":{}, "deep":{"a":[{"b":"]}\""}]},"n\u0061me":"\\"}, "e":{} , "l":[1,{"c":2}]},"#,
            r#"{}, [{"a":1}], "text", {"payload" : { } ,"url":"/é"}]"#
        );
        let mut quick = Places::with_capacity(0);
        let events = grammar::events(body, &mut quick).unwrap();
        let found = events.iter().map(|event| quick.get(event.places.clone()));
        let objects = found.zip(&events).filter(|(_, event)| event.text.starts_with('{'));
        let fields = objects.map(|(places, event)| {
            let start = event.text.as_ptr().addr() - body.as_ptr().addr();
            let mut read = Places::with_capacity(0);
            read.read(body, start..start + event.text.len());
            assert_eq!(places, read.places, "{}", event.text);
            let inner = places
                .iter()
                .map(|place| (&body[place.name()], &body[place.value()], place.inner()));
            inner
                .filter(|(.., inner)| *inner > 0)
                .map(|(name, _, inner)| (name.to_owned(), inner))
                .collect::<Vec<_>>()
        });
        let fields: Vec<_> = fields.collect();
        assert_eq!(fields, [vec![(r#""payload""#.to_owned(), 4)], vec![], vec![]]);
    }
}
