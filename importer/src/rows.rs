//! A file's rows, one after the other, as events.

use std::fmt;
use std::path::Path;

use event::limits::EVENT_BYTES;
use memchr::memchr;
use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::error::FileError;
use crate::header::{self, HeaderError, UTF8_MARK};
use crate::identity::Identities;
use crate::json_lines::JsonLines;
use crate::plan::{self, Plan, PlanError, Written};
use crate::record::{Cells, Content, RECORD_BYTES, ReadError, Record, Refusal, excerpt};
use crate::source::{Source, Taken};
use crate::table::Table;
use crate::window::{Passed, Window};
use crate::{Delimiter, Encoding, Format, Mapping};

/// What is to be read, and how.
#[derive(Debug, Clone)]
pub struct Form {
    pub format: Format,
    pub mapping: Option<Mapping>,
    /// For messages.
    pub mapping_name: String,
    pub delimiter: Option<Delimiter>,
    pub encoding: Option<Encoding>,
    pub strict: bool,
    /// Site that ids are made for.
    pub site: String,
}

/// Reads a file once, row by row.
pub struct Rows {
    reader: Reader,
    plan: Option<Plan>,
    identities: Identities,
    taken: Taken,
    /// Between columns, where there are columns.
    pub delimiter: Option<Delimiter>,
}

enum Reader {
    Table(Box<Table<Source>>),
    Lines(Box<JsonLines<Source>>, Cache),
}

/// Room for the values of a line, as cells.
#[derive(Default)]
struct Cache {
    text: String,
    ends: Vec<usize>,
}

/// One row.
#[derive(Debug)]
pub struct Row<'r> {
    /// Where it begins in the file, from 1.
    pub line: u64,
    /// As it stands in the file.
    pub raw: &'r [u8],
    /// `Ok(true)` when it was written as an event, `Ok(false)` when the mapping leaves it out.
    pub written: Result<bool, Refusal>,
}

impl Rows {
    /// Whether the file names its columns itself.
    pub(crate) fn has_header(&self, form: &Form) -> bool {
        let named = form
            .mapping
            .as_ref()
            .is_some_and(|mapping| mapping.file.columns.is_some());
        self.delimiter.is_some() && !named
    }

    /// `-` is the standard input.
    pub fn open(path: &Path, form: &Form) -> Result<Self, FileError> {
        let mapping = form.mapping.as_ref();
        let encoding = form.encoding.or(mapping.and_then(|mapping| mapping.file.encoding));
        let source = Source::open(path, encoding.unwrap_or(Encoding::Utf8)).map_err(FileError::Open)?;
        Self::of(source, form)
    }

    fn of(source: Source, form: &Form) -> Result<Self, FileError> {
        let taken = source.taken.clone();
        let mut window = Window::new(source, RECORD_BYTES);
        let head = window.head().map_err(ReadError::from)?;
        header::check_head(head)?;
        if head.starts_with(UTF8_MARK) {
            window.advance(UTF8_MARK.len());
            window.begin();
        }
        if window.ahead().trim_ascii().is_empty() {
            return Err(HeaderError::Empty.into());
        }
        let (reader, plan, delimiter) = match form.format {
            Format::Csv => {
                let (table, plan, delimiter) = table(window, form)?;
                (Reader::Table(Box::new(table)), Some(plan), Some(delimiter))
            }
            Format::Jsonl => {
                let lines = Reader::Lines(Box::new(JsonLines::new(window)), Cache::default());
                (lines, lines_plan(form)?, None)
            }
        };
        Ok(Self {
            reader,
            plan,
            identities: Identities::new(&form.site),
            taken,
            delimiter,
        })
    }

