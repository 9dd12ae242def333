use std::borrow::Cow;
use std::fmt;

use enrich::seal::SealReason;
use event::entity::Stream;
use event::{Timestamp, limits};
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::{KEY_BYTES, Reason, Refusal};
use crate::moment;

/// The members that are not only payload, as they were sent.
pub(super) struct Names<'t>(Vec<(Text<'t>, &'t RawValue)>);

/// A text without its escapes.
#[derive(Deserialize)]
struct Text<'t>(#[serde(borrow)] Cow<'t, str>);

const ID: &str = "id";
const UPDATED_AT: &str = "updated_at";

pub(super) fn key_name(stream: Stream) -> &'static str {
    match stream {
        Stream::Stores => "store_id",
        Stream::Products => "product_id",
        Stream::Customers => "customer_id",
        Stream::Purchases => "purchase_id",
        Stream::Users => "user_id",
    }
}

impl<'t> Names<'t> {
    pub(super) fn read(text: &'t str) -> Result<Self, Reason> {
        if text.len() > limits::EVENT_BYTES {
            return Err(Reason::TooLarge);
        }
        let is_object = text.starts_with('{');
        let read = match is_object {
            true => serde_json::from_str(text),
            false => serde_json::from_str::<&RawValue>(text).map(|_| Self(Vec::new())),
        };
        let names = read.map_err(SealReason::Json)?;
        is_object.then_some(names).ok_or(Reason::NotObject)
    }

    pub(super) fn key(&self, stream: Stream) -> Result<Cow<'t, str>, Refusal> {
        for name in [ID, key_name(stream)] {
            if let Some(value) = self.get(name)? {
                return key(value).ok_or_else(|| Refusal::new(name, Reason::Key));
            }
        }
        Err(Refusal::new(ID, Reason::NoKey { stream }))
    }

    pub(super) fn version(&self, received_at: Timestamp) -> Result<Timestamp, Refusal> {
        let Some(value) = self.get(UPDATED_AT)? else {
            return Ok(received_at);
        };
        let refused = |reason| Refusal::new(UPDATED_AT, reason);
        let moment = match unquoted(value) {
            Some(text) => moment::parse(&text),
            None => moment::parse(value.get()),
        };
        match moment {
            None => Err(refused(Reason::UpdatedAt)),
            // It would win over every version until then.
            Some(moment) if moment.0 > received_at.0 + limits::AHEAD_MS => Err(refused(Reason::Future)),
            Some(moment) => Ok(moment),
        }
    }

    /// Null and the empty text are none.
    fn get(&self, name: &str) -> Result<Option<&'t RawValue>, Refusal> {
        let mut values = self.0.iter().filter(|(Text(found), _)| found == name);
        match (values.next(), values.next()) {
            (Some(_), Some(_)) => Err(Refusal::new(name, Reason::Duplicate)),
            (Some((_, value)), None) => Ok(Some(*value).filter(|value| !matches!(value.get(), "null" | "\"\""))),
            (None, _) => Ok(None),
        }
    }
}

/// A whole number's digits, or a text.
fn key(value: &RawValue) -> Option<Cow<'_, str>> {
    let key = match unquoted(value) {
        Some(text) => text,
        None => {
            let number = value.get();
            let digits = number.strip_prefix('-').unwrap_or(number);
            digits
                .bytes()
                .all(|byte| byte.is_ascii_digit())
                .then_some(Cow::Borrowed(number))?
        }
    };
    let fits = (1..=KEY_BYTES).contains(&key.len()) && !key.contains(char::is_control);
    fits.then_some(key)
}

/// `None` for what is no text.
fn unquoted(value: &RawValue) -> Option<Cow<'_, str>> {
    let Text(text) = serde_json::from_str(value.get()).ok()?;
    Some(text)
}

impl<'de> Deserialize<'de> for Names<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;

        impl<'de> Visitor<'de> for Collect {
            type Value = Names<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Names<'de>, A::Error> {
                let mut names = Vec::new();
                while let Some(name) = map.next_key::<Text<'de>>()? {
                    match name.0 == ID || name.0 == UPDATED_AT || name.0.ends_with("_id") {
                        true => names.push((name, map.next_value()?)),
                        false => drop(map.next_value::<IgnoredAny>()?),
                    }
                }
                Ok(Names(names))
            }
        }
        deserializer.deserialize_map(Collect)
    }
}
