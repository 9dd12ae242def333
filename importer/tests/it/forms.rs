//! Good files, and what their rows become.

use std::io::Write;

use event::decode::{Context, Site, decode};
use flate2::Compression;
use flate2::write::GzEncoder;
use generator::write::{csv as csv_writer, json as json_writer};
use generator::{Pace, Scenario, Traffic};
use importer::{Encoding, Mapping};

use crate::rows::{Input, check, check_error, csv, ids, jsonl, mapped, read};

const HEADER: &str = "type,created_at,session_id,url\n";
const ROW: &str = "view,2026-11-22T10:00:00Z,s1,/\n";
const EVENT: &str = r#"{"type":"view","created_at":"2026-11-22T10:00:00Z","session_id":"s1","url":"/","payload":{}}"#;

#[test]
fn header_may_be_written_in_many_ways() {
    let event = format!("2: {EVENT}");
    let quoted = "\u{feff}\"Type\",\"Created At\",session-id,URL\r\nview,2026-11-22T10:00:00Z,s1,/\r\n";
    let reordered = "url;session_id;type;created_at\n/;s1;view;2026-11-22T10:00:00Z\n";
    for text in [
        &format!("{HEADER}{ROW}"),
        quoted,
        reordered,
        &reordered.replace(';', "\t"),
        &reordered.replace(';', "|"),
    ] {
        check(text, &csv(), &[&event]);
    }
}

#[test]
fn gzip_is_told_by_its_bytes() {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(format!("{HEADER}{ROW}").as_bytes()).unwrap();
    let mut twice = gzip.finish().unwrap();
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(ROW.as_bytes()).unwrap();
    // As `cat a.gz b.gz` makes it.
    twice.extend(gzip.finish().unwrap());
    let event = |line: usize| format!("{line}: {EVENT}");
    check(twice, &csv(), &[&event(2), &event(3)]);
}

#[test]
fn columns_of_ones_own_go_into_payload() {
    let text = "type,created_at,session_id,url,x,price,Shelf,payload\n\
                click,2026-11-22T10:00:00Z,s1,/,12,10.10,\"top \"\"A\"\"\",\"{\"\"size\"\": [1, 2]}\"\n";
    let event = r#"2: {"type":"click","created_at":"2026-11-22T10:00:00Z","session_id":"s1","url":"/","payload":{"x":12,"price":10.10,"Shelf":"top \"A\"","size": [1, 2]}}"#;
    check(text, &csv(), &[event]);
    let strict = importer::Form { strict: true, ..csv() };
    check_error(
        text,
        &strict,
        "neither the event contract nor the mapping names (--strict): Shelf",
    );
}

#[test]
fn generated_files_mean_the_same_in_both_forms() {
    let now = event::Timestamp(1_795_341_600_000);
    let pace = Pace::Span {
        from: event::Timestamp(now.0 - 86_400_000),
        to: now,
        count: 3_000,
    };
    let occurrences: Vec<_> = Traffic::new(42, pace, Scenario::Normal).collect();
    let (mut rows, mut lines) = (format!("{}\n", csv_writer::HEADER), String::new());
    let (mut csv_writer, mut json_writer) = (csv_writer::Writer::default(), json_writer::Writer::default());
    for occurrence in &occurrences {
        csv_writer.row(occurrence, &mut rows);
        json_writer.event(occurrence, &mut lines);
        lines.push('\n');
    }
    let (rows, lines) = (Input::new(rows), Input::new(lines));
    let (from_rows, _) = read(&rows.path, &csv()).unwrap();
    let (from_lines, _) = read(&lines.path, &jsonl()).unwrap();
    assert_eq!(from_rows.len(), 3_000);
    let mut nil = uuid::Uuid::nil;
    let mut context = Context {
        received_at: now,
        default_site: Some("shop"),
        site: &|_| {
            Some(Site {
                name: "shop",
                base_url: "http://127.0.0.1:8080/shop/",
                max_age_ms: None,
                barrier: None,
            })
        },
        trusted: true,
        new_id: &mut nil,
    };
    for (row, line) in from_rows.iter().zip(&from_lines) {
        let [row, line] = [row, line].map(|text| text.split_once(": ").unwrap().1);
        let mut from_row = decode(row.as_bytes(), &mut context).unwrap().remove(0).unwrap();
        let mut from_line = decode(line.as_bytes(), &mut context).unwrap().remove(0).unwrap();
        // The same members, perhaps in another order.
        let rest = |event: &event::Event<'_>| event.payload.rest.parse::<serde_json::Value>().ok();
        assert_eq!(rest(&from_row), rest(&from_line), "{row}\n{line}");
        from_row.payload.rest = "".into();
        from_line.payload.rest = "".into();
        assert_eq!(from_row, from_line);
    }
}

