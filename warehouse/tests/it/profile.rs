//! `deploy/clickhouse` against the engine: every element is well-formed, and every setting one that this version has.

use std::collections::BTreeSet;
use std::path::Path;

use serde::Deserialize;
use warehouse::Warehouse;

use crate::database;

/// Paths of the elements, such as `clickhouse/merge_tree/max_parts`. Reads what these files are made of: elements, attributes,
/// texts and comments.
fn elements(xml: &str) -> Result<Vec<String>, String> {
    let (mut rest, mut open, mut found) = (xml, Vec::<&str>::new(), Vec::new());
    while let Some(start) = rest.find('<') {
        rest = &rest[start..];
        if let Some(comment) = rest.strip_prefix("<!--") {
            let end = comment.find("--").ok_or("a comment without an end")?;
            rest = comment[end..].strip_prefix("-->").ok_or("-- within a comment")?;
            continue;
        }
        let end = rest.find('>').ok_or("a tag without an end")?;
        let tag = &rest[1..end];
        rest = &rest[end + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            match open.pop() {
                Some(last) if last == name => continue,
                last => return Err(format!("{last:?} is closed as {name}")),
            }
        }
        let name = tag
            .trim_end_matches('/')
            .split_whitespace()
            .next()
            .ok_or("a tag without a name")?;
        if tag.matches('"').count() % 2 == 1 || tag.contains('&') {
            return Err(format!("<{tag}>"));
        }
        open.push(name);
        found.push(open.join("/"));
        if tag.ends_with('/') {
            open.pop();
        }
    }
    match open.as_slice() {
        [] => Ok(found),
        open => Err(format!("{open:?} are not closed")),
    }
}

fn read(file: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../deploy/clickhouse")
        .join(file);
    let xml = std::fs::read_to_string(&path).unwrap();
    elements(&xml).unwrap_or_else(|error| panic!("{file}: {error}"))
}

async fn names(warehouse: &Warehouse, table: &str) -> BTreeSet<String> {
    #[derive(Deserialize)]
    struct Setting {
        name: String,
    }
    let settings: Vec<Setting> = warehouse
        .rows(&format!("SELECT name FROM system.{table}"), &[])
        .await
        .unwrap();
    settings.into_iter().map(|setting| setting.name).collect()
}

#[tokio::test]
async fn server_settings_are_known_to_the_engine() {
    let warehouse = &database().await;
    let (server, tables) = (
        names(warehouse, "server_settings").await,
        names(warehouse, "merge_tree_settings").await,
    );
    let elements = read("config.d/clickpath.xml");
    assert!(elements.len() > 40, "{elements:?}");
    for element in elements {
        let path: Vec<&str> = element.split('/').skip(1).collect();
        let known = match path.as_slice() {
            [] | ["logger" | "merge_tree" | "backups"] | ["backups", "allowed_path"] => true,
            ["logger", name] => server.contains(&format!("logger.{name}")),
            ["merge_tree", name] => tables.contains(*name),
            [log] if log.ends_with("_log") => true,
            [
                log,
                "ttl" | "flush_interval_milliseconds" | "collect_interval_milliseconds",
            ] => log.ends_with("_log"),
            [name] => server.contains(*name),
            _ => false,
        };
        assert!(known, "{element} is no setting of this engine");
    }
}

/// Those of ClickHouse 26.7: its `config.xml` and `src/Interpreters/SystemLog.h`.
#[test]
fn every_system_log_forgets_or_is_off() {
    const LOGS: [&str; 23] = [
        "query_log",
        "query_thread_log",
        "part_log",
        "background_schedule_pool_log",
        "trace_log",
        "crash_log",
        "text_log",
        "metric_log",
        "error_log",
        "query_metric_log",
        "asynchronous_metric_log",
        "opentelemetry_span_log",
        "query_views_log",
        "zookeeper_log",
        "zookeeper_connection_log",
        "aggregated_zookeeper_log",
        "session_log",
        "processors_profile_log",
        "asynchronous_insert_log",
        "backup_log",
        "blob_storage_log",
        "s3queue_log",
        "latency_log",
    ];
    let xml = include_str!("../../../deploy/clickhouse/config.d/clickpath.xml");
    for log in LOGS {
        let off = format!("<{log} remove=\"1\"/>");
        let kept = format!("<{log}>\n        <ttl>event_date + INTERVAL ");
        assert!(xml.contains(&off) || xml.contains(&kept), "{log}");
    }
}

#[tokio::test]
async fn profiles_are_known_to_the_engine() {
    let settings = names(&database().await, "settings").await;
    let mut profiles = BTreeSet::new();
    for element in read("users.d/clickpath.xml") {
        match element.split('/').collect::<Vec<_>>().as_slice() {
            ["clickhouse", "profiles"] => {}
            ["clickhouse", "profiles", profile] => drop(profiles.insert((*profile).to_owned())),
            ["clickhouse", "profiles", _, "constraints"] => {}
            ["clickhouse", "profiles", _, "constraints", name] | ["clickhouse", "profiles", _, name] => {
                assert!(settings.contains(*name), "{element} is no setting of this engine");
            }
            ["clickhouse", "profiles", _, "constraints", _, bound] => {
                assert!(["min", "max", "const"].contains(bound), "{element}");
            }
            ["clickhouse", "profiles", ..] => panic!("{element}"),
            _ => {}
        }
    }
    assert_eq!(profiles, BTreeSet::from(["default".to_owned(), "viewer".to_owned()]));
}

/// The grants as an engine without users can tell: it parses them.
#[tokio::test]
async fn grants_parse_and_name_no_source() {
    let warehouse = &database().await;
    let xml = include_str!("../../../deploy/clickhouse/users.d/clickpath.xml");
    let grants: Vec<_> = xml
        .split("<query>")
        .skip(1)
        .map(|rest| rest.split("</query>").next().unwrap())
        .collect();
    assert!(grants.len() > 5, "{grants:?}");
    for grant in grants {
        let text = format!("{grant} TO clickpath");
        let text = if grant.starts_with("REVOKE") {
            format!("{grant} FROM clickpath")
        } else {
            text
        };
        let parsed: Vec<serde_json::Value> = warehouse
            .rows("SELECT formatQuery({grant:String}) AS sql", &[("grant", &text)])
            .await
            .unwrap_or_else(|error| panic!("{grant}: {error}"));
        let parsed = parsed[0]["sql"].as_str().unwrap();
        for source in ["ALL", "SOURCES", "FILE", "URL", "S3", "REMOTE", "ACCESS MANAGEMENT"] {
            assert!(!parsed.split([' ', ',', '(']).any(|word| word == source), "{grant}");
        }
    }
}

#[test]
fn notices_what_is_not_well_formed() {
    for broken in [
        "<a><b></a></b>",
        "<a>",
        "<a><!-- -- --></a>",
        "<a x=\"1></a>",
        "<a",
        "</a>",
    ] {
        elements(broken).unwrap_err();
    }
    assert_eq!(elements("<a><!-- <c> --><b x=\"1\"/>text</a>").unwrap(), ["a", "a/b"]);
}
