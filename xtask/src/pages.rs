//! The built-in pages in a real browser: `cargo xtask screenshots` and `cargo xtask bench dashboard`.

use std::path::PathBuf;

use crate::{overlay, setup, tracker, web, workspace};

#[derive(clap::Args)]
pub(crate) struct Screenshots {
    /// Folder for the pictures.
    #[arg(long, default_value = "target/screenshots")]
    out: PathBuf,
    /// Address of a running clickpath, such as http://127.0.0.1:8080; without it one is started and filled.
    #[arg(long)]
    url: Option<String>,
    /// Only this page.
    #[arg(long)]
    page: Option<String>,
}

/// Every page, at desktop and phone size, light and dark.
pub(crate) fn screenshots(arguments: &Screenshots) -> anyhow::Result<()> {
    prepare()?;
    let mut command = workspace::command(&["node", "e2e/web/screenshots.mjs"]);
    command.arg(&arguments.out);
    command.arg(arguments.url.as_deref().unwrap_or(""));
    command.arg(arguments.page.as_deref().unwrap_or(""));
    workspace::run(&mut command)
}

/// Weight, first chart and accessibility of the dashboard; `arguments` are `--count <events>` (through the door), `--events <events>` (written
/// into the tables, for millions), `--runs <n>`, and `--release` for a program as it is shipped.
pub(crate) fn bench(arguments: &[String]) -> anyhow::Result<()> {
    let is_release = arguments.iter().any(|argument| argument == "--release");
    let arguments = arguments.iter().filter(|argument| *argument != "--release");
    build(is_release)?;
    let mut command = workspace::command(&["node", "e2e/web/bench.mjs"]);
    if is_release {
        command.env("CLICKPATH_PROGRAM", workspace::target()?.join("release/clickpath"));
    }
    workspace::run(command.args(arguments))
}

/// A program as the tests in the browser start it.
fn prepare() -> anyhow::Result<()> {
    build(false)
}

fn build(is_release: bool) -> anyhow::Result<()> {
    setup::for_testing()?;
    tracker::build(workspace::root())?;
    overlay::build(workspace::root())?;
    web::build(workspace::root())?;
    let mut command = workspace::command(&["cargo", "build", "--package", "clickpath"]);
    if is_release {
        command.arg("--release");
    }
    workspace::run(&mut command)
}
