//! What a seed means on the command line, and what an early end.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::up::signal;

#[test]
fn option_wins_over_the_environments_seed() {
    let rows = |seed: &[(&str, &str)], option: &[&str]| {
        let arguments = [
            "generate",
            "--to",
            "csv",
            "--count",
            "300",
            "--span",
            "1h",
            "--until",
            "2026-11-22T10:00:00Z",
        ];
        let mut command = Command::new(env!("CARGO_BIN_EXE_clickpath"));
        command
            .env_clear()
            .envs(seed.iter().copied())
            .args(arguments)
            .args(option);
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        assert_eq!(output.stdout.iter().filter(|byte| **byte == b'\n').count(), 301);
        output.stdout
    };
    let usual = rows(&[], &[]);
    assert!(rows(&[("SEED", "42")], &[]) == usual, "42 is the usual seed");
    assert!(rows(&[("SEED", "7")], &[]) != usual, "another seed");
    assert!(rows(&[("SEED", "7")], &["--seed", "42"]) == usual, "the option wins");
    assert!(rows(&[("SCENARIO", "clock_skew")], &[]) != usual, "a scenario");
}

#[test]
fn early_end_is_no_success() {
    let folder = TempDir::new().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_clickpath"));
    command
        .env_clear()
        .current_dir(folder.path())
        .args(["generate", "--to", "jsonl", "--output", "events.jsonl"])
        .args(["--rate", "1", "--count", "1000"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let process = command.spawn().unwrap();
    let began = Instant::now();
    while !folder.path().join("events.jsonl.incomplete").exists() {
        assert!(began.elapsed() < Duration::from_secs(20), "nothing is written");
        std::thread::yield_now();
    }
    signal("INT", process.id());
    let output = process.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("events.jsonl.incomplete is not complete"), "{said}");
    crate::check_failure(&output, &["stopped after", "of 1000 events"]);
}
