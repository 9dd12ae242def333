//! Rows of a file as text, for the tests beside.
#![expect(clippy::unwrap_used, reason = "a helper fails the test that calls it")]

use std::path::{Path, PathBuf};

use importer::{FileError, Form, Format, Mapping, Rows};
use tempfile::TempDir;

/// A file in a folder of its own.
pub(crate) struct Input {
    _folder: TempDir,
    pub(crate) path: PathBuf,
}

impl Input {
    pub(crate) fn new(bytes: impl AsRef<[u8]>) -> Self {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("events");
        std::fs::write(&path, bytes).unwrap();
        Self { _folder: folder, path }
    }
}

pub(crate) fn csv() -> Form {
    Form {
        format: Format::Csv,
        mapping: None,
        mapping_name: "test.toml".to_owned(),
        delimiter: None,
        encoding: None,
        strict: false,
        site: "shop".to_owned(),
    }
}

pub(crate) fn jsonl() -> Form {
    Form {
        format: Format::Jsonl,
        ..csv()
    }
}

pub(crate) fn mapped(mapping: &str) -> Form {
    Form {
        mapping: Some(Mapping::parse(mapping, "test.toml").unwrap()),
        ..csv()
    }
}

/// Each row as `line: JSON without ids that were made`, `line: left out` or `line: refusal`; then why reading ended early.
pub(crate) fn read(path: &Path, form: &Form) -> Result<(Vec<String>, Option<String>), FileError> {
    let mut rows = Rows::open(path, form)?;
    let mut found = Vec::new();
    loop {
        let mut json = String::new();
        let row = match rows.read(&mut json) {
            Ok(Some(row)) => row,
            Ok(None) => return Ok((found, None)),
            Err(error) => return Ok((found, Some(error.to_string()))),
        };
        let line = row.line;
        found.push(match row.written {
            Ok(true) => format!("{line}: {}", without_made_id(&json)),
            Ok(false) => format!("{line}: left out"),
            Err(refusal) => format!("{line}: {refusal}"),
        });
    }
}

/// Made ids are at the end of an event.
fn without_made_id(json: &str) -> String {
    match json.rfind(",\"id\":\"") {
        Some(start) if json.len() - start == ",\"id\":\"\"}".len() + 36 => format!("{}}}", &json[..start]),
        _ => json.to_owned(),
    }
}

pub(crate) fn ids(path: &Path, form: &Form) -> Vec<String> {
    let mut rows = Rows::open(path, form).unwrap();
    let mut ids = Vec::new();
    let mut json = String::new();
    while rows.read(&mut json).unwrap().is_some() {
        let start = json.rfind("\"id\":\"").unwrap() + "\"id\":\"".len();
        ids.push(json[start..start + 36].to_owned());
        json.clear();
    }
    ids
}

#[track_caller]
pub(crate) fn check(bytes: impl AsRef<[u8]>, form: &Form, expect: &[&str]) {
    let input = Input::new(bytes);
    let (found, ended) = read(&input.path, form).unwrap();
    assert_eq!(found, expect);
    assert_eq!(ended, None);
}

/// The message with which the file, or the mapping, is turned down as a whole.
#[track_caller]
pub(crate) fn check_error(bytes: impl AsRef<[u8]>, form: &Form, expect: &str) {
    let input = Input::new(bytes);
    let message = match read(&input.path, form) {
        Err(error) => error.to_string(),
        Ok((found, _)) => panic!("read {found:?}"),
    };
    assert!(message.contains(expect), "{expect:?} is not in: {message}");
}
