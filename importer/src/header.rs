//! What stands above the rows: the columns' names, and what lies between them.

use csv_core::{ReadRecordResult, ReaderBuilder};

use crate::Delimiter;
use crate::contract::{self, REQUIRED};
use crate::record::{RECORD_BYTES, excerpt};

const CANDIDATES: [Delimiter; 4] = [Delimiter(b','), Delimiter(b';'), Delimiter(b'\t'), Delimiter(b'|')];
const MOST_COLUMNS: usize = 4_096;
pub(crate) const UTF8_MARK: &[u8] = b"\xef\xbb\xbf";

/// The file's beginning is none that rows could follow.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    #[error("is empty")]
    Empty,
    #[error("is UTF-16; convert it to UTF-8 first, as in `iconv -f UTF-16 -t UTF-8`")]
    Utf16,
    #[error("has NUL bytes in its first line: it is no text")]
    Nul,
    #[error("line 1: {0}")]
    Broken(String),
    #[error(
        "has no header: a first line with the names of columns, among them {}; found {found}. A mapping can name them: [file] columns = [\u{2026}]",
        REQUIRED.join(", ")
    )]
    Absent { found: String },
    #[error(
        "header lacks {missing}; found, with {delimiter} between columns: {found}. A mapping (--mapping) says what other columns mean"
    )]
    Missing {
        missing: String,
        delimiter: Delimiter,
        found: String,
    },
    #[error("header is one column, {found}: is {delimiter} what lies between columns? --delimiter names another")]
    OneColumn { delimiter: Delimiter, found: String },
    #[error("header names {name:?} twice, in columns {first} and {second}")]
    Twice { name: String, first: usize, second: usize },
    #[error("header has no name for column {0}")]
    Unnamed(usize),
    #[error("header has columns that neither the event contract nor the mapping names (--strict): {0}")]
    Unknown(String),
}

/// Looks at the bytes with which a file begins.
pub(crate) fn check_head(head: &[u8]) -> Result<(), HeaderError> {
    if head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") {
        return Err(HeaderError::Utf16);
    }
    let first_line = head.split(|byte| *byte == b'\n').next().unwrap_or(head);
    match first_line.contains(&0) {
        true => Err(HeaderError::Nul),
        false => Ok(()),
    }
}

/// The delimiter that finds the most names that `is_known`, else the most columns.
pub(crate) fn delimiter(head: &[u8], is_known: impl Fn(&str) -> bool) -> Delimiter {
    let score = |delimiter: &Delimiter| {
        let names = first_row(head, *delimiter);
        let known = names.iter().filter(|name| is_known(name.trim())).count();
        (known, names.len())
    };
    // The last one of the best wins, and the comma is the first to be asked.
    let best = CANDIDATES.iter().rev().max_by_key(|delimiter| score(delimiter));
    best.copied().unwrap_or(CANDIDATES[0])
}

fn first_row(head: &[u8], delimiter: Delimiter) -> Vec<String> {
    let mut reader = ReaderBuilder::new().delimiter(delimiter.0).build();
    let (mut text, mut ends) = (vec![0; head.len().min(RECORD_BYTES) + 1], vec![0; MOST_COLUMNS]);
    let (mut result, read, mut bytes, mut columns) = reader.read_record(head, &mut text, &mut ends);
    if result == ReadRecordResult::InputEmpty && read == head.len() {
        let last = reader.read_record(&[], &mut text[bytes..], &mut ends[columns..]);
        result = last.0;
        bytes += last.2;
        columns += last.3;
    }
    if result != ReadRecordResult::Record {
        return Vec::new();
    }
    let text = String::from_utf8_lossy(&text[..bytes]).into_owned();
    let mut start = 0;
    let cells = ends[..columns].iter().map(|&end| {
        let cell = text.get(start..end).unwrap_or("").to_owned();
        start = end;
        cell
    });
    cells.collect()
}

/// Names without the blanks around them, each once.
pub(crate) fn names<'c>(cells: impl Iterator<Item = &'c str>) -> Result<Vec<String>, HeaderError> {
    let names: Vec<String> = cells.map(|cell| cell.trim().to_owned()).collect();
    for (column, name) in names.iter().enumerate() {
        if name.is_empty() {
            return Err(match is_data(&names) {
                true => HeaderError::Absent { found: list(&names) },
                false => HeaderError::Unnamed(column + 1),
            });
        }
        let twin = |other: &String| other.eq_ignore_ascii_case(name);
        if let Some(first) = names[..column].iter().position(twin) {
            return Err(HeaderError::Twice {
                name: name.clone(),
                first: first + 1,
                second: column + 1,
            });
        }
    }
    Ok(names)
}

