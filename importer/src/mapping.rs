//! What the columns of a foreign file mean: a TOML file (`docs/import.md`).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::{Delimiter, Encoding};

/// Those that come with the program.
const BUILT_IN: [(&str, &str); 1] = [("uci-clothing", include_str!("../mappings/uci-clothing.toml"))];

/// As the file says it; what it means for certain columns is the plan's.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// What becomes of columns that are not used.
    #[serde(default)]
    pub(crate) unmapped: Unmapped,
    #[serde(default)]
    pub(crate) file: FileForm,
    #[serde(default)]
    pub(crate) columns: BTreeMap<String, ColumnForm>,
    pub(crate) event: BTreeMap<String, FieldForm>,
    #[serde(default)]
    pub(crate) payload: BTreeMap<String, FieldForm>,
    #[serde(default)]
    pub(crate) skip_if: Vec<SkipForm>,
    /// The file's text, which tells one mapping from another.
    #[serde(skip)]
    pub(crate) text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Unmapped {
    #[default]
    Payload,
    Drop,
    Refuse,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FileForm {
    pub(crate) delimiter: Option<Delimiter>,
    pub(crate) encoding: Option<Encoding>,
    /// Names of the columns of a file without a header.
    pub(crate) columns: Option<Vec<String>>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ColumnForm {
    /// A shorter name for templates.
    #[serde(rename = "as")]
    pub(crate) alias: Option<String>,
    #[serde(default)]
    pub(crate) values: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) otherwise: Otherwise,
}

/// What becomes of a value that is not among a column's `values`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Otherwise {
    #[default]
    Refuse,
    Keep,
    Empty,
}

/// A template, or a table with one.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "toml::Value")]
pub(crate) struct FieldForm {
    pub(crate) from: String,
    pub(crate) as_type: Option<Type>,
    pub(crate) format: Option<String>,
    pub(crate) zone: Option<String>,
    pub(crate) add_seconds: Option<String>,
    pub(crate) decimal: Option<Decimal>,
    pub(crate) scale: i8,
    pub(crate) default: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Type {
    Text,
    Number,
    Boolean,
    Time,
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(crate) enum Decimal {
    #[serde(rename = ".")]
    Point,
    #[serde(rename = ",")]
    Comma,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FieldTable {
    from: String,
    #[serde(rename = "type")]
    as_type: Option<Type>,
    format: Option<String>,
    zone: Option<String>,
    add_seconds: Option<String>,
    decimal: Option<Decimal>,
    #[serde(default)]
    scale: i8,
    default: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SkipForm {
    pub(crate) column: String,
    #[serde(default)]
    pub(crate) is: Vec<String>,
    #[serde(default)]
    pub(crate) empty: bool,
}

/// The mapping itself is wrong, or does not fit the file.
#[derive(Debug, thiserror::Error)]
pub enum MappingError {
    #[error("mapping {} cannot be read; built-in ones are {}", path.display(), built_in_names())]
    Read {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    /// With the lines that its cause shows.
    #[error("mapping {name}: {cause}")]
    Parse { name: String, cause: Box<toml::de::Error> },
    #[error("mapping {name}: {what}: {message}")]
    Wrong {
        name: String,
        what: String,
        message: String,
    },
}

/// A part of a mapping that is wrong: which, and how.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Wrong {
    pub(crate) what: String,
    pub(crate) message: String,
}

impl Mapping {
    /// A built-in one by its name, else a file.
    pub fn read(name: &Path) -> Result<Self, MappingError> {
        let built_in = BUILT_IN.iter().find(|(known, _)| Path::new(known) == name);
        let text = match built_in {
            Some((_, text)) => (*text).to_owned(),
            None => std::fs::read_to_string(name).map_err(|source| MappingError::Read {
                path: name.to_owned(),
                source,
            })?,
        };
        Self::parse(&text, &name.display().to_string())
    }

    /// `name` is for messages.
    pub fn parse(text: &str, name: &str) -> Result<Self, MappingError> {
        let mapping = toml::from_str::<Self>(text).map_err(|cause| MappingError::Parse {
            name: name.to_owned(),
            cause: Box::new(cause),
        })?;
        Ok(Self {
            text: text.to_owned(),
            ..mapping
        })
    }
}

impl Wrong {
    pub(crate) fn new(what: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            message: message.into(),
        }
    }

    pub(crate) fn of(self, name: &str) -> MappingError {
        MappingError::Wrong {
            name: name.to_owned(),
            what: self.what,
            message: self.message,
        }
    }
}

impl TryFrom<toml::Value> for FieldForm {
    type Error = toml::de::Error;

    fn try_from(value: toml::Value) -> Result<Self, toml::de::Error> {
        let table = match value {
            toml::Value::String(from) => FieldTable {
                from,
                as_type: None,
                format: None,
                zone: None,
                add_seconds: None,
                decimal: None,
                scale: 0,
                default: None,
            },
            other => FieldTable::deserialize(other)?,
        };
        Ok(Self {
            from: table.from,
            as_type: table.as_type,
            format: table.format,
            zone: table.zone,
            add_seconds: table.add_seconds,
            decimal: table.decimal,
            scale: table.scale,
            default: table.default,
        })
    }
}

fn built_in_names() -> String {
    BUILT_IN.map(|(name, _)| name).join(", ")
}
