//! What a statement's text shows without parsing it: where an INSERT's rows begin, which format is asked for, whether
//! a file is named. Aware of strings, quoted names, comments and heredocs.

use std::ops::Range;

/// The text up to now.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Split {
    /// Rows follow: the statement is `text[..head]`, its rows start at `data`.
    Insert { head: usize, format: String, data: usize },
    /// An INSERT whose end is not in sight.
    Unfinished,
    /// Everything is the statement.
    Whole,
}

/// Finds where an INSERT ends and its rows begin. `complete`: no text follows.
pub(crate) fn split(text: &[u8], complete: bool) -> Split {
    let unfinished = || if complete { Split::Whole } else { Split::Unfinished };
    let mut tokens = Tokens::new(text);
    match tokens.next() {
        Some(token) if token.is_word(text, "INSERT") && (complete || token.range.end < text.len()) => {}
        Some(token) if !complete && token.range.end == text.len() => return Split::Unfinished,
        None => return unfinished(),
        Some(_) => return Split::Whole,
    }
    let mut depth = 0usize;
    let mut opened = false;
    while let Some(token) = tokens.next() {
        let after_parenthesis = std::mem::take(&mut opened);
        match token.kind {
            Kind::Symbol(b'(') => (depth, opened) = (depth + 1, true),
            Kind::Symbol(b')') => depth = depth.saturating_sub(1),
            Kind::Word if depth > 0 && after_parenthesis && token.is_word(text, "SELECT") => return Split::Whole,
            Kind::Word if depth == 0 => {
                if token.range.end == text.len() && !complete {
                    return Split::Unfinished;
                }
                if ["SELECT", "WITH", "WATCH"].iter().any(|word| token.is_word(text, word)) {
                    return Split::Whole;
                }
                if token.is_word(text, "VALUES") {
                    let range = token.range;
                    return Split::Insert {
                        head: range.start,
                        format: "Values".to_owned(),
                        data: range.end,
                    };
                }
                if token.is_word(text, "FORMAT") {
                    return format_clause(text, token.range.start, tokens, complete);
                }
            }
            _ => {}
        }
    }
    unfinished()
}

fn format_clause(text: &[u8], head: usize, mut tokens: Tokens<'_>, complete: bool) -> Split {
    let Some(name) = tokens.next().filter(|token| token.kind == Kind::Word) else {
        return if complete { Split::Whole } else { Split::Unfinished };
    };
    if name.range.end == text.len() && !complete {
        return Split::Unfinished;
    }
    let format = String::from_utf8_lossy(&text[name.range.clone()]).into_owned();
    if format.eq_ignore_ascii_case("Values") {
        return Split::Insert {
            head,
            format,
            data: name.range.end,
        };
    }
    let mut data = name.range.end;
    while text
        .get(data)
        .is_some_and(|byte| matches!(byte, b' ' | b'\t' | b'\x0c'))
    {
        data += 1;
    }
    if !complete && data == text.len() {
        return Split::Unfinished;
    }
    data += usize::from(text.get(data) == Some(&b'\r'));
    if !complete && data == text.len() {
        return Split::Unfinished;
    }
    data += usize::from(text.get(data) == Some(&b'\n'));
    Split::Insert { head, format, data }
}

/// The format named by the statement's own FORMAT clause.
pub(crate) fn output_format(sql: &str) -> Option<&str> {
    let text = sql.as_bytes();
    let tokens: Vec<Token> = Tokens::new(text).collect();
    let mut depth = 0usize;
    let mut found = None;
    for (index, token) in tokens.iter().enumerate() {
        match token.kind {
            Kind::Symbol(b'(') => depth += 1,
            Kind::Symbol(b')') => depth = depth.saturating_sub(1),
            Kind::Word if depth == 0 && token.is_word(text, "FORMAT") => {
                let name = tokens.get(index + 1).filter(|next| next.kind == Kind::Word);
                let ends = tokens
                    .get(index + 2)
                    .is_none_or(|next| next.kind == Kind::Symbol(b';') || next.is_word(text, "SETTINGS"));
                found = name.filter(|_| ends).map(|name| &sql[name.range.clone()]).or(found);
            }
            _ => {}
        }
    }
    found
}

/// Whether the statement writes to or reads from a file of this machine.
pub(crate) fn names_file(sql: &str) -> bool {
    let text = sql.as_bytes();
    let tokens: Vec<Token> = Tokens::new(text).collect();
    tokens.windows(2).any(|pair| {
        let [first, second] = pair else { return false };
        (first.is_word(text, "INTO") && second.is_word(text, "OUTFILE"))
            || (first.is_word(text, "FROM") && second.is_word(text, "INFILE"))
    })
}

/// Whether the result can be read block by block.
pub(crate) fn is_select(sql: &str) -> bool {
    let text = sql.as_bytes();
    let first = Tokens::new(text).find(|token| token.kind != Kind::Symbol(b'('));
    first.is_some_and(|token| ["SELECT", "WITH", "FROM"].iter().any(|word| token.is_word(text, word)))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Word,
    Quoted,
    Symbol(u8),
}

#[derive(Debug, Clone)]
struct Token {
    kind: Kind,
    range: Range<usize>,
}

impl Token {
    fn is_word(&self, text: &[u8], word: &str) -> bool {
        self.kind == Kind::Word && text[self.range.clone()].eq_ignore_ascii_case(word.as_bytes())
    }
}

struct Tokens<'text> {
    text: &'text [u8],
    position: usize,
}

impl<'text> Tokens<'text> {
    fn new(text: &'text [u8]) -> Self {
        Self { text, position: 0 }
    }

