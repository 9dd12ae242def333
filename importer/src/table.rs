//! Rows of a CSV file (RFC 4180), one at a time, within bounds.

use std::io::Read;

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

use crate::Delimiter;
use crate::record::{Cells, Content, EXCERPT_BYTES, NotUtf8, ReadError, Record, Refusal, trim};
use crate::window::{Fill, Passed, Window};

/// Room for cells to begin with.
const COLUMNS: usize = 64;
/// Room for the text of a row to begin with.
const TEXT_BYTES: usize = 16 * 1_024;

/// Quotes may hold line breaks and doubled quotes; empty lines are no rows.
pub(crate) struct Table<R> {
    window: Window<R>,
    reader: Reader,
    /// The row's cells without quotes, one behind the other.
    text: Vec<u8>,
    ends: Vec<usize>,
    /// The beginning of a row that is too long.
    excerpt: Vec<u8>,
    ended: bool,
    /// The last row had no line break behind it.
    pub(crate) ends_in_row: bool,
    /// What the columns are called, for messages.
    pub(crate) names: Vec<String>,
}

/// How far the row at hand goes.
enum End {
    Row,
    /// At the end of the file, within quotes.
    OpenQuote,
    Nothing,
    /// It begins on this line.
    TooLong {
        line: u64,
    },
}

impl<R: Read> Table<R> {
    pub(crate) fn new(window: Window<R>, delimiter: Delimiter) -> Self {
        Self {
            window,
            reader: ReaderBuilder::new().delimiter(delimiter.0).build(),
            text: vec![0; TEXT_BYTES],
            ends: vec![0; COLUMNS],
            excerpt: Vec::new(),
            ended: false,
            ends_in_row: false,
            names: Vec::new(),
        }
    }

    /// Up to the end of the row at hand.
    pub(crate) fn passed(&mut self) -> Passed {
        self.window.passed()
    }

    /// The next row; `None` at the end of the file.
    pub(crate) fn read(&mut self) -> Result<Option<Record<'_>>, ReadError> {
        self.window.begin();
        if self.ended {
            return Ok(None);
        }
        let line = self.reader.line();
        let (end, text, ends) = self.row(line)?;
        let (line, raw) = match end {
            End::TooLong { line } => (line, &*self.excerpt),
            _ => {
                let (empty_lines, raw) = trim(self.window.record());
                (line + empty_lines, raw)
            }
        };
        let content = match end {
            End::Nothing => return Ok(None),
            End::TooLong { .. } => Err(Refusal::too_long()),
            End::OpenQuote => Err(Refusal::row(
                "open_quote",
                "the file ends within a quote that opens in this row",
            )),
            End::Row => Cells::new(&self.text[..text], &self.ends[..ends])
                .map(Content::Cells)
                .map_err(|wrong| not_utf8(wrong, &self.names)),
        };
        Ok(Some(Record {
            line,
            raw,
            content,
            is_last_cut: self.ends_in_row,
        }))
    }

    /// Reads one row that begins behind line break `line` - 1: how it ends, bytes of `text`, number of `ends`.
    fn row(&mut self, line: u64) -> Result<(End, usize, usize), ReadError> {
        let (mut text, mut ends) = (0, 0);
        loop {
            if self.window.ahead().is_empty() {
                match self.window.fill()? {
                    Fill::More => {}
                    Fill::Full => return Ok((self.pass_by(line)?, 0, 0)),
                    Fill::End => return Ok(self.last(text, ends)),
                }
            }
            let (result, read, wrote, ended) =
                self.reader
                    .read_record(self.window.ahead(), &mut self.text[text..], &mut self.ends[ends..]);
            self.window.advance(read);
            text += wrote;
            ends += ended;
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull => self.text.resize(self.text.len() * 2, 0),
                ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
                ReadRecordResult::Record => return Ok((End::Row, text, ends)),
                ReadRecordResult::End => return Ok((End::Nothing, 0, 0)),
            }
        }
    }

    /// What there is at the end of the file. A line break ends the row there, unless quotes are open.
    fn last(&mut self, mut text: usize, mut ends: usize) -> (End, usize, usize) {
        self.ended = true;
        if trim(self.window.record()).1.is_empty() {
            return (End::Nothing, 0, 0);
        }
        self.ends_in_row = true;
        self.text.resize(text + 1, 0);
        self.ends.resize(ends + 1, 0);
        let (result, _, wrote, ended) = self
            .reader
            .read_record(b"\n", &mut self.text[text..], &mut self.ends[ends..]);
        text += wrote;
        ends += ended;
        match result {
            ReadRecordResult::Record => (End::Row, text, ends),
            _ => (End::OpenQuote, 0, 0),
        }
    }

    /// Goes to the end of a row that is too long, without keeping it.
    fn pass_by(&mut self, line: u64) -> Result<End, ReadError> {
        let (empty_lines, raw) = trim(self.window.record());
        let line = line + empty_lines;
        self.excerpt = raw[..raw.len().min(EXCERPT_BYTES)].to_vec();
        loop {
            self.window.begin();
            if self.window.ahead().is_empty() && self.window.fill()? == Fill::End {
                self.ended = true;
                self.ends_in_row = true;
                return Ok(End::TooLong { line });
            }
            let (result, read, ..) = self
                .reader
                .read_record(self.window.ahead(), &mut self.text, &mut self.ends);
            self.window.advance(read);
            let is_row = matches!(result, ReadRecordResult::Record);
            // Its own line break is none within it.
            if self.reader.line() > line + u64::from(is_row) {
                return Err(ReadError::OpenQuote { line });
            }
            if is_row {
                return Ok(End::TooLong { line });
            }
        }
    }
}