    /// The next row, its event appended to `json` when it is one; `None` at the end of the file.
    pub fn read(&mut self, json: &mut String) -> Result<Option<Row<'_>>, ReadError> {
        let start = json.len();
        let Self {
            reader,
            plan,
            identities,
            ..
        } = self;
        let (record, cache) = match reader {
            Reader::Table(table) => (table.read()?, None),
            Reader::Lines(lines, cache) => (lines.read()?, Some(cache)),
        };
        let Some(record) = record else { return Ok(None) };
        let Record {
            line,
            raw,
            content,
            is_last_cut,
        } = record;
        let readable = content.is_ok();
        let written = content.and_then(|content| match (content, plan, cache) {
            (Content::Cells(cells), Some(plan), _) => from_cells(plan, raw, cells, json),
            (Content::Json(text), Some(plan), Some(cache)) => from_values(plan, text, cache, json),
            (Content::Json(text), ..) => as_it_is(text, json),
            (Content::Cells(_), None, _) => unreachable!("a table has a plan"),
        });
        let written = written.map_err(|refusal| match is_last_cut && readable {
            true => refusal.at_the_end(),
            false => refusal,
        });
        let written = written.and_then(|written| {
            if written == Written::WithoutId {
                let id = identities.id(&json[start..]);
                push_id(json, id);
            }
            within_limit(&json[start..])?;
            Ok(written != Written::Skipped)
        });
        if written.is_err() {
            json.truncate(start);
        }
        Ok(Some(Row { line, raw, written }))
    }

    /// Up to the end of the row that was read last, behind gzip and encoding.
    pub(crate) fn passed(&mut self) -> Passed {
        match &mut self.reader {
            Reader::Table(table) => table.passed(),
            Reader::Lines(lines, _) => lines.passed(),
        }
    }

    /// How many bytes of the file itself were read.
    pub(crate) fn taken(&self) -> Taken {
        self.taken.clone()
    }

    /// Whether the file's last row had no line break behind it, once it was read.
    pub fn ends_in_row(&self) -> bool {
        match &self.reader {
            Reader::Table(table) => table.ends_in_row,
            Reader::Lines(lines, _) => lines.ends_in_row,
        }
    }

    /// What the columns are called; none for JSON lines in the contract's own form.
    pub fn columns(&self) -> &[String] {
        self.plan.as_ref().map_or(&[], Plan::names)
    }
}

fn table(mut window: Window<Source>, form: &Form) -> Result<(Table<Source>, Plan, Delimiter), FileError> {
    let mapping = form.mapping.as_ref();
    let wanted = form.delimiter.or(mapping.and_then(|mapping| mapping.file.delimiter));
    let mapped = match mapping {
        Some(mapping) => plan::names(mapping).map_err(|wrong| wrong.of(&form.mapping_name))?,
        None => Vec::new(),
    };
    let is_known = |name: &str| match mapping {
        Some(_) => mapped.iter().any(|known| known.eq_ignore_ascii_case(name)),
        None => crate::contract::is_native(name),
    };
    let delimiter = match wanted {
        Some(delimiter) => delimiter,
        None => header::delimiter(window.head().map_err(ReadError::from)?, is_known),
    };
    let mut table = Table::new(window, delimiter);
    let names = match mapping.and_then(|mapping| mapping.file.columns.as_ref()) {
        Some(columns) => header::names(columns.iter().map(String::as_str))?,
        None => match table.read()? {
            None => return Err(HeaderError::Empty.into()),
            Some(Record { content, .. }) => match content {
                Ok(Content::Cells(cells)) => header::names(cells.iter())?,
                Ok(Content::Json(_)) => unreachable!("a table has cells"),
                Err(refusal) => return Err(HeaderError::Broken(refusal.to_string()).into()),
            },
        },
    };
    table.names.clone_from(&names);
    let plan = match mapping {
        Some(mapping) => {
            check_mapped(mapping, &names, delimiter)?;
            Plan::new(names, mapping, form.strict)
        }
        None => {
            header::check_native(&names, delimiter)?;
            Plan::native(names, form.strict)
        }
    };
    Ok((table, plan.map_err(|error| of_plan(error, form))?, delimiter))
}

/// One column where a mapping names several: the delimiter is wrong, and each name would be missing.
fn check_mapped(mapping: &Mapping, names: &[String], delimiter: Delimiter) -> Result<(), FileError> {
    let wanted = plan::names(mapping).map_or(0, |names| names.len());
    match names {
        [_] if wanted > 1 => Err(header::lacks(&[], names, delimiter).into()),
        _ => Ok(()),
    }
}

fn lines_plan(form: &Form) -> Result<Option<Plan>, FileError> {
    let Some(mapping) = &form.mapping else { return Ok(None) };
    let names = plan::names(mapping).map_err(|wrong| wrong.of(&form.mapping_name))?;
    let plan = Plan::new(names, mapping, form.strict).map_err(|error| of_plan(error, form))?;
    Ok(Some(plan))
}

