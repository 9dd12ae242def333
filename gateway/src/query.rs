//! Query parameters: each known, each once, and an empty one as if it were not given.

use url::form_urlencoded;

/// A parameter that cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("parameter {parameter} {message}")]
pub(crate) struct BadParameter {
    pub(crate) parameter: String,
    pub(crate) message: &'static str,
}

/// The parameters of one request.
#[derive(Debug, Default)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    /// `unknown` says which there are.
    pub(crate) fn read(
        text: &str,
        is_known: impl Fn(&str) -> bool,
        unknown: &'static str,
    ) -> Result<Self, BadParameter> {
        let mut found = Vec::new();
        for (name, value) in form_urlencoded::parse(text.as_bytes()) {
            if !is_known(&name) {
                return Err(refuse(&name, unknown));
            }
            if value.is_empty() {
                continue;
            }
            if found.iter().any(|(known, _)| *known == *name) {
                return Err(refuse(&name, "is given twice"));
            }
            found.push((name.into_owned(), value.into_owned()));
        }
        Ok(Self(found))
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let (_, value) = self.0.iter().find(|(known, _)| known == name)?;
        Some(value)
    }

    /// The parameter as `read` understands it; the message says what it must be.
    pub(crate) fn parsed<T>(
        &self,
        name: &'static str,
        message: &'static str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, BadParameter> {
        self.get(name)
            .map(|text| read(text).ok_or_else(|| refuse(name, message)))
            .transpose()
    }

    /// `limit` of a list that comes in pages: 1 to 1,000, 100 without it.
    pub(crate) fn page_rows(&self) -> Result<u32, BadParameter> {
        const ROWS: u32 = 100;
        const MAX_ROWS: u32 = 1_000;
        let rows = self.parsed("limit", "must be a number from 1 to 1000", |text| {
            let rows: u32 = text.parse().ok()?;
            (1..=MAX_ROWS).contains(&rows).then_some(rows)
        })?;
        Ok(rows.unwrap_or(ROWS))
    }

    /// 1 or 0; 0 without it.
    pub(crate) fn flag(&self, name: &'static str) -> Result<bool, BadParameter> {
        let read = |text: &str| match text {
            "1" | "true" => Some(true),
            "0" | "false" => Some(false),
            _ => None,
        };
        Ok(self.parsed(name, "must be 1 or 0", read)?.unwrap_or(false))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (&**name, &**value))
    }
}

/// Its name is the client's own word: it is cut.
pub(crate) fn refuse(parameter: &str, message: &'static str) -> BadParameter {
    BadParameter {
        parameter: parameter.chars().take(64).collect(),
        message,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Query, String> {
        let known = |name: &str| ["a", "b"].contains(&name);
        Query::read(text, known, "is not known: a and b are").map_err(|error| error.to_string())
    }

    #[test]
    fn takes_each_parameter_once() {
        let query = read("a=1&b=&a=").unwrap();
        assert_eq!((query.get("a"), query.get("b")), (Some("1"), None));
        assert!(query.flag("a").unwrap() && !query.flag("b").unwrap());
        assert_eq!(read("a=1&a=1").unwrap_err(), "parameter a is given twice");
        assert_eq!(read("c=").unwrap_err(), "parameter c is not known: a and b are");
        assert_eq!(read("a=x").unwrap().flag("a").unwrap_err().message, "must be 1 or 0");
    }
}
