//! One user's data handed out, a backup, the user taken out, the backup restored: by the commands, on a running stack.

use std::path::Path;
use std::process::Output;
use std::time::Instant;

use tempfile::TempDir;

use crate::pipeline::FERNET_KEY;
use crate::up::{BOUND, Engine, Up, request, request_with, wait_for};
use crate::{check_failure, check_usage, clickpath};

const EVENTS: &str = r##"[
    {"type": "view", "session_id": "a", "user_id": "ann", "created_at": "2026-11-22T10:00:00Z", "url": "https://shop.example/",
     "payload": {"element_id": "#buy"}},
    {"type": "click", "session_id": "a", "user_id": "ann", "created_at": "2026-11-22T10:00:01Z", "url": "https://shop.example/",
     "payload": {"element_id": "#buy"}},
    {"type": "view", "session_id": "b", "user_id": "bob", "created_at": "2026-11-22T10:00:02Z", "url": "https://shop.example/",
     "payload": {"element_id": "#buy"}}
]"##;

fn run(folder: &Path, clickhouse: &str, database: &str, arguments: &[&str]) -> Output {
    let url = format!("http://{clickhouse}");
    let always = ["--clickhouse-url", &url, "--clickhouse-database", database];
    clickpath(folder, &[arguments, &always].concat())
}

