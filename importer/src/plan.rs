//! What each column of one file becomes.

mod columns;
mod decimal;
mod field;
mod moment;
mod template;
mod text;

use std::collections::{BTreeMap, BTreeSet};

use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use crate::contract::{self, EVENT, PAYLOAD, Plain, REQUIRED, REST, rank};
use crate::header::HeaderError;
use crate::mapping::{FieldForm, Mapping, Unmapped, Wrong};
use crate::record::{Cells, Refusal, excerpt};
use columns::Columns;
use field::{Field, begin};
pub(crate) use text::push_text;

/// Writes rows as events, their fields in one order whatever that of the columns.
#[derive(Debug)]
pub(crate) struct Plan {
    columns: Columns,
    skip: Vec<Skip>,
    id: Option<Field>,
    event: Vec<Field>,
    payload: Vec<Field>,
    /// The column with an object of further fields.
    rest: Option<usize>,
    /// Values that no column is for are refused, dropped or kept.
    pub(crate) unmapped: Unmapped,
    scratch: String,
}

#[derive(Debug)]
struct Skip {
    column: usize,
    is: Vec<String>,
    empty: bool,
}

/// What became of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Written {
    WithId,
    WithoutId,
    Skipped,
}

/// The columns do not fit.
#[derive(Debug)]
pub(crate) enum PlanError {
    Mapping(Wrong),
    Header(HeaderError),
}

impl From<Wrong> for PlanError {
    fn from(wrong: Wrong) -> Self {
        Self::Mapping(wrong)
    }
}

/// A value beside the columns, by its name.
pub(crate) type Further<'r> = (String, &'r RawValue);

impl Plan {
    /// For columns that are named as the contract's fields are; others become fields of `payload`, or are errors when `strict`.
    pub(crate) fn native(names: Vec<String>, strict: bool) -> Result<Self, PlanError> {
        let mapping = Mapping {
            unmapped: if strict { Unmapped::Refuse } else { Unmapped::Payload },
            ..Mapping::default()
        };
        Self::new(names, &mapping, strict)
    }

    /// For the columns `names`, by what the mapping says of them.
    pub(crate) fn new(names: Vec<String>, mapping: &Mapping, strict: bool) -> Result<Self, PlanError> {
        let columns = Columns::new(names, &mapping.columns)?;
        let mut plan = Self {
            skip: skips(mapping, &columns)?,
            id: None,
            event: Vec::new(),
            payload: Vec::new(),
            rest: None,
            unmapped: if strict { Unmapped::Refuse } else { mapping.unmapped },
            scratch: String::new(),
            columns,
        };
        let event = |name: &str| {
            let known = EVENT.map(|(name, _)| name).join(", ");
            let unknown = || {
                Wrong::new(
                    format!("event.{name}"),
                    format!("is no field of events; they have {known}"),
                )
            };
            contract::event_field(name).ok_or_else(unknown)
        };
        let mut fields = mapped("", &mapping.event, event, &plan.columns)?;
        let payload = |name: &str| Ok(contract::payload_field(name).unwrap_or(Plain::Text));
        let mut in_payload = mapped("payload.", &mapping.payload, payload, &plan.columns)?;
        plan.take_columns_by_name(&mut fields, &mut in_payload)?;
        let lacks = REQUIRED.into_iter().find(|required| !fields.contains_key(*required));
        if let Some(required) = lacks {
            return Err(Wrong::new("[event]", format!("says nothing of {required}")).into());
        }
        plan.id = fields.remove("id");
        plan.event = in_order(fields, &EVENT);
        plan.payload = in_order(in_payload, &PAYLOAD);
        Ok(plan)
    }

    /// Columns that nothing uses: by the contract's names, else as fields of `payload` under their own.
    fn take_columns_by_name(
        &mut self,
        event: &mut BTreeMap<String, Field>,
        payload: &mut BTreeMap<String, Field>,
    ) -> Result<(), PlanError> {
        let fields = event.values().chain(payload.values());
        let mut used: BTreeSet<usize> = fields.flat_map(Field::columns).collect();
        used.extend(self.skip.iter().map(|skip| skip.column));
        let mut unknown = Vec::new();
        for (column, name) in self.columns.names.iter().enumerate() {
            if used.contains(&column) || self.unmapped == Unmapped::Drop {
                continue;
            }
            let normal = contract::normal(name);
            if normal == REST {
                self.rest = Some(column);
            } else if let Some(plain) = contract::event_field(&normal) {
                let field = || Field::native("", &normal, column, plain);
                event.entry(normal.clone()).or_insert_with(field);
            } else if let Some(plain) = contract::payload_field(&normal) {
                let field = || Field::native("payload.", &normal, column, plain);
                payload.entry(normal.clone()).or_insert_with(field);
            } else if self.unmapped == Unmapped::Refuse {
                unknown.push(name.clone());
            } else {
                let field = || Field::native("payload.", name, column, Plain::Text);
                payload.entry(name.clone()).or_insert_with(field);
            }
        }
        match unknown.is_empty() {
            true => Ok(()),
            false => Err(PlanError::Header(HeaderError::Unknown(unknown.join(", ")))),
        }
    }

