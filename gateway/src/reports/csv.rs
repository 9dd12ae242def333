//! CSV that people open in a spreadsheet.

/// With an apostrophe before every text that a spreadsheet would run as a formula (it begins with `=`, `+`, `-`, `@`, a tab or a line
/// break): element ids, pages and campaigns are what strangers sent. Numbers, which ClickHouse does not quote, stay as they are; who
/// needs every byte asks for JSON.
pub(super) fn harmless(csv: &[u8]) -> Vec<u8> {
    let mut safe = Vec::with_capacity(csv.len() + csv.len() / 16);
    let (mut quoted, mut begins) = (false, true);
    for (at, &byte) in csv.iter().enumerate() {
        safe.push(byte);
        match byte {
            b'"' => {
                let next = csv.get(at + 1);
                if !quoted && begins && next.is_some_and(|next| b"=+-@\t\r\n".contains(next)) {
                    safe.push(b'\'');
                }
                // A doubled quote inside closes and opens at once.
                quoted = !quoted;
                begins = false;
            }
            b',' | b'\n' if !quoted => begins = true,
            _ => begins = false,
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(csv: &str, expect: &str) {
        assert_eq!(String::from_utf8(harmless(csv.as_bytes())).unwrap(), expect);
    }

    #[test]
    fn makes_formulas_texts() {
        check(
            "\"a\",\"n\"\n\"=HYPERLINK(1)\",-5\n",
            "\"a\",\"n\"\n\"'=HYPERLINK(1)\",-5\n",
        );
        check("\"@x\",\"+1\",\"-1\",\"\tx\"\n", "\"'@x\",\"'+1\",\"'-1\",\"'\tx\"\n");
        check("\"a\"\"=b\",\"#id\"\n", "\"a\"\"=b\",\"#id\"\n");
        check("\"a,\"\"\n=b\"\n", "\"a,\"\"\n=b\"\n");
        check("\"\",\\N,1.5\n", "\"\",\\N,1.5\n");
    }
}
