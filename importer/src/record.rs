//! A row as it stands in its file.

use std::fmt;

use memchr::memchr_iter;

/// The most bytes of one row. What is longer holds no event, or a quote that nobody closed.
pub(crate) const RECORD_BYTES: usize = 1024 * 1024;
/// What is kept of a row that is longer.
pub(crate) const EXCERPT_BYTES: usize = 256;

/// One row, or why it cannot be read as one.
pub(crate) struct Record<'r> {
    /// Where it begins, from 1.
    pub(crate) line: u64,
    /// Without the line break; of a row that is too long its beginning.
    pub(crate) raw: &'r [u8],
    pub(crate) content: Result<Content<'r>, Refusal>,
    /// The file ends without a line break behind it.
    pub(crate) is_last_cut: bool,
}

pub(crate) enum Content<'r> {
    Cells(Cells<'r>),
    /// The line's text.
    Json(&'r str),
}

/// The cells of a row, without quotes.
#[derive(Clone, Copy)]
pub(crate) struct Cells<'r> {
    text: &'r str,
    ends: &'r [usize],
}

/// Why a row is no event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Column or field; empty when the row as a whole is wrong.
    pub field: String,
    /// Stable name: one of the event contract's, or one of `docs/import.md`.
    pub reason: String,
    pub message: String,
}

/// Reading cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    #[error("the gzip data ends in its middle: the file is cut off")]
    CutGzip,
    #[error(transparent)]
    Io(std::io::Error),
    #[error(
        "line {line}: a quote that opens in this row is not closed within {RECORD_BYTES} bytes, so that no row below it can be told"
    )]
    OpenQuote { line: u64 },
}

impl<'r> Cells<'r> {
    /// `ends` are where each cell ends in `text`; an error names the first cell that is not UTF-8.
    pub(crate) fn new(text: &'r [u8], ends: &'r [usize]) -> Result<Self, NotUtf8> {
        let Ok(checked) = str::from_utf8(text) else {
            return Err(NotUtf8::first(text, ends));
        };
        // Halves of a character may meet where two cells do.
        if ends.iter().all(|&end| checked.is_char_boundary(end)) {
            Ok(Self { text: checked, ends })
        } else {
            Err(NotUtf8::first(text, ends))
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Empty where there is no such cell.
    #[inline]
    pub(crate) fn get(&self, column: usize) -> &'r str {
        let Some(&end) = self.ends.get(column) else { return "" };
        let start = column.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.text[start..end]
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = &'r str> {
        (0..self.len()).map(move |column| self.get(column))
    }
}

/// The cell with the first byte that is not UTF-8, and that byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NotUtf8 {
    pub(crate) column: usize,
    pub(crate) byte: u8,
}

impl NotUtf8 {
    fn first(text: &[u8], ends: &[usize]) -> Self {
        let mut start = 0;
        for (column, &end) in ends.iter().enumerate() {
            let cell = &text[start..end];
            if let Err(error) = str::from_utf8(cell) {
                let byte = cell[error.valid_up_to()];
                return Self { column, byte };
            }
            start = end;
        }
        Self { column: 0, byte: 0 }
    }
}

impl Refusal {
    pub(crate) fn new(field: impl Into<String>, reason: &str, message: impl fmt::Display) -> Self {
        Self {
            field: field.into(),
            reason: reason.to_owned(),
            message: message.to_string(),
        }
    }

    /// Of the row as a whole.
    pub(crate) fn row(reason: &str, message: impl fmt::Display) -> Self {
        Self::new("", reason, message)
    }

    /// Of a row that perhaps goes on beyond the file.
    pub(crate) fn at_the_end(mut self) -> Self {
        self.message += "; the file ends within it";
        self
    }

    pub(crate) fn too_long() -> Self {
        Self::row("too_long", format_args!("the row exceeds {RECORD_BYTES} bytes"))
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.field.is_empty() {
            write!(formatter, "{}: ", self.field)?;
        }
        write!(formatter, "{} ({})", self.message, self.reason)
    }
}

impl From<std::io::Error> for ReadError {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::UnexpectedEof => Self::CutGzip,
            _ => Self::Io(error),
        }
    }
}

/// Without the line breaks before and behind, and how many lines those before are.
pub(crate) fn trim(raw: &[u8]) -> (u64, &[u8]) {
    let is_break = |byte: &u8| matches!(byte, b'\n' | b'\r');
    let start = raw.iter().position(|byte| !is_break(byte)).unwrap_or(raw.len());
    let end = raw
        .iter()
        .rposition(|byte| !is_break(byte))
        .map_or(start, |last| last + 1);
    (memchr_iter(b'\n', &raw[..start]).count() as u64, &raw[start..end])
}

/// What a message shows of a text.
pub(crate) fn excerpt(text: &str) -> String {
    const BYTES: usize = 64;
    match text.len() > BYTES {
        true => format!("{:?}…", &text[..text.floor_char_boundary(BYTES)]),
        false => format!("{text:?}"),
    }
}
