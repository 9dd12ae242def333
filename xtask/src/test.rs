//! `cargo xtask test`: all that continuous integration runs, in the order in which mistakes show soonest.

use std::time::Instant;

use crate::{architecture, setup, tracker, workspace};

/// Name and command of each step after the set-up and the tracker's build.
const STEPS: &[(&str, &[&str])] = &[
    ("format", &["cargo", "fmt", "--all", "--check"]),
    (
        "lints",
        &[
            "cargo",
            "clippy",
            "--workspace",
            "--exclude",
            "tracker-wasm",
            "--all-targets",
            "--",
            "-D",
            "warnings",
        ],
    ),
    (
        "lints of the tracker",
        &[
            "cargo",
            "clippy",
            "--package",
            "tracker-wasm",
            "--target",
            "wasm32-unknown-unknown",
            "--",
            "-D",
            "warnings",
        ],
    ),
    (
        "build",
        &[
            "cargo",
            "build",
            "--workspace",
            "--exclude",
            "tracker-wasm",
            "--exclude",
            "xtask",
        ],
    ),
    (
        "rust tests",
        &["cargo", "nextest", "run", "--workspace", "--exclude", "tracker-wasm"],
    ),
    (
        "doc tests",
        &[
            "cargo",
            "test",
            "--quiet",
            "--doc",
            "--workspace",
            "--exclude",
            "tracker-wasm",
        ],
    ),
    ("tests in the browser", &["npm", "test", "--prefix", "e2e"]),
];

pub(crate) fn run() -> anyhow::Result<()> {
    step("set-up", setup::for_testing)?;
    step("tracker", || tracker::build(workspace::root()).map(drop))?;
    step("architecture", architecture::check)?;
    for (name, words) in STEPS {
        step(name, || workspace::run(&mut workspace::command(words)))?;
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "a build tool talks to the terminal")]
fn step(name: &str, work: impl FnOnce() -> anyhow::Result<()>) -> anyhow::Result<()> {
    println!("── {name}");
    let start = Instant::now();
    work()?;
    println!("── {name}: {:.0} s", start.elapsed().as_secs_f64());
    Ok(())
}
