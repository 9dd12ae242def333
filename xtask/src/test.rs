//! `cargo xtask test`: all that continuous integration runs, in the order in which mistakes show soonest.

use std::time::Instant;

use crate::{architecture, chaos, overlay, promises, setup, tracker, web, workspace};

/// Every program, with its tests: their features differ from the programs' own, and every dependency would be built twice.
pub(crate) const BUILD: &[&str] = &[
    "cargo",
    "build",
    "--workspace",
    "--exclude",
    "tracker-wasm",
    "--bins",
    "--tests",
];

/// Name and command of each step between the tracker's build and the chaos.
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
        "lints of the overlay",
        &[
            "cargo",
            "clippy",
            "--package",
            "overlay-wasm",
            "--target",
            "wasm32-unknown-unknown",
            "--",
            "-D",
            "warnings",
        ],
    ),
    ("build", BUILD),
    (
        "rust tests",
        &["cargo", "nextest", "run", "--workspace", "--exclude", "tracker-wasm"],
    ),
    (
        "tests of the tracker",
        &["cargo", "nextest", "run", "--package", "tracker-wasm"],
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
    step("tracker", || tracker::build_within_budget(workspace::root()))?;
    step("overlay", || overlay::build(workspace::root()))?;
    step("pages", || web::build(workspace::root()))?;
    step("architecture", architecture::check)?;
    step("promises", promises::check)?;
    for (name, words) in STEPS {
        step(name, || workspace::run(&mut workspace::command(words)))?;
    }
    step("chaos, short", chaos::short)
}

#[expect(clippy::print_stdout, reason = "a build tool talks to the terminal")]
fn step(name: &str, work: impl FnOnce() -> anyhow::Result<()>) -> anyhow::Result<()> {
    println!("── {name}");
    let start = Instant::now();
    work()?;
    println!("── {name}: {:.0} s", start.elapsed().as_secs_f64());
    Ok(())
}
