//! `clickpath key` and `clickpath report` against a running system.

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Instant;

use tempfile::TempDir;

use crate::up::{BOUND, Up, lines, request, wait_for};
use crate::{check_failure, check_usage, clickpath};

const EVENTS: &str = r##"[
    {"id": "0197a1c0-0000-7000-8000-000000000001", "type": "view", "session_id": "s", "created_at": "2026-11-22T10:00:00Z", "url": "/",
     "payload": {"element_id": "#оформить-заказ"}},
    {"id": "0197a1c0-0000-7000-8000-000000000002", "type": "click", "session_id": "s", "created_at": "2026-11-22T10:00:01Z", "url": "/",
     "payload": {"element_id": "#оформить-заказ"}},
    {"id": "0197a1c0-0000-7000-8000-000000000003", "type": "view", "session_id": "s", "created_at": "2026-11-22T10:00:02Z", "url": "/",
     "payload": {"element_id": "#help"}}]"##;
const PERIOD: [&str; 5] = ["--from", "2026-11-22", "--to", "2026-11-22", "--bots"];

fn stdout(output: &Output) -> String {
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn new_key(folder: &Path, name: &str, scope: &str) -> String {
    let arguments = [
        "key",
        "new",
        "--name",
        name,
        "--scope",
        scope,
        "--append-to",
        "keys.toml",
    ];
    stdout(&clickpath(folder, &arguments)).trim().to_owned()
}

#[test]
fn prints_a_metric_for_the_holder_of_a_key() {
    let folder = TempDir::new().unwrap();
    let folder = folder.path();
    let reader = new_key(folder, "reader", "read");
    let sender = new_key(folder, "sender", "ingest");
    let up = Up::with(folder, &["--keys-file", "keys.toml"]);
    let line = wait_for(&up.stdout, "events     http://");
    let gateway = line.replace("events     http://", "").replace("/events", "");
    let url = format!("http://{gateway}");
    let report = |key: &str, arguments: &[&str]| {
        let always = ["report", "--gateway-url", &url];
        let key: &[&str] = if key.is_empty() { &[] } else { &["--key", key] };
        clickpath(folder, &[&always, key, arguments].concat())
    };
    check_failure(
        &report("", &[]),
        &["needs a key with the scope read", "--key or CLICKPATH_KEY"],
    );
    check_failure(&report(&sender, &["element_ctr"]), &["403", "has not the scope read"]);
    check_usage(
        &report(&reader, &["element_crt"]),
        &["no metric has this name", "clickpath report"],
    );
    check_usage(
        &report(&reader, &["element_ctr", "--from", "soon"]),
        &["parameter from must be"],
    );
    check_usage(
        &report(&reader, &["element_ctr", "steps=a"]),
        &["parameter steps is not known"],
    );
    let list = stdout(&report(&reader, &[]));
    assert!(
        list.contains("\nelement_ctr ") && list.contains("Click-through rate of elements (share)"),
        "{list}"
    );

    assert!(request(&gateway, "POST", "/events", EVENTS).starts_with("HTTP/1.1 202"));
    let ask = |rest: &[&str]| stdout(&report(&reader, &[&["element_ctr"], &PERIOD[..], rest].concat()));
    let started = Instant::now();
    let table = loop {
        let table = ask(&[]);
        if table.contains("#help") {
            break table;
        }
        assert!(started.elapsed() < BOUND, "not stored: {table}");
    };
    let row = |name: &str| {
        table
            .lines()
            .find(|line| line.starts_with(name))
            .unwrap()
            .chars()
            .count()
    };
    assert_eq!(
        row("#оформить-заказ"),
        row("───"),
        "columns are as wide as their letters: {table}"
    );
    assert!(
        table.starts_with("Click-through rate of elements (share)\n") && table.contains("site=shop"),
        "{table}"
    );
    assert!(ask(&["--format", "csv"]).contains("\n\"#оформить-заказ\",1,1,"));
    assert!(ask(&["--format", "json"]).contains("\"metric\":\"element_ctr\""));
    assert!(ask(&["--format", "sql"]).starts_with("SET param_site = 'shop';\n"));
    let chart = ask(&["--format", "chart", "--column", "views"]);
    assert!(
        chart.contains("\n#оформить-заказ  1  ████") && chart.contains("\n#help            1  ████"),
        "{chart}"
    );
    let wrong = report(
        &reader,
        &[&["element_ctr"], &PERIOD[..], &["--format", "chart", "--column", "x"]].concat(),
    );
    check_usage(&wrong, &["--column x: the columns with numbers are views, clicks"]);
    assert_eq!(up.stop(), Some(0));
    check_failure(&report(&reader, &[]), &[&format!("no gateway answers at {url}")]);
}

#[test]
fn makes_keys_that_files_do_not_tell() {
    let folder = TempDir::new().unwrap();
    let folder = folder.path();
    let key = new_key(folder, "reader", "read");
    assert!(key.starts_with("cpk_") && key.len() == 68, "{key}");
    assert_ne!(key, new_key(folder, "other", "read"));
    let file = std::fs::read_to_string(folder.join("keys.toml")).unwrap();
    assert!(!file.contains(&key) && file.matches("[[key]]").count() == 2, "{file}");
    let again = [
        "key",
        "new",
        "--name",
        "reader",
        "--scope",
        "read",
        "--append-to",
        "keys.toml",
    ];
    check_failure(
        &clickpath(folder, &again),
        &["keys.toml has a key named reader already"],
    );
    let shown = stdout(&clickpath(
        folder,
        &[
            "key", "new", "--name", "a", "--scope", "read", "--scope", "ingest", "--site", "shop",
        ],
    ));
    assert!(
        shown.contains("scopes = [\"read\", \"ingest\"]\nsites = [\"shop\"]\n"),
        "{shown}"
    );
    check_usage(
        &clickpath(folder, &["key", "new", "--name", "a b", "--scope", "read"]),
        &["name must be"],
    );
    std::fs::write(folder.join("broken.toml"), "[[key]]\nname = \"a\"\n").unwrap();
    let gateway = ["gateway", "--listen", "127.0.0.1:0", "--keys-file", "broken.toml"];
    check_usage(
        &clickpath(folder, &gateway),
        &["keys file broken.toml", "missing field `hash`"],
    );
}

#[test]
fn a_public_address_without_keys_says_who_may_read() {
    let folder = TempDir::new().unwrap();
    let mut gateway = Command::new(env!("CARGO_BIN_EXE_clickpath"))
        .args(["gateway", "--listen", "0.0.0.0:0"])
        .env_clear()
        .current_dir(folder.path())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let stderr = lines(gateway.stderr.take().unwrap());
    wait_for(&stderr, "nobody may read reports: make a key with `clickpath key new");
    gateway.kill().unwrap();
    gateway.wait().unwrap();
}