#[test]
fn uci_sample_reads_as_its_description_says() {
    let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/../data/samples/uci-clothing.csv");
    let mapping = Mapping::read("uci-clothing".as_ref()).unwrap();
    let form = importer::Form {
        mapping: Some(mapping),
        ..csv()
    };
    let (rows, ended) = read(sample.as_ref(), &form).unwrap();
    assert_eq!((rows.len(), ended), (20, None));
    // 2008-04-01, the first minute of the day in Warsaw.
    assert_eq!(
        rows[0],
        r##"2: {"type":"view","created_at":1207000801000,"session_id":"uci-1","url":"/trousers/A7","payload":{"event_title":"product_view","product_id":"A7","category":"trousers","price":33,"currency":"USD","above_average_price":false,"colour":"black","country":"PL","location":"bottom left","order":1,"page":1,"photography":"en face"}}"##
    );
    assert!(rows[11].contains("\"colour\":\"beige\",\"location\""), "{}", rows[11]);
}

const FOREIGN: &str = r#"
[file]
delimiter = "|"
[columns.Kind]
values = { P = "view", C = "click" }
[columns.Net]
as = "net"
[event]
type = "{Kind}"
created_at = { from = "{Day} {Time}", format = "%d.%m.%Y %H:%M:%S", zone = "Europe/Berlin" }
session_id = "old-{Visit}"
url = { from = "/{Path}", default = "/unknown" }
[payload]
price = { from = "{net}", decimal = ",", scale = -2 }
paid = { from = "{Paid}", type = "boolean" }
[[skip_if]]
column = "Kind"
is = ["HEARTBEAT"]
[[skip_if]]
column = "Visit"
empty = true
"#;

#[test]
fn mapping_renames_fills_in_and_leaves_out() {
    let text = "Kind|Day|Time|Visit|Path|Net|Paid|Shelf\n\
                P|22.11.2026|11:00:00|7|cart|1990,0|yes|A\n\
                HEARTBEAT|||||||\n\
                C|1.7.2026|2:03:04|8||||\n\
                C|1.7.2026|2:03:04||||| \n\
                X|22.11.2026|11:00:00|7|cart|||\n\
                C|22.11.2026|25:00:00|7|cart|||\n\
                C|22.11.2026|11:00:00|7|cart|1.990,00|maybe|\n";
    check(
        text,
        &mapped(FOREIGN),
        &[
            r#"2: {"type":"view","created_at":1795341600000,"session_id":"old-7","url":"/cart","payload":{"price":19.900,"Shelf":"A","paid":true}}"#,
            "3: left out",
            r#"4: {"type":"click","created_at":1782864184000,"session_id":"old-8","url":"/unknown","payload":{}}"#,
            "5: left out",
            r#"6: Kind: "X" is none of the column's values (unknown_value)"#,
            r#"7: created_at: expected a time of the form %d.%m.%Y %H:%M:%S, found "22.11.2026 25:00:00" (malformed)"#,
            r#"8: payload.price: expected a number, found "1.990,00" (malformed)"#,
        ],
    );
}

