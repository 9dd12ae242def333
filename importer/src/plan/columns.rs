//! A file's columns: their names, and what their values stand for.

use std::collections::BTreeMap;

use hashbrown::HashMap;

use crate::mapping::{ColumnForm, Otherwise, Wrong};
use crate::record::{Cells, Refusal, excerpt};

#[derive(Debug)]
pub(crate) struct Columns {
    pub(crate) names: Vec<String>,
    aliases: HashMap<String, usize>,
    /// Of columns whose values stand for others.
    values: Vec<Option<Box<Values>>>,
}

#[derive(Debug)]
struct Values {
    known: HashMap<String, String>,
    otherwise: Otherwise,
}

impl Columns {
    pub(crate) fn new(names: Vec<String>, forms: &BTreeMap<String, ColumnForm>) -> Result<Self, Wrong> {
        let mut columns = Self {
            values: names.iter().map(|_| None).collect(),
            aliases: HashMap::new(),
            names,
        };
        for (name, form) in forms {
            let what = || format!("columns.{name:?}");
            let column = columns
                .find(name)
                .ok_or_else(|| Wrong::new(what(), columns.no_column(name)))?;
            if !form.values.is_empty() {
                columns.values[column] = Some(Box::new(Values {
                    known: form.values.clone().into_iter().collect(),
                    otherwise: form.otherwise,
                }));
            }
            let Some(alias) = &form.alias else { continue };
            if columns.find(alias).is_some_and(|other| other != column) {
                return Err(Wrong::new(what(), format!("{alias:?} names another column already")));
            }
            columns.aliases.insert(alias.clone(), column);
        }
        Ok(columns)
    }

    /// As it is written in the file, else in another case, else by its alias.
    pub(crate) fn find(&self, name: &str) -> Option<usize> {
        let exact = self.names.iter().position(|other| other == name);
        let any_case = || self.names.iter().position(|other| other.eq_ignore_ascii_case(name));
        exact.or_else(|| self.aliases.get(name).copied()).or_else(any_case)
    }

    pub(crate) fn no_column(&self, name: &str) -> String {
        format!("the file has no column {name:?}; it has {}", self.names.join(", "))
    }

    /// A cell's text, or what its value stands for.
    #[inline]
    pub(crate) fn cell<'r>(&'r self, column: usize, cells: Cells<'r>) -> Result<&'r str, Refusal> {
        let cell = cells.get(column);
        match &self.values[column] {
            None => Ok(cell),
            Some(values) => self.meaning(column, values, cell.trim()),
        }
    }

    fn meaning<'r>(&'r self, column: usize, values: &'r Values, cell: &'r str) -> Result<&'r str, Refusal> {
        match (values.known.get(cell), values.otherwise) {
            (Some(meaning), _) => Ok(meaning),
            (None, _) if cell.is_empty() => Ok(""),
            (None, Otherwise::Keep) => Ok(cell),
            (None, Otherwise::Empty) => Ok(""),
            (None, Otherwise::Refuse) => {
                let message = format!("{} is none of the column's values", excerpt(cell));
                Err(Refusal::new(&self.names[column], "unknown_value", message))
            }
        }
    }
}
