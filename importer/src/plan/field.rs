//! One field of an event: where its value comes from, and how it is written.

use serde::de::IgnoredAny;

use super::columns::Columns;
use super::decimal;
use super::moment::{Moment, seconds};
use super::template::Template;
use super::text::{is_number, push_text};
use crate::contract::Plain;
use crate::mapping::{Decimal, FieldForm, Type, Wrong};
use crate::record::{Cells, Refusal, excerpt};

#[derive(Debug)]
pub(crate) struct Field {
    /// With its path, as the contract's refusals have it.
    name: String,
    /// `"name":`
    prefix: String,
    source: Source,
    /// JSON for rows without a value.
    default: Option<String>,
}

#[derive(Debug)]
enum Source {
    /// JSON.
    Constant(String),
    Cells {
        template: Template,
        kind: Kind,
    },
}

#[derive(Debug)]
enum Kind {
    Text,
    Number { decimal: Decimal, scale: i8 },
    Boolean,
    Json,
    Time { moment: Moment, add: Option<Template> },
}

impl From<Plain> for Kind {
    fn from(plain: Plain) -> Self {
        match plain {
            Plain::Text => Self::Text,
            Plain::Number => Self::Number {
                decimal: Decimal::Point,
                scale: 0,
            },
        }
    }
}

impl Field {
    /// A column that is named as the field is.
    pub(crate) fn native(path: &str, name: &str, column: usize, plain: Plain) -> Self {
        Self {
            name: format!("{path}{name}"),
            prefix: prefix(name),
            source: Source::Cells {
                template: Template::column(column),
                kind: plain.into(),
            },
            default: None,
        }
    }

    /// As a mapping says it. `path` is `payload.` or nothing, `plain` what the contract says of the field.
    pub(crate) fn mapped(
        (path, name): (&str, &str),
        form: &FieldForm,
        plain: Plain,
        columns: &Columns,
    ) -> Result<Self, Wrong> {
        let table = if path.is_empty() { "event." } else { path };
        let wrong = |message| Wrong::new(format!("{table}{name}"), message);
        let template = Template::parse(&form.from, columns).map_err(wrong)?;
        let full_name = format!("{path}{name}");
        let mut kind = kind(form, plain, columns).map_err(wrong)?;
        let mut constant = |text: &str| {
            let mut json = String::new();
            let written = kind.push(&mut json, text, &full_name);
            written.map_err(|refusal| wrong(refusal.message)).map(|()| json)
        };
        let default = form.default.as_deref().map(&mut constant).transpose()?;
        let source = match template.constant().filter(|text| !text.is_empty()) {
            Some(text) => Source::Constant(constant(&text)?),
            None => Source::Cells { template, kind },
        };
        Ok(Self {
            name: full_name,
            prefix: prefix(name),
            source,
            default,
        })
    }

    pub(crate) fn columns(&self) -> Vec<usize> {
        match &self.source {
            Source::Constant(_) => Vec::new(),
            Source::Cells { template, kind } => match kind {
                Kind::Time { add: Some(add), .. } => template.columns().chain(add.columns()).collect(),
                _ => template.columns().collect(),
            },
        }
    }

    /// Appends `"name":value` to an open object; false when there is no value.
    pub(crate) fn write(
        &mut self,
        columns: &Columns,
        cells: Cells<'_>,
        json: &mut String,
        scratch: &mut String,
    ) -> Result<bool, Refusal> {
        let Self {
            name,
            prefix,
            source,
            default,
        } = self;
        match source {
            Source::Constant(constant) => {
                begin(json, prefix);
                json.push_str(constant);
            }
            Source::Cells { template, kind } => match template.value(columns, cells, scratch)? {
                "" => {
                    let Some(default) = default else { return Ok(false) };
                    begin(json, prefix);
                    json.push_str(default);
                }
                value => {
                    begin(json, prefix);
                    let start = json.len();
                    kind.push(json, value, name)?;
                    if let Kind::Time { add: Some(add), .. } = kind {
                        let seconds = add.value(columns, cells, scratch)?;
                        add_seconds(json, start, seconds, name)?;
                    }
                }
            },
        }
        Ok(true)
    }
}

