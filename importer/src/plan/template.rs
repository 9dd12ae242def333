//! `"{year}-{month}"`: text with the values of columns in it.

use super::columns::Columns;
use crate::record::{Cells, Refusal};

#[derive(Debug)]
pub(crate) struct Template(Vec<Part>);

#[derive(Debug)]
enum Part {
    Text(String),
    Column(usize),
}

impl Template {
    /// `{{` and `}}` are braces.
    pub(crate) fn parse(text: &str, columns: &Columns) -> Result<Self, String> {
        let parts = pieces(text)?.into_iter().map(|piece| match piece {
            Piece::Text(text) => Ok(Part::Text(text)),
            Piece::Name(name) => match columns.find(name) {
                Some(column) => Ok(Part::Column(column)),
                None => Err(columns.no_column(name)),
            },
        });
        Ok(Self(parts.collect::<Result<_, _>>()?))
    }

    pub(crate) fn column(column: usize) -> Self {
        Self(vec![Part::Column(column)])
    }

    pub(crate) fn columns(&self) -> impl Iterator<Item = usize> + '_ {
        self.0.iter().filter_map(|part| match part {
            Part::Column(column) => Some(*column),
            Part::Text(_) => None,
        })
    }

    /// The text of a template without columns.
    pub(crate) fn constant(&self) -> Option<String> {
        let text = self.0.iter().map(|part| match part {
            Part::Text(text) => Some(text.as_str()),
            Part::Column(_) => None,
        });
        text.collect()
    }

    /// Empty where one of its columns is. `scratch` is room for what is put together.
    pub(crate) fn value<'r>(
        &'r self,
        columns: &'r Columns,
        cells: Cells<'r>,
        scratch: &'r mut String,
    ) -> Result<&'r str, Refusal> {
        if let [Part::Column(column)] = &*self.0 {
            return columns.cell(*column, cells);
        }
        scratch.clear();
        for part in &self.0 {
            match part {
                Part::Text(text) => scratch.push_str(text),
                Part::Column(column) => match columns.cell(*column, cells)? {
                    "" => return Ok(""),
                    cell => scratch.push_str(cell),
                },
            }
        }
        Ok(scratch)
    }
}

/// The columns that a template names.
pub(crate) fn column_names(text: &str) -> Result<Vec<&str>, String> {
    let names = pieces(text)?.into_iter().filter_map(|piece| match piece {
        Piece::Name(name) => Some(name),
        Piece::Text(_) => None,
    });
    Ok(names.collect())
}

enum Piece<'t> {
    Text(String),
    Name(&'t str),
}

fn pieces(mut rest: &str) -> Result<Vec<Piece<'_>>, String> {
    let mut pieces = Vec::new();
    let mut text = String::new();
    while let Some(brace) = rest.find(['{', '}']) {
        text.push_str(&rest[..brace]);
        let kind = rest.as_bytes()[brace];
        rest = &rest[brace + 1..];
        if rest.as_bytes().first() == Some(&kind) {
            text.push(char::from(kind));
            rest = &rest[1..];
            continue;
        }
        let end = rest.find('}').filter(|_| kind == b'{');
        let Some(end) = end else {
            return Err("a brace without its other half; {{ and }} are braces".to_owned());
        };
        if !text.is_empty() {
            pieces.push(Piece::Text(std::mem::take(&mut text)));
        }
        pieces.push(Piece::Name(&rest[..end]));
        rest = &rest[end + 1..];
    }
    text.push_str(rest);
    if !text.is_empty() {
        pieces.push(Piece::Text(text));
    }
    Ok(pieces)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn value(template: &str, row: [&str; 2]) -> Result<String, String> {
        let names = vec!["a".to_owned(), "page 1 (main)".to_owned()];
        let columns = Columns::new(names, &BTreeMap::new()).unwrap();
        let template = Template::parse(template, &columns)?;
        let ends = [row[0].len(), row[0].len() + row[1].len()];
        let text = row.concat();
        let cells = Cells::new(text.as_bytes(), &ends).unwrap();
        let mut scratch = String::new();
        Ok(template.value(&columns, cells, &mut scratch).unwrap().to_owned())
    }

    #[test]
    fn templates_are_filled_in() {
        for (template, row, expect) in [
            ("{a}", ["1", "2"], "1"),
            ("/{page 1 (main)}/{A}?x={{}}", ["1", "2"], "/2/1?x={}"),
            ("constant", ["1", "2"], "constant"),
            ("n-{a}", ["", "2"], ""),
            ("", ["1", "2"], ""),
        ] {
            assert_eq!(value(template, row), Ok(expect.to_owned()), "{template}");
        }
    }

    #[test]
    fn templates_that_cannot_be_filled_in_are_told() {
        let unknown = value("{b}", ["1", "2"]).unwrap_err();
        assert_eq!(unknown, "the file has no column \"b\"; it has a, page 1 (main)");
        for template in ["{a", "a}", "{a}}", "{"] {
            assert!(value(template, ["1", "2"]).unwrap_err().contains("brace"), "{template}");
        }
    }
}
