//! An object's text to its names and values as sent.

use std::borrow::Cow;
use std::fmt;

use serde::Deserializer as _;
use serde::de::{MapAccess, Visitor};
use serde_json::value::RawValue;

/// One field of an object, its parts as sent.
pub(super) struct Field<'a> {
    /// Without escapes.
    pub(super) name: Cow<'a, str>,
    /// With quotes and escapes.
    pub(super) name_text: &'a str,
    pub(super) value: &'a str,
}

/// Calls `each` for the fields of `object`, in the order sent; it has been read as JSON before, so an error is unpaired
/// surrogates in a name.
pub(super) fn each<'a>(object: &'a str, each: impl FnMut(Field<'a>)) -> Result<(), serde_json::Error> {
    serde_json::Deserializer::from_str(object).deserialize_map(Fields { each })
}

struct Fields<F> {
    each: F,
}

impl<'de, F: FnMut(Field<'de>)> Visitor<'de> for Fields<F> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut object: A) -> Result<(), A::Error> {
        while let Some((name, value)) = object.next_entry::<&'de RawValue, &'de RawValue>()? {
            (self.each)(Field {
                name: unescaped(name.get()).map_err(serde::de::Error::custom)?,
                name_text: name.get(),
                value: value.get(),
            });
        }
        Ok(())
    }
}

/// The text that a JSON string stands for.
pub(super) fn unescaped(string: &str) -> Result<Cow<'_, str>, serde_json::Error> {
    if string.contains('\\') {
        return serde_json::from_str(string).map(Cow::Owned);
    }
    Ok(Cow::Borrowed(&string[1..string.len() - 1]))
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
