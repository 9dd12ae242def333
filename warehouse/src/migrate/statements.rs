/// Cuts a file into its statements at `;`, but not inside a text, a quoted name or a comment. A piece of comments alone is none.
pub fn statements(sql: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let (mut start, mut position, mut empty) = (0, 0, true);
    while position < sql.len() {
        let rest = &sql[position..];
        let length = token(rest);
        let text = &rest[..length];
        if text == ";" {
            found.extend((!empty).then(|| sql[start..position].trim()));
            (start, empty) = (position + length, true);
        } else if !is_comment(text) && !text.trim().is_empty() {
            empty = false;
        }
        position += length;
    }
    found.extend((!empty).then(|| sql[start..].trim()));
    found
}

pub(super) fn is_comment(token: &str) -> bool {
    token.starts_with("--") || token.starts_with("/*")
}

/// Bytes of the first text, quoted name, comment, or else single character.
pub(super) fn token(sql: &str) -> usize {
    let after = |end: Option<usize>, length: usize| end.map_or(sql.len(), |end| end + length);
    match sql.as_bytes() {
        [b'-', b'-', ..] => after(sql.find('\n'), 1),
        [b'/', b'*', ..] => after(sql.find("*/"), 2),
        [quote @ (b'\'' | b'"' | b'`'), ..] => quoted(sql, *quote),
        _ => sql.chars().next().map_or(sql.len(), char::len_utf8),
    }
}

/// A doubled quote reads as the end of one text and the start of the next, which cuts at the same places.
fn quoted(sql: &str, quote: u8) -> usize {
    let mut escaped = false;
    for (index, byte) in sql.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            _ if byte == quote => return index + 1,
            _ => {}
        }
    }
    sql.len()
}

#[cfg(test)]
mod tests {
    use super::statements;

    #[track_caller]
    fn check(sql: &str, expect: &[&str]) {
        assert_eq!(statements(sql), expect, "{sql}");
    }

    #[test]
    fn cuts_at_semicolons_only() {
        check("SELECT 1;\nSELECT 2;\n", &["SELECT 1", "SELECT 2"]);
        check("SELECT ';', \";\", `;`", &["SELECT ';', \";\", `;`"]);
        check(
            r"SELECT 'it\'s;', 'it''s;'; SELECT 2",
            &[r"SELECT 'it\'s;', 'it''s;'", "SELECT 2"],
        );
        check(
            "-- a; b\nSELECT 1 /* ; */ + 1;\n-- end;\n",
            &["-- a; b\nSELECT 1 /* ; */ + 1"],
        );
        check("SELECT 'ü;é'", &["SELECT 'ü;é'"]);
        check(" ;;\n-- nothing", &[]);
    }
}
