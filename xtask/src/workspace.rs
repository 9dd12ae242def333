//! Where the checkout is, and how commands are run in it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};

/// The root of the checkout.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}

/// Where fetched files are kept between checkouts: `$CLICKPATH_CACHE_DIR`, else `clickpath` in the user's cache folder.
#[expect(
    clippy::disallowed_methods,
    reason = "the build tool's only setting; the engine crate looks in the same places"
)]
pub(crate) fn cache() -> anyhow::Result<PathBuf> {
    if let Ok(folder) = std::env::var("CLICKPATH_CACHE_DIR") {
        return Ok(folder.into());
    }
    if let Ok(folder) = std::env::var("XDG_CACHE_HOME") {
        return Ok(Path::new(&folder).join("clickpath"));
    }
    let home = std::env::home_dir().context("no home folder; set CLICKPATH_CACHE_DIR")?;
    Ok(home.join(".cache/clickpath"))
}

/// A command in the checkout's root, given as words.
pub(crate) fn command(words: &[&str]) -> Command {
    let mut command = Command::new(words[0]);
    command.args(&words[1..]).current_dir(root());
    command
}

/// Runs a command, its output going to the terminal; a failure names it.
pub(crate) fn run(command: &mut Command) -> anyhow::Result<()> {
    let shown = shown(command);
    let status = command.status().with_context(|| format!("cannot start {shown}"))?;
    if !status.success() {
        bail!("{shown} failed: {status}");
    }
    Ok(())
}

/// Whether a program answers to `--version`.
pub(crate) fn has(program: &str) -> bool {
    let found = Command::new(program)
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    found.is_ok_and(|status| status.success())
}

fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

/// Cargo's target folder.
pub(crate) fn target() -> anyhow::Result<PathBuf> {
    let program = std::env::current_exe().context("this program has no path")?;
    let target = program
        .ancestors()
        .nth(2)
        .context("this program lies outside a target folder")?;
    Ok(target.to_owned())
}
