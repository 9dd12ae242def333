//! A metric's query as a tool asks it.
//!
//! ClickHouse's `{name:Type}` belongs to its HTTP interface, which the tools' drivers do not use. What all metrics have (`site`, `from`,
//! `to`, `tz`, `bots`), and the page of a heatmap (`path`), becomes a name that is given a value once, at the top: `WITH … AS asked_site`. What is a metric's own becomes
//! a literal of its type.

use std::fmt::Write;

use warehouse::{Metric, text_literal};

use crate::model::{Card, Source};

/// Rows at most where rows could be many.
const LIMIT: &str = "100";

/// What a tool's filters say, in the order in which queries have it.
const FILTERS: [&str; 6] = ["site", "from", "to", "tz", "bots", "path"];

/// The tool's expressions for its filters: ClickHouse expressions of the types String, `DateTime64(3, 'UTC')` twice, String, UInt8 and
/// String.
#[derive(Debug, Clone)]
pub struct Asked {
    pub site: String,
    pub from: String,
    pub to: String,
    pub tz: String,
    pub bots: String,
    /// Empty: all pages.
    pub path: String,
}

impl Asked {
    fn value(&self, parameter: &str) -> Option<&str> {
        match parameter {
            "site" => Some(&self.site),
            "from" => Some(&self.from),
            "to" => Some(&self.to),
            "tz" => Some(&self.tz),
            "bots" => Some(&self.bots),
            "path" => Some(&self.path),
            _ => None,
        }
    }
}

/// The card's query, unless it asks no database.
pub fn query(card: &Card, asked: &Asked) -> Option<String> {
    match card.source {
        Source::Metric { own, .. } => card.metric().map(|metric| of_metric(metric, own, asked)),
        Source::Sql { sql, .. } => Some(with_values(sql, &["site"], asked)),
        Source::Prometheus { .. } => None,
    }
}

/// The same of a card that asks ClickHouse: all of Metabase's and Superset's do.
pub(crate) fn query_of(card: &Card, asked: &Asked) -> String {
    query(card, asked).expect("tests ask every card of these tools")
}

/// The parameters that `metric` and its tool's filters have in common, in [`Asked`]'s order.
pub fn asks_for(card: &Card) -> Vec<&'static str> {
    match card.source {
        Source::Metric { .. } => {
            let parameters = card.metric().map_or(&[][..], |metric| &metric.parameters);
            let mut names: Vec<_> = FILTERS
                .into_iter()
                .filter(|name| parameters.iter().any(|parameter| parameter.name == *name))
                .collect();
            // A day of the filter is a day of the zone, for metrics without one too.
            if names.contains(&"from") && !names.contains(&"tz") {
                names.insert(3, "tz");
            }
            names
        }
        Source::Sql { .. } => vec!["site"],
        Source::Prometheus { .. } => Vec::new(),
    }
}

