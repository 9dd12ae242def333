//! Lines of a file with one JSON object each, within bounds.

use std::io::Read;

use memchr::memchr;

use crate::record::{Content, EXCERPT_BYTES, ReadError, Record, Refusal};
use crate::window::{Fill, Passed, Window};

/// Empty lines are no rows.
pub(crate) struct JsonLines<R> {
    window: Window<R>,
    /// Lines before the one at hand.
    lines: u64,
    excerpt: Vec<u8>,
    /// The last line had no line break behind it.
    pub(crate) ends_in_row: bool,
}

impl<R: Read> JsonLines<R> {
    pub(crate) fn new(window: Window<R>) -> Self {
        Self {
            window,
            lines: 0,
            excerpt: Vec::new(),
            ends_in_row: false,
        }
    }

    /// Up to the end of the line at hand.
    pub(crate) fn passed(&mut self) -> Passed {
        self.window.passed()
    }

    /// The next line with something on it; `None` at the end of the file.
    pub(crate) fn read(&mut self) -> Result<Option<Record<'_>>, ReadError> {
        loop {
            self.window.begin();
            let whole = self.line()?;
            if whole && self.window.record().is_empty() {
                return Ok(None);
            }
            self.lines += 1;
            if !whole || !self.window.record().trim_ascii().is_empty() {
                let line = self.lines;
                let raw = if whole {
                    self.window.record().trim_ascii()
                } else {
                    &self.excerpt
                };
                let content = match whole {
                    true => str::from_utf8(raw).map(Content::Json).map_err(|_| not_utf8()),
                    false => Err(Refusal::too_long()),
                };
                return Ok(Some(Record {
                    line,
                    raw,
                    content,
                    is_last_cut: self.ends_in_row,
                }));
            }
        }
    }

    /// Goes behind the line break; false when the line was too long to be kept.
    fn line(&mut self) -> Result<bool, ReadError> {
        let mut whole = true;
        loop {
            let ahead = self.window.ahead();
            if let Some(end) = memchr(b'\n', ahead) {
                self.window.advance(end + 1);
                return Ok(whole);
            }
            self.window.advance(ahead.len());
            match self.window.fill()? {
                Fill::More => {}
                Fill::Full => {
                    if whole {
                        let line = self.window.record();
                        self.excerpt = line[..line.len().min(EXCERPT_BYTES)].to_vec();
                    }
                    whole = false;
                    self.window.begin();
                }
                Fill::End => {
                    self.ends_in_row |= !whole || !self.window.record().trim_ascii().is_empty();
                    return Ok(whole);
                }
            }
        }
    }
}

fn not_utf8() -> Refusal {
    Refusal::row(
        "not_utf8",
        "the line is not UTF-8; a file in Latin-1 needs --encoding latin1",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_keep_their_numbers() {
        let long = "x".repeat(1_000);
        let text = format!("{{}}\n\n  \n [1] \r\n{long}\n{{\"a\":1}}");
        let mut lines = JsonLines::new(Window::new(text.as_bytes(), 64));
        let mut found = Vec::new();
        while let Some(Record { line, content, .. }) = lines.read().unwrap() {
            found.push(match content {
                Ok(Content::Json(text)) => format!("{line}: {text}"),
                Ok(Content::Cells(_)) => unreachable!(),
                Err(refusal) => format!("{line}: {}", refusal.reason),
            });
        }
        assert_eq!(found, ["1: {}", "4: [1]", "5: too_long", "6: {\"a\":1}"]);
        assert!(lines.ends_in_row);
    }
}
