//! Text as JSON.

/// Appends a JSON string.
pub(crate) fn push_text(json: &mut String, text: &str) {
    // Without a branch, so that many bytes are looked at at once.
    let special = text.bytes().fold(false, |found, byte| {
        found | (byte < b' ') | (byte == b'"') | (byte == b'\\')
    });
    if special {
        let escaped = serde_json::to_string(text).expect("a text is JSON");
        json.push_str(&escaped);
    } else {
        json.push('"');
        json.push_str(text);
        json.push('"');
    }
}

/// RFC 8259, section 6.
pub(crate) fn is_number(text: &str) -> bool {
    let digits = |bytes: &[u8]| bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut rest = text.as_bytes();
    rest = rest.strip_prefix(b"-").unwrap_or(rest);
    let whole = digits(rest);
    if whole == 0 || (whole > 1 && rest[0] == b'0') {
        return false;
    }
    rest = &rest[whole..];
    if let Some(fraction) = rest.strip_prefix(b".") {
        let length = digits(fraction);
        if length == 0 {
            return false;
        }
        rest = &fraction[length..];
    }
    if let Some(exponent) = rest.strip_prefix(b"e").or_else(|| rest.strip_prefix(b"E")) {
        let exponent = exponent
            .strip_prefix(b"-")
            .or_else(|| exponent.strip_prefix(b"+"))
            .unwrap_or(exponent);
        return !exponent.is_empty() && digits(exponent) == exponent.len();
    }
    rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_reads_back() {
        for text in ["", "plain", "née 🦀", "a\"b\\c\n\u{1}", "tab\t"] {
            let mut json = String::new();
            push_text(&mut json, text);
            assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
        }
    }

    #[test]
    fn numbers_are_what_json_reads() {
        for text in [
            "0", "-0", "12", "1.50", "-3.25", "1e3", "1E-3", "2.5e+10", "", "-", "01", ".5", "5.", "1e", "1e+", "NaN",
            "1,5", "0x1", "+1", " 1", "1 ", "--1", "1.2.3", "1e5x",
        ] {
            let expect = serde_json::from_str::<serde_json::Number>(text).is_ok() && text.trim() == text;
            assert_eq!(is_number(text), expect, "{text:?}");
        }
    }
}
