use axum::http::HeaderValue;

use crate::query::{BadParameter, Query};

/// How a report is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Json,
    Csv,
    /// Not run, but shown.
    Sql,
}

impl Format {
    /// The parameter `format`, else the header `Accept`, else JSON.
    pub(super) fn of(query: &Query, accept: Option<&HeaderValue>) -> Result<Self, BadParameter> {
        let read = |text: &str| match text {
            "json" => Some(Self::Json),
            "csv" => Some(Self::Csv),
            "sql" => Some(Self::Sql),
            _ => None,
        };
        let given = query.parsed("format", "must be json, csv or sql", read)?;
        let accepted = || accept.and_then(|accept| accepted(accept.to_str().ok()?));
        Ok(given.or_else(accepted).unwrap_or(Self::Json))
    }

    pub(super) fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Csv => "text/csv; charset=utf-8; header=present",
            Self::Sql => "application/sql; charset=utf-8",
        }
    }
}

/// The type wanted most, of several the first (RFC 9110, 12.5.1).
fn accepted(accept: &str) -> Option<Format> {
    let mut best: Option<(f32, Format)> = None;
    for range in accept.split(',') {
        let mut parts = range.split(';').map(str::trim);
        let format = match parts.next().unwrap_or_default().to_ascii_lowercase().as_str() {
            "application/json" | "application/*" | "*/*" => Format::Json,
            "text/csv" => Format::Csv,
            _ => continue,
        };
        let weight = parts
            .find_map(|part| part.strip_prefix("q=")?.parse().ok())
            .unwrap_or(1.0);
        if weight > 0.0 && best.is_none_or(|(most, _)| weight > most) {
            best = Some((weight, format));
        }
    }
    best.map(|(_, format)| format)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_what_is_wanted_most() {
        for (accept, expect) in [
            ("text/csv", Some(Format::Csv)),
            ("Text/CSV; charset=utf-8", Some(Format::Csv)),
            ("text/csv;q=0.5, application/json", Some(Format::Json)),
            ("text/html, text/csv;q=0.9, */*;q=0.8", Some(Format::Csv)),
            ("*/*", Some(Format::Json)),
            ("text/csv;q=0", None),
            ("text/html", None),
            ("", None),
        ] {
            assert_eq!(accepted(accept), expect, "{accept}");
        }
    }
}
