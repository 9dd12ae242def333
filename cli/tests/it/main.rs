//! What an operator reads when something is wrong at the start: each time a message, and an exit code other than 0.

#![expect(clippy::unwrap_used, reason = "a test ends where a step of its story fails")]

mod cluster;
mod dashboards;
mod entities;
mod entities_publish;
mod exit;
mod generate;
mod import;
mod late_broker;
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

/// It failed, or not all of it is done.
#[track_caller]
fn check_failure(output: &Output, expect: &[&str]) {
    check_end(output, 1, expect);
}

/// The command line, a variable or a file of settings is wrong.
#[track_caller]
fn check_usage(output: &Output, expect: &[&str]) {
    check_end(output, 2, expect);
}

#[track_caller]
fn check_end(output: &Output, code: i32, expect: &[&str]) {
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{message}");
    for part in expect {
        assert!(message.contains(part), "{part:?} is not in:\n{message}");
    }
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
    check_usage(&output, &["broken.mmdb"]);
}

#[test]
fn absent_geoip_file_is_named() {
    let folder = TempDir::new().unwrap();
    let output = clickpath(
        folder.path(),
        &["gateway", "--listen", "127.0.0.1:0", "--geoip-file", "absent.mmdb"],
    );
    check_usage(&output, &["absent.mmdb", "No such file"]);
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
    check_usage(&output, &["sites.toml", "origin"]);
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