    /// Appends the event's JSON. After a refusal the text behind its former end is worthless.
    pub(crate) fn write(
        &mut self,
        cells: Cells<'_>,
        further: &[Further<'_>],
        json: &mut String,
    ) -> Result<Written, Refusal> {
        let Self {
            columns,
            skip,
            id,
            event,
            payload,
            rest,
            scratch,
            unmapped,
        } = self;
        if skip.iter().any(|skip| skip.fits(cells)) {
            return Ok(Written::Skipped);
        }
        json.push('{');
        let mut written = Written::WithoutId;
        if let Some(id) = id
            && id.write(columns, cells, json, scratch)?
        {
            written = Written::WithId;
        }
        for field in event {
            field.write(columns, cells, json, scratch)?;
        }
        begin(json, "\"payload\":{");
        for field in payload {
            field.write(columns, cells, json, scratch)?;
        }
        if let Some(rest) = rest {
            push_members(json, cells.get(*rest))?;
        }
        for (name, value) in further {
            match unmapped {
                Unmapped::Drop => {}
                Unmapped::Refuse => return Err(Refusal::new(name, "unknown_field", "nothing says what it means")),
                Unmapped::Payload => {
                    let mut prefix = String::new();
                    push_text(&mut prefix, name);
                    prefix.push(':');
                    begin(json, &prefix);
                    json.push_str(value.get());
                }
            }
        }
        json.push_str("}}");
        Ok(written)
    }

    pub(crate) fn names(&self) -> &[String] {
        &self.columns.names
    }
}

impl Skip {
    fn fits(&self, cells: Cells<'_>) -> bool {
        let cell = cells.get(self.column).trim();
        (self.empty && cell.is_empty()) || self.is.iter().any(|value| value == cell)
    }
}

/// The names of all values that a mapping uses, for lines without a header.
pub(crate) fn names(mapping: &Mapping) -> Result<Vec<String>, Wrong> {
    let mut names: BTreeSet<&str> = mapping.columns.keys().map(String::as_str).collect();
    let aliases: BTreeSet<&str> = mapping
        .columns
        .values()
        .filter_map(|form| form.alias.as_deref())
        .collect();
    let fields = mapping.event.iter().chain(&mapping.payload);
    for (field, form) in fields {
        for text in [Some(&form.from), form.add_seconds.as_ref()].into_iter().flatten() {
            let found = template::column_names(text).map_err(|message| Wrong::new(field, message))?;
            names.extend(found.into_iter().filter(|name| !aliases.contains(name)));
        }
    }
    names.extend(mapping.skip_if.iter().map(|skip| skip.column.as_str()));
    let mut names: Vec<String> = names.into_iter().map(str::to_owned).collect();
    if mapping.unmapped != Unmapped::Drop {
        let native = EVENT.iter().chain(&PAYLOAD).map(|(name, _)| *name).chain([REST]);
        for name in native {
            if !names.iter().any(|other| contract::normal(other) == name) {
                names.push(name.to_owned());
            }
        }
    }
    Ok(names)
}

fn skips(mapping: &Mapping, columns: &Columns) -> Result<Vec<Skip>, Wrong> {
    let skip = |form: &crate::mapping::SkipForm| {
        let wrong = |message: String| Wrong::new("[[skip_if]]", message);
        let column = columns.find(&form.column);
        let column = column.ok_or_else(|| wrong(columns.no_column(&form.column)))?;
        if form.is.is_empty() && !form.empty {
            return Err(wrong(format!("{:?} needs `is` or `empty`", form.column)));
        }
        Ok(Skip {
            column,
            is: form.is.clone(),
            empty: form.empty,
        })
    };
    mapping.skip_if.iter().map(skip).collect()
}

fn mapped(
    path: &str,
    forms: &BTreeMap<String, FieldForm>,
    plain: impl Fn(&str) -> Result<Plain, Wrong>,
    columns: &Columns,
) -> Result<BTreeMap<String, Field>, Wrong> {
    let field = |(name, form): (&String, &FieldForm)| {
        let field = Field::mapped((path, name), form, plain(name)?, columns)?;
        Ok((name.clone(), field))
    };
    forms.iter().map(field).collect()
}

fn in_order(fields: BTreeMap<String, Field>, order: &[(&str, Plain)]) -> Vec<Field> {
    let mut fields: Vec<_> = fields.into_iter().collect();
    fields.sort_by_key(|(name, _)| rank(order, name));
    fields.into_iter().map(|(_, field)| field).collect()
}

/// The members of a JSON object into an open one.
fn push_members(json: &mut String, cell: &str) -> Result<(), Refusal> {
    let cell = cell.trim();
    if cell.is_empty() {
        return Ok(());
    }
    if !cell.starts_with('{') || serde_json::from_str::<IgnoredAny>(cell).is_err() {
        let message = format!("expected a JSON object, found {}", excerpt(cell));
        return Err(Refusal::new(REST, "malformed", message));
    }
    let members = cell[1..cell.len() - 1].trim();
    if !members.is_empty() {
        begin(json, members);
    }
    Ok(())
}
