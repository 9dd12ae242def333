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
            "20",
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
        assert_eq!(output.stdout.iter().filter(|byte| **byte == b'\n').count(), 21);
        output.stdout
    };
    let usual = rows(&[], &[]);
    assert_eq!(rows(&[("SEED", "42")], &[]), usual);
    assert_ne!(rows(&[("SEED", "7")], &[]), usual);
    assert_eq!(rows(&[("SEED", "7")], &["--seed", "42"]), usual);
    assert_ne!(rows(&[("SCENARIO", "bot_attack")], &[]), usual);
}
