//! With which code commands end (docs/operations.md).

use std::collections::BTreeSet;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::{check_failure, check_usage, clickpath};

const COMMANDS: [&[&str]; 25] = [
    &["up"],
    &["gateway"],
    &["load"],
    &["migrate"],
    &["backup"],
    &["restore"],
    &["export"],
    &["erase"],
    &["warehouse"],
    &["replay"],
    &["report"],
    &["key"],
    &["key", "new"],
    &["generate"],
    &["import"],
    &["entities"],
    &["entities", "generate"],
    &["entities", "publish"],
    &["fernet-key"],
    &["reseal"],
    &["unseal"],
    &["pull"],
    &["store-api"],
    &["dashboards"],
    &["help"],
];

#[test]
fn an_unknown_option_ends_every_command_with_2() {
    let folder = TempDir::new().unwrap();
    let help = clickpath(folder.path(), &["--help"]);
    let help = String::from_utf8(help.stdout).unwrap();
    let (_, list) = help.split_once("Commands:\n").unwrap();
    let named: BTreeSet<_> = list
        .lines()
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.strip_prefix("  ")?.split(' ').next())
        .filter(|name| !name.is_empty())
        .collect();
    let known: BTreeSet<_> = COMMANDS.iter().map(|command| command[0]).collect();
    assert!(
        named.is_subset(&known),
        "{:?} are missing here",
        named.difference(&known)
    );
    for command in COMMANDS.iter().filter(|command| named.contains(command[0])) {
        let output = clickpath(folder.path(), &[command, &["--no-such-option"][..]].concat());
        assert_eq!(output.status.code(), Some(2), "{command:?}: {output:?}");
    }
    assert_eq!(clickpath(folder.path(), &["no-such-command"]).status.code(), Some(2));
    assert_eq!(clickpath(folder.path(), &[]).status.code(), Some(2));
}

#[test]
fn what_clap_cannot_see_ends_with_2_too() {
    let folder = TempDir::new().unwrap();
    let check = |arguments: &[&str], expect: &str| check_usage(&clickpath(folder.path(), arguments), &[expect]);
    let gateway = ["gateway", "--listen", "127.0.0.1:0"];
    let gateway = |arguments: &[&str], expect: &str| check(&[&gateway, arguments].concat(), expect);
    std::fs::write(folder.path().join("empty.toml"), "").unwrap();
    std::fs::write(folder.path().join("shop.csv"), "type,created_at,session_id,url\n").unwrap();
    std::fs::write(folder.path().join("short.key"), "short\n").unwrap();

    check(&["fernet-key", "--log", "a=b=c"], "--log");
    gateway(&["--entities"], "FERNET_KEY");
    gateway(&["--entities", "--fernet-key=short"], "is no Fernet key");
    gateway(&["--sites-file=absent.toml"], "sites file absent.toml");
    gateway(&["--sites-file=empty.toml"], "sites file");
    gateway(&["--keys-file=absent.toml"], "keys file absent.toml");
    gateway(&["--geoip-file=absent.mmdb"], "absent.mmdb");
    gateway(&["--amqp-url=http://127.0.0.1"], "AMQP address");
    check(&["load", "--amqp-url=http://127.0.0.1"], "AMQP address");
    check(&["generate", "--output=a.csv"], "--output needs --to");
    check(
        &["generate", "--expected=a.json", "--count=0", "--to=csv"],
        "--expected needs a --count",
    );
    check(
        &["generate", "--to=csv", "--speed-up=2", "--count=1"],
        "--speed-up needs a --span",
    );
    check(
        &["generate", "--to=parquet", "--output=a.gz", "--count=1"],
        "name the output without .gz",
    );
    check(
        &[
            "generate",
            "--to=csv",
            "--expected=a.json",
            "--count=1",
            "--timezone=Mars/Olympus",
        ],
        "Mars/Olympus",
    );
    check(&["generate", "--count=1", "--gateway-url=nonsense"], "gateway address");
    check(&["import", "--gateway-url=nonsense", "shop.csv"], "gateway address");
    check(&["import", "shop.txt"], "the name does not tell what the file is");
    check(&["import", "--mapping=absent.toml", "shop.csv"], "absent.toml");
    check(&["entities", "publish", "--gateway-url=nonsense"], "gateway address");
    check(&["pull", "--api=nonsense"], "API address");
    check(&["pull", "--gateway-url=nonsense"], "gateway address");
    check(
        &["replay", "--gateway-url=nonsense", "--operator-key=k"],
        "--gateway-url",
    );
    check(&["key", "new", "--name=a b", "--scope=read"], "name must be");
    check(&["unseal"], "FERNET_KEY");
    check(&["erase", "--user="], "nobody's");
}

/// Wrong is the world.
#[test]
fn what_fails_ends_with_1() {
    let folder = TempDir::new().unwrap();
    let check = |arguments: &[&str], expect: &str| check_failure(&clickpath(folder.path(), arguments), &[expect]);
    let away = "http://127.0.0.1:1";
    for command in [
        &["migrate"][..],
        &["backup", "a"],
        &["restore", "a"],
        &["erase", "--user=1"],
        &["export", "--user=1"],
    ] {
        check(&[command, &["--clickhouse-url", away]].concat(), "no ClickHouse at");
    }
    for command in [&["report"][..], &["replay", "--operator-key=k"]] {
        check(&[command, &["--gateway-url", away]].concat(), "no gateway answers at");
    }
    check(&["pull", "--api", away, "--attempts=1"], "gave no answer");
    check(&["import", "absent.csv"], "absent.csv");
    check(&["entities", "publish"], "holds no *.json");
}

/// As `| head` does.
#[test]
fn reader_may_leave_before_the_end() {
    let folder = TempDir::new().unwrap();
    let rows = "type,created_at,session_id,url\n".to_owned() + &"view,2026-11-22T10:00:00Z,s,/\n".repeat(1_000);
    std::fs::write(folder.path().join("shop.csv"), rows).unwrap();
    for arguments in [
        &["--help"][..],
        &["fernet-key"],
        &["key", "new", "--name=a", "--scope=read"],
        &["generate", "--to=csv", "--count=20000"],
        &["generate", "--to=jsonl", "--count=20000"],
        &["generate", "--to=jsonl", "--count=0"],
        &["generate", "--to=parquet", "--count=20000"],
        &["import", "--dry-run=1000", "shop.csv"],
        &["entities", "generate"],
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = Command::new(env!("CARGO_BIN_EXE_clickpath"));
        command
            .env_clear()
            .env("CLICKPATH_LOG", "warn")
            .current_dir(folder.path())
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(writer);
        let output = command.output().unwrap();
        let message = String::from_utf8_lossy(&output.stderr);
        assert_eq!((output.status.code(), &*message), (Some(0), ""), "{arguments:?}");
    }
    // Unsealing reads what it writes.
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let (input, mut entities) = std::io::pipe().unwrap();
    let feeder = std::thread::spawn(move || {
        // Until nobody reads them.
        while std::io::Write::write_all(&mut entities, b"{\"id\": 1}\n").is_ok() {}
    });
    let mut command = Command::new(env!("CARGO_BIN_EXE_clickpath"));
    command
        .env_clear()
        .args(["unseal", "--fernet-key", crate::pipeline::FERNET_KEY])
        .stdin(input)
        .stdout(writer)
        .stderr(Stdio::piped());
    let process = command.spawn().unwrap();
    drop(command);
    let output = process.wait_with_output().unwrap();
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), &*message), (Some(0), ""));
    feeder.join().unwrap();
}
