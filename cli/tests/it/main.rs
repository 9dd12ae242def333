//! What an operator reads when something is wrong at the start: each time a message, and an exit code other than 0.

#![expect(clippy::unwrap_used, reason = "a test ends where a step of its story fails")]

mod entities;
mod entities_publish;
mod generate;
mod import;
mod operations;
mod pipeline;
mod pull;
mod replay;
mod report;
mod sources;
mod tls;
mod trusted_key;
mod up;

use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

/// The program in an empty folder, with none of the caller's settings.
fn clickpath(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_clickpath"));
    command
        .env_clear()
        .env("HOME", folder)
        .current_dir(folder)
        .args(arguments);
    command.output().unwrap()
}

#[track_caller]
fn check_failure(output: &Output, expect: &[&str]) {
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{message}");
    for part in expect {
        assert!(message.contains(part), "{part:?} is not in:\n{message}");
    }
}

#[test]
fn reader_may_leave_before_the_end() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = Command::new(env!("CARGO_BIN_EXE_clickpath"));
    let output = command.env_clear().arg("fernet-key").stdout(writer).output().unwrap();
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), &*message), (Some(0), ""));
}

#[test]
fn missing_engine_library_names_command() {
    let folder = TempDir::new().unwrap();
    let listen = ["--listen", "127.0.0.1:0", "--warehouse-listen", "127.0.0.1:0"];
    let output = clickpath(folder.path(), &[&["up"], listen.as_slice()].concat());
    check_failure(
        &output,
        &[
            "cargo xtask fetch",
            ".cache/clickpath/libchdb",
            "ClickHouse engine did not start",
        ],
    );
}

#[test]
fn broken_geoip_file_is_named() {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("broken.mmdb"), "no such format").unwrap();
    let output = clickpath(
        folder.path(),
        &["gateway", "--listen", "127.0.0.1:0", "--geoip-file", "broken.mmdb"],
    );
    check_failure(&output, &["broken.mmdb"]);
}

#[test]
fn absent_geoip_file_is_named() {
    let folder = TempDir::new().unwrap();
    let output = clickpath(
        folder.path(),
        &["gateway", "--listen", "127.0.0.1:0", "--geoip-file", "absent.mmdb"],
    );
    check_failure(&output, &["absent.mmdb", "No such file"]);
}

#[test]
fn missing_broker_is_named_without_password() {
    let folder = TempDir::new().unwrap();
    // The port of a listener that is gone again: nobody answers there.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let address = format!("amqp://shop:secret@127.0.0.1:{port}/%2f");
    // With a spool the gateway starts without the broker.
    for arguments in [&["gateway", "--queue-spool=false"][..], &["load"]] {
        let output = clickpath(folder.path(), &[arguments, &["--amqp-url", &address]].concat());
        check_failure(&output, &[&format!("127.0.0.1:{port}")]);
        assert!(
            !String::from_utf8_lossy(&output.stderr).contains("secret"),
            "{arguments:?} shows the password"
        );
    }
}

#[test]
fn port_in_use_is_named() {
    let folder = TempDir::new().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = clickpath(folder.path(), &["gateway", "--listen", &address]);
    check_failure(&output, &[&format!("cannot listen on {address}"), "in use"]);
}

#[test]
fn misspelt_sites_file_is_refused() {
    let folder = TempDir::new().unwrap();
    let sites =
        "default_site = \"shop\"\n[[site]]\nname = \"shop\"\nbase_url = \"https://shop.example/\"\norigin = [\"*\"]\n";
    std::fs::write(folder.path().join("sites.toml"), sites).unwrap();
    let output = clickpath(
        folder.path(),
        &["gateway", "--listen", "127.0.0.1:0", "--sites-file", "sites.toml"],
    );
    check_failure(&output, &["sites.toml", "origin"]);
}

#[test]
fn unreachable_database_fails_migration() {
    let folder = TempDir::new().unwrap();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let output = clickpath(
        folder.path(),
        &["migrate", "--clickhouse-url", &format!("http://127.0.0.1:{port}")],
    );
    check_failure(&output, &["onnect"]);
}
