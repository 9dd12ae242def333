//! Where the personal values of a JSON text are.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use event::limits::DEPTH;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::{SealError, SealReason, VALUES};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Phone,
    Email,
}

/// A text under the name `phone` or `email`.
#[derive(Debug)]
pub(super) struct Member<'j> {
    pub(super) kind: Kind,
    /// With its quotes.
    pub(super) at: Range<usize>,
    /// Without escapes.
    pub(super) text: Cow<'j, str>,
    /// Arrays and objects around it.
    pub(super) level: usize,
    path: String,
}

impl Member<'_> {
    pub(super) fn refused(&self, reason: SealReason) -> SealError {
        SealError {
            field: self.path.clone(),
            reason,
        }
    }
}

/// In the order of the text, texts of nothing but space left out. Values that could hold personal ones in another form are refused.
pub(super) fn find(json: &str) -> Result<Vec<Member<'_>>, SealError> {
    let mut search = Search {
        json,
        found: Vec::new(),
    };
    let whole =
        serde_json::from_str::<&RawValue>(json).map_err(|error| Place::Whole.refused(SealReason::Json(error)))?;
    search.value(whole, None, 0, &Place::Whole)?;
    Ok(search.found)
}

struct Search<'j> {
    json: &'j str,
    found: Vec<Member<'j>>,
}

impl<'j> Search<'j> {
    /// `kind` is that of the name above the value; arrays hand it on.
    fn value(
        &mut self,
        value: &'j RawValue,
        kind: Option<Kind>,
        level: usize,
        place: &Place<'_>,
    ) -> Result<(), SealError> {
        let text = value.get();
        match (text.as_bytes().first(), kind) {
            (Some(b'{' | b'['), _) if level == DEPTH => Err(place.refused(SealReason::TooDeep)),
            (Some(b'['), _) => {
                let values = serde_json::from_str::<Vec<&RawValue>>(text);
                let values = values.map_err(|error| place.refused(SealReason::Json(error)))?;
                for (index, value) in values.into_iter().enumerate() {
                    self.value(value, kind, level + 1, &Place::Index(place, index))?;
                }
                Ok(())
            }
            (Some(b'{'), None) => {
                let members = serde_json::from_str::<Members<'_>>(text);
                let members = members.map_err(|error| place.refused(SealReason::Json(error)))?;
                for (Name(name), value) in members.0 {
                    self.value(value, kind_of(&name), level + 1, &Place::Name(place, &name))?;
                }
                Ok(())
            }
            (Some(b'"'), Some(kind)) => self.text(value, kind, level, place),
            // A consent or a wish is no address.
            (Some(b'n' | b't' | b'f'), Some(_)) | (_, None) => Ok(()),
            (Some(b'{'), Some(_)) => Err(place.refused(SealReason::NotText { found: "an object" })),
            // It lost its leading zeros and its plus.
            (_, Some(_)) => Err(place.refused(SealReason::NotText { found: "a number" })),
        }
    }

    fn text(&mut self, value: &'j RawValue, kind: Kind, level: usize, place: &Place<'_>) -> Result<(), SealError> {
        let json = value.get();
        let Name(text) = serde_json::from_str(json).map_err(|error| place.refused(SealReason::Json(error)))?;
        if text.trim().is_empty() {
            return Ok(());
        }
        if self.found.len() == VALUES {
            return Err(Place::Whole.refused(SealReason::TooMany));
        }
        let start = json.as_ptr().addr() - self.json.as_ptr().addr();
        self.found.push(Member {
            kind,
            at: start..start + json.len(),
            text,
            level,
            path: place.to_string(),
        });
        Ok(())
    }
}

fn kind_of(name: &str) -> Option<Kind> {
    match name {
        "phone" => Some(Kind::Phone),
        "email" => Some(Kind::Email),
        _ => None,
    }
}

/// The members of an object in their order, with all that share a name.
struct Members<'j>(Vec<(Name<'j>, &'j RawValue)>);

/// A text without its escapes.
#[derive(Deserialize)]
struct Name<'j>(#[serde(borrow)] Cow<'j, str>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;

        impl<'de> Visitor<'de> for Collect {
            type Value = Members<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Collect)
    }
}

/// Way to a value from the top.
enum Place<'p> {
    Whole,
    Name(&'p Place<'p>, &'p str),
    Index(&'p Place<'p>, usize),
}

/// Names are the sender's own words.
const NAME_CHARACTERS: usize = 40;

impl Place<'_> {
    fn refused(&self, reason: SealReason) -> SealError {
        SealError {
            field: self.to_string(),
            reason,
        }
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole => Ok(()),
            Self::Name(Self::Whole, name) => write!(formatter, "{name:.NAME_CHARACTERS$}"),
            Self::Name(above, name) => write!(formatter, "{above}.{name:.NAME_CHARACTERS$}"),
            Self::Index(above, index) => write!(formatter, "{above}[{index}]"),
        }
    }
}