/// `"name":`
fn prefix(name: &str) -> String {
    let mut prefix = String::new();
    push_text(&mut prefix, name);
    prefix.push(':');
    prefix
}

/// Begins a member of an open object.
pub(crate) fn begin(json: &mut String, prefix: &str) {
    if !json.ends_with('{') {
        json.push(',');
    }
    json.push_str(prefix);
}

fn kind(form: &FieldForm, plain: Plain, columns: &Columns) -> Result<Kind, String> {
    let is_time = form.format.is_some() || form.zone.is_some() || form.add_seconds.is_some();
    let is_number = form.decimal.is_some() || form.scale != 0;
    let as_type = match (form.as_type, is_time, is_number) {
        (Some(Type::Time) | None, true, false) => Type::Time,
        (Some(Type::Number) | None, false, true) => Type::Number,
        (Some(as_type), false, false) => as_type,
        (None, false, false) => match plain {
            Plain::Text => Type::Text,
            Plain::Number => Type::Number,
        },
        _ => {
            return Err("format, zone and add_seconds are of type time, decimal and scale of type number".to_owned());
        }
    };
    Ok(match as_type {
        Type::Text => Kind::Text,
        Type::Number => Kind::Number {
            decimal: form.decimal.unwrap_or(Decimal::Point),
            scale: form.scale,
        },
        Type::Boolean => Kind::Boolean,
        Type::Json => Kind::Json,
        Type::Time => {
            let add = form.add_seconds.as_deref().map(|text| Template::parse(text, columns));
            Kind::Time {
                moment: Moment::new(form.format.as_deref(), form.zone.as_deref())?,
                add: add.transpose()?,
            }
        }
    })
}

impl Kind {
    /// Appends `value` as JSON.
    fn push(&mut self, json: &mut String, value: &str, field: &str) -> Result<(), Refusal> {
        match self {
            Self::Text => push_text(json, value),
            Self::Number {
                decimal: Decimal::Point,
                scale: 0,
            } if is_number(value) => json.push_str(value),
            Self::Number { decimal, scale } => match decimal::number(value.trim(), *decimal, *scale) {
                Some(number) => json.push_str(&number),
                None => return Err(no_number(field, value, *decimal)),
            },
            Self::Boolean => json.push_str(match value.trim().to_ascii_lowercase().as_str() {
                "true" | "t" | "yes" | "y" | "1" => "true",
                "false" | "f" | "no" | "n" | "0" => "false",
                _ => return Err(malformed(field, "true or false, yes or no, 1 or 0", value)),
            }),
            Self::Json => match serde_json::from_str::<IgnoredAny>(value) {
                Ok(IgnoredAny) => json.push_str(value.trim()),
                Err(_) => return Err(malformed(field, "JSON", value)),
            },
            Self::Time { moment, .. } => match moment.read(value.trim()) {
                Some(milliseconds) => json.push_str(&milliseconds.to_string()),
                None => return Err(malformed(field, &format!("a time {moment}"), value)),
            },
        }
        Ok(())
    }
}

/// Adds to the milliseconds that were written at `start`.
fn add_seconds(json: &mut String, start: usize, text: &str, field: &str) -> Result<(), Refusal> {
    if text.is_empty() {
        return Ok(());
    }
    let written = json[start..].parse::<i64>().ok();
    let sum = seconds(text.trim()).and_then(|added| written?.checked_add(added));
    let Some(sum) = sum else {
        return Err(malformed(field, "a number of seconds to add", text));
    };
    json.truncate(start);
    json.push_str(&sum.to_string());
    Ok(())
}

fn malformed(field: &str, expected: &str, found: &str) -> Refusal {
    Refusal::new(
        field,
        "malformed",
        format_args!("expected {expected}, found {}", excerpt(found)),
    )
}

fn no_number(field: &str, found: &str, decimal: Decimal) -> Refusal {
    let mut refusal = malformed(field, "a number", found);
    if decimal == Decimal::Point && found.contains(',') {
        refusal.message += "; a mapping says that the comma is decimal: decimal = \",\"";
    }
    refusal
}