    fn rest(&self) -> &'text [u8] {
        &self.text[self.position.min(self.text.len())..]
    }

    fn skip_space_and_comments(&mut self) {
        loop {
            let rest = self.rest();
            self.position += match rest {
                [byte, ..] if byte.is_ascii_whitespace() => 1,
                [b'-', b'-', ..] | [b'#', b' ' | b'!', ..] => {
                    rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len())
                }
                [b'/', b'*', ..] => block_comment(rest),
                _ => return,
            };
        }
    }
}

impl Iterator for Tokens<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        self.skip_space_and_comments();
        let rest = self.rest();
        let start = self.position;
        let (kind, length) = match *rest.first()? {
            quote @ (b'\'' | b'"' | b'`') => (Kind::Quoted, quoted(rest, quote)),
            b'$' if heredoc(rest).is_some() => (Kind::Quoted, heredoc(rest).unwrap_or(rest.len())),
            byte if is_word_byte(byte) => (
                Kind::Word,
                rest.iter().position(|byte| !is_word_byte(*byte)).unwrap_or(rest.len()),
            ),
            byte => (Kind::Symbol(byte), 1),
        };
        self.position += length;
        Some(Token {
            kind,
            range: start..start + length,
        })
    }
}

fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// Block comments nest, as in the engine.
fn block_comment(text: &[u8]) -> usize {
    let mut depth = 0usize;
    let mut position = 0;
    while position < text.len() {
        match &text[position..] {
            [b'/', b'*', ..] => (depth, position) = (depth + 1, position + 2),
            [b'*', b'/', ..] => (depth, position) = (depth - 1, position + 2),
            _ => position += 1,
        }
        if depth == 0 {
            return position;
        }
    }
    text.len()
}

fn quoted(text: &[u8], quote: u8) -> usize {
    let mut position = 1;
    while let Some(byte) = text.get(position) {
        match byte {
            b'\\' => position += 2,
            byte if *byte == quote && text.get(position + 1) == Some(&quote) => position += 2,
            byte if *byte == quote => return position + 1,
            _ => position += 1,
        }
    }
    text.len()
}

/// `$tag$ … $tag$`; None when the dollar begins no heredoc.
fn heredoc(text: &[u8]) -> Option<usize> {
    let tag = text[1..]
        .iter()
        .position(|byte| !is_word_byte(*byte))
        .filter(|end| text[1 + end] == b'$')?
        + 2;
    let end = text[tag..].windows(tag).position(|window| window == &text[..tag])?;
    Some(tag + end + tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, head: &str, format: &str, data: &str) {
        let Split::Insert {
            head: head_end,
            format: found,
            data: start,
        } = split(text.as_bytes(), true)
        else {
            panic!("{text:?} is not split: {:?}", split(text.as_bytes(), true));
        };
        assert_eq!(
            (&text[..head_end], found.as_str(), &text[start..]),
            (head, format, data),
            "{text:?}"
        );
    }

    #[test]
    fn splits_rows_from_insert() {
        check("INSERT INTO t FORMAT CSV\n1,2", "INSERT INTO t ", "CSV", "1,2");
        check(
            "insert into t (a, `format x`) format TSV \r\n1\t2",
            "insert into t (a, `format x`) ",
            "TSV",
            "1\t2",
        );
        check("INSERT INTO t VALUES (1), (2)", "INSERT INTO t ", "Values", " (1), (2)");
        check(
            "/* FORMAT X */ INSERT INTO t -- VALUES\n FORMAT CSV",
            "/* FORMAT X */ INSERT INTO t -- VALUES\n ",
            "CSV",
            "",
        );
        check(
            "INSERT INTO t SETTINGS insert_deduplication_token = 'FORMAT A' FORMAT JSONEachRow {\"a\":1}",
            "INSERT INTO t SETTINGS insert_deduplication_token = 'FORMAT A' ",
            "JSONEachRow",
            "{\"a\":1}",
        );
    }

    #[test]
    fn leaves_other_statements_whole() {
        for text in [
            "SELECT 1 FORMAT CSV",
            "INSERT INTO t SELECT * FROM s FORMAT CSV",
            "INSERT INTO t (a) (SELECT 1)",
            "INSERT INTO t WITH 1 AS x SELECT x",
            "-- INSERT INTO t FORMAT CSV\nSELECT 1",
            "",
        ] {
            assert_eq!(split(text.as_bytes(), true), Split::Whole, "{text:?}");
        }
    }

    #[test]
    fn waits_for_cut_insert() {
        let text = "INSERT INTO t (a) FORMAT CSV\n1";
        for end in 0..text.len() - 1 {
            assert_eq!(
                split(&text.as_bytes()[..end], false),
                Split::Unfinished,
                "{:?}",
                &text[..end]
            );
        }
        assert!(matches!(split(text.as_bytes(), false), Split::Insert { .. }));
    }

    #[test]
    fn finds_output_format() {
        assert_eq!(output_format("SELECT 1 FORMAT JSON"), Some("JSON"));
        assert_eq!(
            output_format("SELECT 1 format CSV SETTINGS max_threads = 1;"),
            Some("CSV")
        );
        assert_eq!(output_format("SELECT format('{}', 1) AS format"), None);
        assert_eq!(output_format("SELECT ' FORMAT CSV'"), None);
    }

    #[test]
    fn sees_files_named() {
        assert!(names_file("SELECT 1 INTO /* x */ OUTFILE '/tmp/x'"));
        assert!(names_file("INSERT INTO t FROM infile 'x' FORMAT CSV"));
        assert!(!names_file("SELECT 'INTO OUTFILE', outfile FROM t"));
    }

    #[test]
    fn reads_heredoc_and_nested_comment() {
        assert_eq!(
            output_format("SELECT $a$ FORMAT CSV $a$ /* /* */ FORMAT X */ FORMAT TSV"),
            Some("TSV")
        );
    }
}