fn of_metric(metric: &Metric, own: &[(&str, &str)], asked: &Asked) -> String {
    let mut body = String::new();
    let mut used = Vec::new();
    for piece in pieces(without_header(&metric.sql)) {
        match piece {
            Piece::Text(text) => body.push_str(text),
            Piece::Parameter { name, .. } if asked.value(name).is_some() => {
                if !used.contains(&name) {
                    used.push(name);
                }
                write!(body, "asked_{name}").expect("a String takes all");
            }
            Piece::Parameter { name, r#type } => body.push_str(&literal(r#type, own_value(metric, own, name))),
        }
    }
    used.sort_by_key(|name| FILTERS.iter().position(|known| known == name));
    with_values(body.trim(), &used, asked)
}

fn own_value<'a>(metric: &'a Metric, own: &[(&str, &'a str)], name: &str) -> &'a str {
    if let Some((_, value)) = own.iter().find(|(given, _)| *given == name) {
        return value;
    }
    let default = metric.parameters.iter().find(|parameter| parameter.name == name);
    match default.and_then(|parameter| parameter.default.as_deref()) {
        Some(default) => default,
        None => LIMIT,
    }
}

fn with_values(body: &str, names: &[&str], asked: &Asked) -> String {
    let values: Vec<_> = names
        .iter()
        .filter_map(|name| asked.value(name).map(|value| format!("    {value} AS asked_{name}")))
        .collect();
    if values.is_empty() {
        return body.to_owned();
    }
    let values = values.join(",\n");
    match body.strip_prefix("WITH") {
        Some(rest) => format!("WITH\n{values},{rest}"),
        None => format!("WITH\n{values}\n{body}"),
    }
}

/// `sql` without the lines that describe the metric.
fn without_header(sql: &str) -> &str {
    let mut rest = sql;
    while let Some((line, after)) = rest.split_once('\n') {
        let is_header = line.strip_prefix("-- ").is_some_and(|line| line.contains(": "));
        if !is_header {
            break;
        }
        rest = after;
    }
    rest
}

/// A value as ClickHouse writes it in a query.
fn literal(type_name: &str, value: &str) -> String {
    let is_number = type_name.starts_with("UInt") || type_name.starts_with("Int");
    if is_number && !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        return value.to_owned();
    }
    text_literal(value)
}

#[derive(Debug, PartialEq, Eq)]
enum Piece<'a> {
    Text(&'a str),
    Parameter { name: &'a str, r#type: &'a str },
}

/// Takes a query apart. A brace in a text or a comment is no parameter.
fn pieces(sql: &str) -> Vec<Piece<'_>> {
    let bytes = sql.as_bytes();
    let mut found = Vec::new();
    let (mut start, mut at) = (0, 0);
    while at < bytes.len() {
        match bytes[at] {
            b'\'' => at = after_text(bytes, at),
            b'-' if bytes[at..].starts_with(b"--") => at = sql[at..].find('\n').map_or(bytes.len(), |end| at + end),
            b'{' => {
                let end = at + parameter_length(&bytes[at..]);
                if let Some((name, type_name)) = sql[at + 1..end - 1].split_once(':') {
                    found.push(Piece::Text(&sql[start..at]));
                    found.push(Piece::Parameter {
                        name: name.trim(),
                        r#type: type_name.trim(),
                    });
                    start = end;
                }
                at = end;
            }
            _ => at += 1,
        }
    }
    found.push(Piece::Text(&sql[start..]));
    found
}

/// The place after the text that begins at `at`.
fn after_text(bytes: &[u8], at: usize) -> usize {
    let mut at = at + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'\'' => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// From `{` to its `}`, both included; a type may have texts in it.
fn parameter_length(bytes: &[u8]) -> usize {
    let mut at = 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\'' => at = after_text(bytes, at),
            b'}' => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::{Asked, Piece, of_metric, pieces};
    use warehouse::Metric;

    #[test]
    fn braces_in_texts_are_none() {
        let sql = "SELECT '{a:String}', {b:DateTime64(3, 'U}TC')} -- {c:UInt8}\n";
        let found = pieces(sql);
        assert_eq!(found[0], Piece::Text("SELECT '{a:String}', "));
        assert_eq!(
            found[1],
            Piece::Parameter {
                name: "b",
                r#type: "DateTime64(3, 'U}TC')"
            }
        );
        assert_eq!(found[2], Piece::Text(" -- {c:UInt8}\n"));
    }

    #[test]
    fn values_come_before_a_with() {
        let metric = Metric::parse(
            "m",
            "-- title: M\n-- parameters: site, n = 5, t =\nWITH 1 AS z\nSELECT z WHERE site = {site:String} AND n = {n:UInt8} AND t = {t:String}\n",
        );
        let asked = Asked {
            site: "'shop'".to_owned(),
            from: String::new(),
            to: String::new(),
            tz: String::new(),
            bots: String::new(),
            path: String::new(),
        };
        let sql = of_metric(&metric, &[("t", "it's")], &asked);
        let expected =
            "WITH\n    'shop' AS asked_site, 1 AS z\nSELECT z WHERE site = asked_site AND n = 5 AND t = 'it\\'s'";
        assert_eq!(sql, expected);
    }
}