#[track_caller]
fn said(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn users(clickhouse: &str, database: &str) -> String {
    let query = format!(
        "SELECT concat('users=', arrayStringConcat(arraySort(groupUniqArray(user_id)), ' '), ';') FROM {database}.daily_users"
    );
    request(clickhouse, "POST", "/", &query)
}

#[test]
fn hands_out_backs_up_takes_out_and_restores() {
    let folder = TempDir::new().unwrap();
    let folder = folder.path();
    // Clocks do not differ here, and what is on its way is soon stored: else an erasure waits for a minute.
    let doors = [
        "--entities",
        "--fernet-key",
        FERNET_KEY,
        "--trusted-key",
        "the key of this test",
    ];
    let up = Up::with(folder, &[&["--loader-slack-ms=0"], &doors[..]].concat());
    let gateway = wait_for(&up.stdout, "events     http://");
    let gateway = gateway.replace("events     http://", "").replace("/events", "");
    let clickhouse = &up.clickhouse();
    let accepted = request(&gateway, "POST", "/events", EVENTS);
    assert!(accepted.starts_with("HTTP/1.1 202"), "{accepted}");
    let started = Instant::now();
    while !users(clickhouse, "clickpath").contains("users=ann bob;") {
        assert!(started.elapsed() < BOUND, "{}", users(clickhouse, "clickpath"));
    }

    let lines = said(&run(folder, clickhouse, "clickpath", &["export", "--user", "ann"]));
    assert_eq!(lines.matches("\"stored_in\":\"events\"").count(), 2, "{lines}");
    assert!(!lines.contains("bob"), "{lines}");
    said(&run(
        folder,
        clickhouse,
        "clickpath",
        &["export", "--user", "ann", "--output", "ann.jsonl"],
    ));
    assert_eq!(std::fs::read_to_string(folder.join("ann.jsonl")).unwrap(), lines);
    let twice = run(
        folder,
        clickhouse,
        "clickpath",
        &["export", "--user", "ann", "--output", "ann.jsonl"],
    );
    assert_eq!(twice.status.code(), Some(1), "the file is there");

    said(&run(folder, clickhouse, "clickpath", &["backup", "before"]));

    let found = said(&run(
        folder,
        clickhouse,
        "clickpath",
        &["erase", "--user", "ann", "--dry-run"],
    ));
    assert!(found.contains("events                          2"), "{found}");
    // On its way when the erasure begins.
    let entity = request_with(
        &gateway,
        "POST",
        "/entities/users",
        "Authorization: Bearer the key of this test\r\n",
        r#"{"id": "ann", "fio": "Ann"}"#,
    );
    assert!(entity.starts_with("HTTP/1.1 202"), "{entity}");
    let proof = said(&run(folder, clickhouse, "clickpath", &["erase", "--user", "ann"]));
    let (found, left) = proof.split_once("left\n").unwrap();
    assert!(found.contains("entities                        1"), "{proof}");
    assert!(
        left.lines().count() > 5 && left.lines().all(|line| line.ends_with(" 0")),
        "{proof}"
    );
    assert!(users(clickhouse, "clickpath").contains("users=bob;"));
    let audit = "SELECT concat('audit=', arrayStringConcat(arraySort(groupArray(outcome)), ' '), ';') FROM clickpath.audit WHERE action = 'erase'";
    assert!(request(clickhouse, "POST", "/", audit).contains("audit=begun done;"));

    let refused = run(folder, clickhouse, "clickpath", &["restore", "before"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        String::from_utf8_lossy(&refused.stderr).contains("has tables"),
        "{refused:?}"
    );
    said(&run(folder, clickhouse, "rehearsal", &["restore", "before"]));
    assert!(users(clickhouse, "rehearsal").contains("users=ann bob;"));

    let plan = said(&run(folder, clickhouse, "clickpath", &["migrate", "--plan"]));
    assert!(
        plan.contains("up to date") && plan.contains("mv_sessions ─▶ sessions"),
        "{plan}"
    );
    let wrong = run(folder, clickhouse, "clickpath", &["backup", "../up"]);
    check_usage(&wrong, &["is no name of a backup"]);
    std::fs::write(folder.join("keep.toml"), "[evnets]\nby = \"created_at\"\ndays = 1\n").unwrap();
    let wrong = run(
        folder,
        clickhouse,
        "clickpath",
        &["migrate", "--retention", "keep.toml"],
    );
    check_usage(&wrong, &["there is no table \"evnets\""]);
    std::fs::write(
        folder.join("keep.toml"),
        "[events]\nby = \"created_at\"\ndays = 30000\n",
    )
    .unwrap();
    let retention = ["migrate", "--retention", "keep.toml"];
    let changed = said(&run(folder, clickhouse, "clickpath", &retention));
    assert!(
        changed.contains("events: toDate(created_at) + toIntervalDay(30000) (was: forever)"),
        "{changed}"
    );
    assert!(said(&run(folder, clickhouse, "clickpath", &retention)).contains("up to date"));
    assert_eq!(up.stop(), Some(0));
}

#[test]
fn plans_what_it_would_do_and_refuses_an_edited_file() {
    let folder = TempDir::new().unwrap();
    let folder = folder.path();
    let engine = Engine::start(folder);
    let clickhouse = &engine.address;
    let migrate = |arguments: &[&str]| run(folder, clickhouse, "clickpath", &[&["migrate"], arguments].concat());
    let tables = "SELECT concat('tables=', toString(count()), ';') FROM system.tables WHERE database = 'clickpath'";
    for _ in 0..2 {
        let plan = said(&migrate(&["--plan"]));
        assert!(
            plan.starts_with("would apply 0001_events.sql\nwould apply 0002_quarantine.sql\n")
                && !plan.contains("up to date"),
            "{plan}"
        );
        assert!(
            request(clickhouse, "POST", "/", tables).contains("tables=0;"),
            "a plan changes nothing"
        );
    }
    assert!(said(&migrate(&[])).contains("0001_events.sql"));
    assert!(said(&migrate(&["--plan"])).starts_with("the tables are up to date\n"));
    let made = said(&migrate(&["--compat"]));
    for file in ["000_shop", "001_clickstream", "002_ecommerce", "004_analytics"] {
        assert!(made.contains(&format!("made the views of {file}.sql\n")), "{made}");
    }
    let typed = "SELECT concat('events=', toString(COUNT(DISTINCT event_type)), ';') FROM analytics.events";
    assert!(request(clickhouse, "POST", "/", typed).contains("events=0;"));
    // As if the file had been another one when it was applied.
    let edited = "INSERT INTO clickpath.schema_migrations (version, name, checksum, applied_at)
        SELECT version, name, 'another', now64(3) FROM clickpath.schema_migrations FINAL WHERE version = 8";
    let answer = request(clickhouse, "POST", "/", edited);
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    for arguments in [&[][..], &["--plan"]] {
        check_failure(&migrate(arguments), &["0008_sessions.sql"]);
    }
}

#[test]
fn nobody_has_no_data() {
    let folder = TempDir::new().unwrap();
    for command in ["erase", "export"] {
        let output = clickpath(folder.path(), &[command, "--user", ""]);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert!(
            String::from_utf8_lossy(&output.stderr).contains("nobody's"),
            "{output:?}"
        );
    }
}

#[test]
fn missing_database_is_named_with_its_remedy() {
    let folder = TempDir::new().unwrap();
    for command in [
        ["migrate", "--plan"].as_slice(),
        &["erase", "--user", "1"],
        &["export", "--user", "1"],
    ] {
        let arguments = [command, &["--clickhouse-url", "http://127.0.0.1:1"]].concat();
        check_failure(
            &clickpath(folder.path(), &arguments),
            &["no ClickHouse at http://127.0.0.1:1", "CLICKHOUSE_URL"],
        );
    }
}

/// Until when each route is stored, as a loader says it.
fn mark(clickhouse: &str, mark: &str, until: &str) {
    let insert = format!("INSERT INTO clickpath.ledger_marks SELECT generateUUIDv4(), '{mark}', {until}, now64(3)");
    let answer = request(clickhouse, "POST", "/", &insert);
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[test]
fn erasure_waits_for_every_queue() {
    let folder = TempDir::new().unwrap();
    let folder = folder.path();
    let engine = Engine::start(folder);
    let clickhouse = &engine.address;
    said(&run(folder, clickhouse, "clickpath", &["migrate"]));
    let erase = |seconds: &str| {
        run(
            folder,
            clickhouse,
            "clickpath",
            &["erase", "--user", "ann", "--wait-seconds", seconds],
        )
    };
    let later = "now64(3) + toIntervalHour(1)";
    mark(clickhouse, "settled", later);
    mark(clickhouse, "settled_quarantine", later);
    check_failure(&erase("1"), &["the queue of entities", "is a loader running?"]);
    mark(clickhouse, "settled_entities", later);
    mark(clickhouse, "spool", "now64(3) - toIntervalMinute(1)");
    check_failure(&erase("1"), &["a gateway's spool"]);
    let took_out = "SELECT concat('audit=', toString(count()), ';') FROM clickpath.audit";
    assert!(
        request(clickhouse, "POST", "/", took_out).contains("audit=0;"),
        "nothing was begun"
    );
    assert!(said(&erase("0")).contains("nothing about this user"));
}