fn of_plan(error: PlanError, form: &Form) -> FileError {
    match error {
        PlanError::Header(error) => error.into(),
        PlanError::Mapping(wrong) => wrong.of(&form.mapping_name).into(),
    }
}

fn from_cells(plan: &mut Plan, raw: &[u8], cells: Cells<'_>, json: &mut String) -> Result<Written, Refusal> {
    let (found, expected) = (cells.len(), plan.names().len());
    if found != expected {
        let message = format!("the row has {found} columns, the header {expected}");
        return Err(Refusal::row("columns", message));
    }
    if memchr(0, raw).is_some() {
        let column = cells.iter().position(|cell| cell.contains('\0'));
        let name = column.map_or("", |column| &plan.names()[column]);
        return Err(Refusal::new(name, "nul", "a NUL byte is no text"));
    }
    plan.write(cells, &[], json)
}

/// The values of an object by their names, as cells.
fn from_values(plan: &mut Plan, text: &str, cache: &mut Cache, json: &mut String) -> Result<Written, Refusal> {
    let Object(members) = read_object(text)?;
    cache.text.clear();
    cache.ends.clear();
    for name in plan.names() {
        if let Some((_, value)) = members.iter().find(|(member, _)| member == name) {
            push_value(&mut cache.text, value);
        }
        cache.ends.push(cache.text.len());
    }
    let further = members.into_iter().filter(|(member, _)| !plan.names().contains(member));
    let further: Vec<_> = further.collect();
    let cells = Cells::new(cache.text.as_bytes(), &cache.ends).expect("the line is UTF-8");
    plan.write(cells, &further, json)
}

/// Texts without quotes, `null` as nothing, the rest as it stands.
fn push_value(text: &mut String, value: &RawValue) {
    let value = value.get();
    match serde_json::from_str::<String>(value) {
        Ok(string) => text.push_str(&string),
        Err(_) if value == "null" => {}
        Err(_) => text.push_str(value),
    }
}

/// An event of the contract.
fn as_it_is(text: &str, json: &mut String) -> Result<Written, Refusal> {
    #[derive(Deserialize)]
    struct Event<'e> {
        #[serde(default, borrow, deserialize_with = "present")]
        id: Option<&'e RawValue>,
    }
    let event: Event<'_> = read_object(text)?;
    match event.id.map(RawValue::get) {
        None => {
            json.push_str(text);
            Ok(Written::WithoutId)
        }
        Some("null" | "\"\"") => Err(Refusal::new(
            "id",
            "missing",
            "is empty; without the field an id is made of what the event says",
        )),
        Some(_) => {
            json.push_str(text);
            Ok(Written::WithId)
        }
    }
}

/// Also `null`.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<&'de RawValue>, D::Error> {
    Deserialize::deserialize(deserializer).map(Some)
}

fn read_object<'t, T: Deserialize<'t>>(text: &'t str) -> Result<T, Refusal> {
    if !text.starts_with('{') {
        let message = format!("expected a JSON object, found {}", excerpt(text));
        return Err(Refusal::row("broken_json", message));
    }
    serde_json::from_str(text).map_err(|error| {
        let message = error.to_string();
        let message = message.replace(" at line 1 column", " at column");
        Refusal::row("broken_json", message)
    })
}

/// An object's members in their order.
struct Object<'t>(Vec<(String, &'t RawValue)>);

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Object<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::<(String, &'de RawValue)>::new();
                while let Some((name, value)) = map.next_entry::<String, &'de RawValue>()? {
                    if members.iter().any(|(other, _)| *other == name) {
                        return Err(A::Error::custom(format_args!("duplicate field `{name}`")));
                    }
                    members.push((name, value));
                }
                Ok(Object(members))
            }
        }
        deserializer.deserialize_map(Members)
    }
}

/// Into an object that is closed already.
fn push_id(json: &mut String, id: Uuid) {
    json.pop();
    if !json.ends_with('{') {
        json.push(',');
    }
    json.push_str("\"id\":\"");
    json.push_str(id.hyphenated().encode_lower(&mut Uuid::encode_buffer()));
    json.push_str("\"}");
}

/// What is longer might not fit into a request, and would spoil its neighbours.
fn within_limit(event: &str) -> Result<(), Refusal> {
    if event.len() <= EVENT_BYTES {
        return Ok(());
    }
    let message = format!("the event's {} bytes exceed the limit of {EVENT_BYTES}", event.len());
    Err(Refusal::row("too_long", message))
}