/// Names the column by the header, or by its number.
fn not_utf8(NotUtf8 { column, byte }: NotUtf8, names: &[String]) -> Refusal {
    let name = names
        .get(column)
        .cloned()
        .unwrap_or_else(|| format!("column {}", column + 1));
    let message = format!("byte 0x{byte:02x} is not UTF-8; a file in Latin-1 needs --encoding latin1");
    Refusal::new(name, "not_utf8", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hands out a few bytes at a time.
    struct Drops<'b>(&'b [u8]);

    impl Read for Drops<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let bytes = buffer.len().min(3);
            self.0.read(&mut buffer[..bytes])
        }
    }

    /// Each row as `line: cell|cell`, or its refusal's reason.
    fn rows(text: &[u8], limit: usize) -> (Vec<String>, Option<ReadError>) {
        let mut table = Table::new(Window::new(Drops(text), limit), Delimiter(b','));
        let mut rows = Vec::new();
        loop {
            match table.read() {
                Ok(Some(Record { line, content, .. })) => rows.push(match content {
                    Ok(Content::Cells(cells)) => format!("{line}: {}", cells.iter().collect::<Vec<_>>().join("|")),
                    Ok(Content::Json(_)) => unreachable!(),
                    Err(refusal) => format!("{line}: {} {}", refusal.reason, refusal.field),
                }),
                Ok(None) => return (rows, None),
                Err(error) => return (rows, Some(error)),
            }
        }
    }

    #[track_caller]
    fn check(text: &str, expect: &[&str]) {
        let (rows, error) = rows(text.as_bytes(), 64);
        assert!(error.is_none(), "{error:?}");
        assert_eq!(rows, expect);
    }

    #[test]
    fn line_breaks_in_quotes_count() {
        check(
            "a,b\n1,\"two\nlines\"\n\n\r\n2,\"a \"\"quote\"\"\"\n3,\n",
            &["1: a|b", "2: 1|two\nlines", "6: 2|a \"quote\"", "7: 3|"],
        );
        check("a,b\r\n1,2\r\n3,4", &["1: a|b", "2: 1|2", "3: 3|4"]);
        check("\n\n\n", &[]);
        check("", &[]);
        check("\"\"", &["1: "]);
    }

    #[test]
    fn file_that_ends_within_quotes_is_told() {
        check("a,b\n1,\"two\n", &["1: a|b", "2: open_quote "]);
        check("a,b\n1,\"\"\"", &["1: a|b", "2: open_quote "]);
        check("a,b\n1,\"two\"", &["1: a|b", "2: 1|two"]);
    }

    #[test]
    fn row_over_the_limit_is_passed_by() {
        let long = "x".repeat(1_000);
        check(
            &format!("a,b\n1,{long}\n2,3\n\"{long}\",4\r\n5,6\n"),
            &["1: a|b", "2: too_long ", "3: 2|3", "4: too_long ", "5: 5|6"],
        );
        check(&format!("a,b\n1,{long}"), &["1: a|b", "2: too_long "]);
        check(&format!("a,b\n1,{}", ",".repeat(1_000)), &["1: a|b", "2: too_long "]);
    }

    #[test]
    fn quote_that_nobody_closes_ends_the_reading() {
        let lines = "1,2\n".repeat(100);
        let (rows, error) = rows(format!("a,b\n\n1,\"2\n{lines}").as_bytes(), 64);
        assert_eq!(rows, ["1: a|b"]);
        assert!(matches!(error, Some(ReadError::OpenQuote { line: 3 })), "{error:?}");
    }

    #[test]
    fn bytes_that_are_no_text_are_named() {
        let (rows, _) = rows(b"a,b\n1,caf\xe9\n\xc3,\xa9\n3,4\n", 64);
        assert_eq!(
            rows,
            ["1: a|b", "2: not_utf8 column 2", "3: not_utf8 column 1", "4: 3|4"]
        );
    }
}
