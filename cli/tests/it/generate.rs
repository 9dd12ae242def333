//! What a seed means on the command line.

use std::process::Command;

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
