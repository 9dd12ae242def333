//! What the engine's output formats need when a result is sent block by block.

/// How the blocks of a streamed result join to the one document the client expects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Joining {
    /// Blocks follow each other.
    Plain,
    /// Each block repeats this many lines, wanted once.
    HeaderLines(usize),
    /// Each block repeats names and types in binary, wanted once.
    BinaryHeader { types: bool },
    /// Each block is a whole document: the result must be made in one piece.
    Document,
}

pub(crate) fn joining(format: &str) -> Joining {
    let lower = format.to_ascii_lowercase();
    let plain = [
        "native",
        "rowbinary",
        "jsoneachrow",
        "jsonlines",
        "ndjson",
        "jsonstringseachrow",
        "jsoncompacteachrow",
        "jsoncompactstringseachrow",
        "csv",
        "tsv",
        "tabseparated",
        "tsvraw",
        "tabseparatedraw",
        "raw",
        "rawblob",
        "lineasstring",
        "null",
    ];
    if plain.contains(&lower.as_str()) {
        return Joining::Plain;
    }
    if let Some(base) = lower.strip_suffix("withnamesandtypes") {
        return header(base, &plain, 2);
    }
    if let Some(base) = lower.strip_suffix("withnames") {
        return header(base, &plain, 1);
    }
    Joining::Document
}

fn header(base: &str, plain: &[&str], lines: usize) -> Joining {
    match base {
        "rowbinary" => Joining::BinaryHeader { types: lines == 2 },
        base if plain.contains(&base) => Joining::HeaderLines(lines),
        _ => Joining::Document,
    }
}

impl Joining {
    /// The length of the header at the start of a block.
    pub(crate) fn header_length(self, block: &[u8]) -> usize {
        match self {
            Self::Plain | Self::Document => 0,
            Self::HeaderLines(lines) => lines_length(block, lines),
            Self::BinaryHeader { types } => binary_length(block, types).unwrap_or(0),
        }
    }
}

/// Line ends within double quotes belong to a name (CSV).
fn lines_length(block: &[u8], lines: usize) -> usize {
    let mut quoted = false;
    let mut seen = 0;
    for (index, byte) in block.iter().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => seen += 1,
            _ => {}
        }
        if seen == lines {
            return index + 1;
        }
    }
    block.len()
}

fn binary_length(block: &[u8], types: bool) -> Option<usize> {
    let (columns, mut position) = varint(block, 0)?;
    for _ in 0..columns * if types { 2 } else { 1 } {
        let (length, start) = varint(block, position)?;
        position = start + length;
    }
    (position <= block.len()).then_some(position)
}

fn varint(block: &[u8], mut position: usize) -> Option<(usize, usize)> {
    let mut value = 0usize;
    for shift in (0..63).step_by(7) {
        let byte = *block.get(position)?;
        position += 1;
        value |= usize::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some((value, position));
        }
    }
    None
}

/// The media type ClickHouse gives a format.
pub(crate) fn content_type(format: &str) -> &'static str {
    let lower = format.to_ascii_lowercase();
    match lower.as_str() {
        "jsonlines" | "ndjson" => "application/x-ndjson; charset=UTF-8",
        name if name.starts_with("json") && name.contains("eachrow") => "application/x-ndjson; charset=UTF-8",
        name if name.starts_with("json") => "application/json; charset=UTF-8",
        "csv" => "text/csv; charset=UTF-8; header=absent",
        name if name.starts_with("csvwith") => "text/csv; charset=UTF-8; header=present",
        name if name.starts_with("tsv") || name.starts_with("tabseparated") => {
            "text/tab-separated-values; charset=UTF-8"
        }
        name if name.starts_with("pretty") || ["vertical", "markdown", "values"].contains(&name) => {
            "text/plain; charset=UTF-8"
        }
        "xml" => "application/xml; charset=UTF-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measures_repeated_headers() {
        let lines = joining("CSVWithNamesAndTypes");
        assert_eq!(lines.header_length(b"\"a\nb\",\"c\"\n\"T\",\"T\"\n1,2\n"), 18);
        let binary = joining("RowBinaryWithNamesAndTypes");
        assert_eq!(binary.header_length(b"\x02\x01a\x01s\x06UInt32\x06Stringrows"), 19);
        assert_eq!(binary.header_length(b"\x02\x01a"), 0);
    }

    #[test]
    fn knows_documents() {
        for format in [
            "JSON",
            "Parquet",
            "Arrow",
            "ArrowStream",
            "PrettyCompact",
            "Vertical",
            "XML",
            "Values",
        ] {
            assert_eq!(joining(format), Joining::Document, "{format}");
        }
        assert_eq!(joining("JSONEachRow"), Joining::Plain);
        assert_eq!(joining("TSVWithNames"), Joining::HeaderLines(1));
        assert_eq!(joining("RowBinaryWithNames"), Joining::BinaryHeader { types: false });
    }
}
