//! The fields of one object, their names and values as sent.

use std::borrow::Cow;

use super::places::Place;

/// One field of an object, its parts as sent.
pub(super) struct Field<'a, 'p> {
    /// Without escapes.
    pub(super) name: Cow<'a, str>,
    /// With quotes and escapes.
    pub(super) name_text: &'a str,
    pub(super) value: &'a str,
    /// The value's own fields, when it is an object.
    pub(super) inner: &'p [Place],
}

/// The fields at `places` in the body, in the order sent; an error is unpaired surrogates in a name.
pub(super) struct Fields<'a, 'p> {
    body: &'a str,
    places: &'p [Place],
}

impl<'a, 'p> Fields<'a, 'p> {
    pub(super) fn of(body: &'a str, places: &'p [Place]) -> Self {
        Self { body, places }
    }
}

impl<'a, 'p> Iterator for Fields<'a, 'p> {
    type Item = Result<Field<'a, 'p>, serde_json::Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let (place, rest) = self.places.split_first()?;
        let (inner, rest) = rest.split_at(place.inner());
        self.places = rest;
        let name_text = &self.body[place.name()];
        let value = &self.body[place.value()];
        let name = match place.escapes() {
            false => Ok(Cow::Borrowed(&name_text[1..name_text.len() - 1])),
            true => serde_json::from_str(name_text).map(Cow::Owned),
        };
        Some(name.map(|name| Field {
            name,
            name_text,
            value,
            inner,
        }))
    }
}

/// Declares a struct of the fields with a rule, and the way from wire name to field.
macro_rules! known_fields {
    ($name:ident, $path:literal, { $($field:ident: $wire:literal,)* }) => {
        struct $name<'a> {
            $($field: Sent<'a>,)*
        }

        impl<'a> $name<'a> {
            fn new() -> Self {
                Self { $($field: Sent::absent(concat!($path, $wire)),)* }
            }

            fn get_mut(&mut self, name: &str) -> Option<&mut Sent<'a>> {
                match name {
                    $($wire => Some(&mut self.$field),)*
                    _ => None,
                }
            }
        }
    };
}
pub(super) use known_fields;
