//! Bad files, each with its message.

use std::fs::File;
use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use importer::{Delimiter, Mapping};

use crate::rows::{Input, check, check_error, csv, jsonl, mapped, read};

const HEADER: &str = "type,created_at,session_id,url,x\n";
const ROW: &str = "view,2026-11-22T10:00:00Z,s1,/,\n";
const EVENT: &str = r#"{"type":"view","created_at":"2026-11-22T10:00:00Z","session_id":"s1","url":"/","payload":{}}"#;

#[test]
fn headers_that_do_not_fit_are_told() {
    check_error("", &csv(), "is empty");
    check_error("\n\r\n \n", &csv(), "is empty");
    check_error(
        "type,created_at,url\nview,1,/\n",
        &csv(),
        "lacks session_id; found, with ',' between columns: type, created_at, url",
    );
    check_error(ROW, &csv(), "has no header");
    check_error(
        "type,created_at,session_id,url,URL\n",
        &csv(),
        "names \"URL\" twice, in columns 4 and 5",
    );
    check_error("type,created_at,session_id,url,\n", &csv(), "no name for column 5");
    check_error("type,created_at,\"session_id", &csv(), "the file ends within a quote");
    check_error(b"t\0y\0p\0e\0\n\0", &csv(), "NUL");
    check_error(b"\xff\xfet\0y\0", &csv(), "UTF-16");
    check_error(b"type,caf\xe9\n", &csv(), "0xe9 is not UTF-8");
    let semicolon = importer::Form {
        delimiter: Some(Delimiter(b';')),
        ..csv()
    };
    check_error(
        format!("{HEADER}{ROW}"),
        &semicolon,
        "is ';' what lies between columns?",
    );
}

#[test]
fn header_alone_has_no_rows() {
    check(HEADER, &csv(), &[]);
    check(HEADER.trim_end(), &csv(), &[]);
}

#[test]
fn bad_rows_leave_their_neighbours_alone() {
    let text = [
        HEADER.as_bytes(),
        b"view,2026-11-22T10:00:00Z,s1\n",
        b"view,2026-11-22T10:00:00Z,s1,/,1,2\n",
        b"view,2026-11-22T10:00:00Z,s1,/,\"12,5\"\n",
        b"view,2026-11-22T10:00:00Z,caf\xe9,/,\n",
        b"view,2026-11-22T10:00:00Z,s\x001,/,\n",
        b"view,2026-11-22T10:00:00Z,\"s\n1\",/,\n",
        ROW.as_bytes(),
        b"view,2026-11-22T10:",
    ];
    let event = format!("9: {EVENT}");
    let two_lines = format!("7: {}", EVENT.replace("s1", "s\\n1"));
    check(
        text.concat(),
        &csv(),
        &[
            "2: the row has 3 columns, the header 5 (columns)",
            "3: the row has 6 columns, the header 5 (columns)",
            "4: payload.x: expected a number, found \"12,5\"; a mapping says that the comma is decimal: decimal = \",\" (malformed)",
            "5: session_id: byte 0xe9 is not UTF-8; a file in Latin-1 needs --encoding latin1 (not_utf8)",
            "6: session_id: a NUL byte is no text (nul)",
            &two_lines,
            &event,
            "10: the row has 2 columns, the header 5; the file ends within it (columns)",
        ],
    );
}

#[test]
fn lines_that_are_no_events_are_told() {
    check(
        "[1]\n{\"type\":\n{\"id\":null,\"type\":\"view\"}\n\"text\"\n{\"type\":\"vi",
        &jsonl(),
        &[
            "1: expected a JSON object, found \"[1]\" (broken_json)",
            "2: EOF while parsing a value at column 8 (broken_json)",
            "3: id: is empty; without the field an id is made of what the event says (missing)",
            "4: expected a JSON object, found \"\\\"text\\\"\" (broken_json)",
            "5: EOF while parsing a string at column 11; the file ends within it (broken_json)",
        ],
    );
}

#[test]
fn payload_that_is_no_object_is_told() {
    let text =
        "type,created_at,session_id,url,payload\nview,2026-11-22T10:00:00Z,s1,/,\"{\"\"a\"\":1}, \"\"b\"\":2\"\n";
    check(
        text,
        &csv(),
        &["2: payload: expected a JSON object, found \"{\\\"a\\\":1}, \\\"b\\\":2\" (malformed)"],
    );
}

#[test]
fn event_that_no_request_could_hold_is_refused() {
    let long = "y".repeat(70_000);
    let text = format!("type,created_at,session_id,url,note\nview,2026-11-22T10:00:00Z,s1,/,{long}\n");
    check(
        text,
        &csv(),
        &["2: the event's 70145 bytes exceed the limit of 65536 (too_long)"],
    );
}