/// Whether the columns are those of events.
pub(crate) fn check_native(names: &[String], delimiter: Delimiter) -> Result<(), HeaderError> {
    let normal: Vec<String> = names.iter().map(|name| contract::normal(name)).collect();
    let missing: Vec<&str> = REQUIRED
        .into_iter()
        .filter(|required| !normal.iter().any(|name| name == required))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    if is_data(names) {
        return Err(HeaderError::Absent { found: list(names) });
    }
    Err(lacks(&missing, names, delimiter))
}

/// The error for columns that are not there.
pub(crate) fn lacks(missing: &[&str], names: &[String], delimiter: Delimiter) -> HeaderError {
    match names {
        [one] => HeaderError::OneColumn {
            delimiter,
            found: excerpt(one),
        },
        _ => HeaderError::Missing {
            missing: missing.join(", "),
            delimiter,
            found: list(names),
        },
    }
}

/// Whether these are values of a row: one of them is a number, a time or an address, and none the name of a field.
fn is_data(names: &[String]) -> bool {
    let is_value =
        |name: &String| name.starts_with(|first: char| first.is_ascii_digit() || first == '/') || name.contains("://");
    names.len() > 1 && names.iter().any(is_value) && !names.iter().any(|name| contract::is_native(name))
}

fn list(names: &[String]) -> String {
    const MOST: usize = 40;
    let mut list = names
        .iter()
        .take(MOST)
        .map(|name| excerpt(name).trim_matches('"').to_owned())
        .collect::<Vec<_>>()
        .join(", ");
    if names.len() > MOST {
        list += &format!(" and {} more", names.len() - MOST);
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_tells_the_delimiter() {
        for (head, expect) in [
            ("type,url\nview,/a;b;c;d\n", b','),
            ("type;url;a,b,c\n", b';'),
            ("type\turl", b'\t'),
            ("type|url\n", b'|'),
            ("\"type\";\"a,b\";url\r\n", b';'),
            ("what;ever\n", b';'),
            ("type\n", b','),
        ] {
            let found = delimiter(head.as_bytes(), contract::is_native);
            assert_eq!(found, Delimiter(expect), "{head:?}");
        }
    }

    #[track_caller]
    fn check(names: &[&str], expect: &str) {
        let names: Vec<_> = names.iter().map(|&name| name.to_owned()).collect();
        let message = check_native(&names, Delimiter(b',')).unwrap_err().to_string();
        assert!(message.contains(expect), "{message}");
    }

    #[test]
    fn headers_without_what_events_need_are_told() {
        check(
            &["type", "Created At", "url"],
            "lacks session_id; found, with ',' between columns: type, Created At, url",
        );
        check(&["type;created_at;url"], "one column, \"type;created_at;url\": is ','");
        check(&["view", "2026-11-22T10:00:00Z", "/catalog"], "has no header");
        check(&["a", "b"], "lacks type, created_at, session_id, url");
        let native = ["URL", "type", "session-id", "created_at"].map(str::to_owned);
        assert_eq!(check_native(&native, Delimiter(b',')), Ok(()));
    }

    #[test]
    fn names_are_there_and_differ() {
        assert_eq!(
            names([" a ", "B"].into_iter()),
            Ok(vec!["a".to_owned(), "B".to_owned()])
        );
        assert_eq!(names(["a", " "].into_iter()), Err(HeaderError::Unnamed(2)));
        let twice = names(["a", "b", "A"].into_iter()).unwrap_err();
        assert_eq!(twice.to_string(), "header names \"A\" twice, in columns 1 and 3");
    }

    #[test]
    fn what_is_no_text_is_told() {
        assert_eq!(check_head(b"\xff\xfea\0,\0"), Err(HeaderError::Utf16));
        assert_eq!(check_head(b"PK\x03\x04\0\0"), Err(HeaderError::Nul));
        assert_eq!(check_head(b"a,b\n\0"), Ok(()));
    }
}