#[test]
fn mapping_may_name_the_columns() {
    let mapping = "[file]\ncolumns = [\"t\", \"u\"]\n[event]\ntype = \"view\"\nsession_id = \"s\"\nurl = \"{u}\"\n\
                   created_at = { from = \"{t}\", format = \"unix_s\" }\n";
    let event = r#"1: {"type":"view","created_at":1795341600000,"session_id":"s","url":"/a","payload":{}}"#;
    check("1795341600,/a\n", &mapped(mapping), &[event]);
}

#[test]
fn mapping_reads_json_lines_too() {
    let mapping =
        "[event]\ntype = \"view\"\nsession_id = \"{visit}\"\ncreated_at = { from = \"{ts}\", format = \"unix_s\" }\n";
    let form = importer::Form {
        format: importer::Format::Jsonl,
        ..mapped(mapping)
    };
    check(
        "{\"ts\": 1795341600, \"visit\": 7, \"url\": \"/\\u00e9\", \"tags\": [\"a\"], \"none\": null, \"x\": 3}\n",
        &form,
        &[
            r#"1: {"type":"view","created_at":1795341600000,"session_id":"7","url":"/é","payload":{"x":3,"tags":["a"],"none":null}}"#,
        ],
    );
}

#[test]
fn unmapped_columns_can_be_dropped_or_refused() {
    let mapping = |unmapped: &str| {
        let text = "[event]\ntype = \"view\"\nsession_id = \"s\"\nurl = \"/\"\ncreated_at = \"{at}\"\n";
        mapped(&format!("unmapped = \"{unmapped}\"\n{text}"))
    };
    let text = "at,colour\n1795341600000,red\n";
    let event = |payload: &str| {
        format!(r#"2: {{"type":"view","created_at":"1795341600000","session_id":"s","url":"/","payload":{payload}}}"#)
    };
    check(text, &mapping("payload"), &[&event(r#"{"colour":"red"}"#)]);
    check(text, &mapping("drop"), &[&event("{}")]);
    check_error(text, &mapping("refuse"), "colour");
}

#[test]
fn latin1_is_read_when_it_is_named() {
    let text = b"type,created_at,session_id,url,name\nview,2026-11-22T10:00:00Z,s1,/,caf\xe9\n";
    let form = importer::Form {
        encoding: Some(Encoding::Latin1),
        ..csv()
    };
    check(
        text,
        &form,
        &[&format!("2: {}", EVENT.replace("{}", r#"{"name":"café"}"#))],
    );
}

#[test]
fn ids_depend_on_what_rows_say_alone() {
    let other = "view,2026-11-22T10:00:01Z,s1,/\n";
    let whole = ids(&Input::new(format!("{HEADER}{ROW}{other}{ROW}")).path, &csv());
    let [first, second, third] = &whole[..] else {
        panic!("{whole:?}")
    };
    assert!(first != second && first != third);
    // Cut in two, in another order, with other delimiters and quotes.
    let halves = [format!("{HEADER}{ROW}"), format!("{HEADER}{other}")];
    assert_eq!(
        halves.map(|half| ids(&Input::new(half).path, &csv())),
        [[first.clone()], [second.clone()]]
    );
    let reordered = "url;session_id;type;created_at\n\"/\";s1;view;2026-11-22T10:00:00Z\n\
                     /;s1;view;2026-11-22T10:00:01Z\n/;s1;view;2026-11-22T10:00:00Z\n";
    assert_eq!(ids(&Input::new(reordered).path, &csv()), whole);
    let elsewhere = importer::Form {
        site: "other".to_owned(),
        ..csv()
    };
    let in_other_site = ids(&Input::new(format!("{HEADER}{ROW}")).path, &elsewhere);
    assert_ne!(in_other_site[0], *first);
}

#[test]
fn own_ids_win() {
    let id = "0197a1c0-0000-7000-8000-000000000001";
    let text = format!("id,type,created_at,session_id,url\n{id},view,2026-11-22T10:00:00Z,s1,/\n");
    assert_eq!(ids(&Input::new(text).path, &csv()), [id]);
    let line = format!("{{\"id\": \"{id}\", \"type\": \"view\"}}\n");
    check(&line, &jsonl(), &[&format!("1: {}", line.trim_end())]);
}