/// A file within quotes that nobody closes would be one row: what stands above it is read, and where it began is told.
#[test]
fn open_quotes_are_told_where_they_open() {
    let event = format!("2: {EVENT}");
    let at_the_end = format!("{HEADER}{ROW}view,\"2026-11-22T10:00:00Z,s1,/,\n{ROW}");
    check(
        at_the_end,
        &csv(),
        &[
            &event,
            "3: the file ends within a quote that opens in this row (open_quote)",
        ],
    );
    let in_the_middle = format!(
        "{HEADER}{ROW}view,\"2026-11-22T10:00:00Z,s1,/,\n{}",
        ROW.repeat(100_000)
    );
    let input = Input::new(in_the_middle);
    let (rows, ended) = read(&input.path, &csv()).unwrap();
    assert_eq!(rows, [event]);
    assert!(
        ended
            .unwrap()
            .starts_with("line 3: a quote that opens in this row is not closed")
    );
}

#[test]
fn gzip_that_is_cut_off_is_told() {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    let rows = (0..10_000)
        .map(|number| ROW.replace("s1", &format!("s{number}")))
        .collect::<String>();
    gzip.write_all(format!("{HEADER}{rows}").as_bytes()).unwrap();
    let whole = gzip.finish().unwrap();
    let input = Input::new(&whole[..whole.len() / 2]);
    let (rows, ended) = read(&input.path, &csv()).unwrap();
    assert!(rows.len() > 1_000, "{}", rows.len());
    assert_eq!(ended.unwrap(), "the gzip data ends in its middle: the file is cut off");
}

/// A hole in a sparse file: a row of as many NUL bytes, which are never in memory together.
#[test]
fn row_that_is_longer_than_memory_is_passed_by() {
    const ROW_BYTES: u64 = 64 << 20;
    let input = Input::new(HEADER);
    let mut file = File::options().append(true).open(&input.path).unwrap();
    file.set_len(HEADER.len() as u64 + ROW_BYTES).unwrap();
    file.write_all(format!("\n{ROW}").as_bytes()).unwrap();
    let (rows, ended) = read(&input.path, &csv()).unwrap();
    assert_eq!(
        rows,
        ["2: the row exceeds 1048576 bytes (too_long)", &format!("3: {EVENT}")]
    );
    assert_eq!(ended, None);
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let kilobytes: u64 = peak.trim().trim_end_matches(" kB").parse().unwrap();
    assert!(kilobytes < 100_000, "{kilobytes} kB");
}

#[test]
fn mappings_that_cannot_work_name_what_is_wrong() {
    let valid = "[event]\ntype = \"view\"\ncreated_at = \"{at}\"\nsession_id = \"s\"\nurl = \"/\"\n";
    for (text, expect) in [
        (format!("delimeter = \";\"\n{valid}"), "unknown field `delimeter`"),
        (format!("{valid}[file]\nquote = \"'\"\n"), "unknown field `quote`"),
        (
            format!("{valid}[payload]\nprice = {{ from = \"{{at}}\", scal = 2 }}\n"),
            "unknown field `scal`",
        ),
        (
            format!("{valid}[file]\nencoding = \"utf-16\"\n"),
            "unknown variant `utf-16`",
        ),
        (
            format!("{valid}[file]\ndelimiter = \"::\"\n"),
            "neither one ASCII character nor tab",
        ),
        ("[payload]\n".to_owned(), "missing field `event`"),
    ] {
        let message = Mapping::parse(&text, "test.toml").unwrap_err().to_string();
        assert!(message.contains(expect) && message.contains("test.toml"), "{message}");
    }
    for (text, expect) in [
        (
            format!("{valid}session = \"s\"\n"),
            "event.session: is no field of events; they have id, type,",
        ),
        (valid.replace("url = \"/\"\n", ""), "[event]: says nothing of url"),
        (
            valid.replace("{at}", "{when}"),
            "event.created_at: the file has no column \"when\"; it has at, b",
        ),
        (
            format!("{valid}[columns.c]\nvalues = {{ 1 = \"a\" }}\n"),
            "columns.\"c\": the file has no column \"c\"",
        ),
        (format!("{valid}[[skip_if]]\ncolumn = \"b\"\n"), "needs `is` or `empty`"),
        (
            format!("{valid}[payload]\na = {{ from = \"{{b}}\", format = \"%Y\" }}\n"),
            "need a zone",
        ),
        (
            format!("{valid}[payload]\na = {{ from = \"{{b}}\", zone = \"UTC\", scale = 2 }}\n"),
            "type time",
        ),
        (
            format!("{valid}[payload]\nprice = \"cheap\"\n"),
            "payload.price: expected a number, found \"cheap\"",
        ),
    ] {
        check_error("at,b\n1,2\n", &mapped(&text), expect);
    }
    let absent = Mapping::read("absent.toml".as_ref()).unwrap_err().to_string();
    assert_eq!(
        absent,
        "mapping absent.toml cannot be read; built-in ones are uci-clothing"
    );
}
