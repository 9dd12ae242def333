//! Builds the pages of `web/` into `dist/web`: bundled, with hashes in the names of what never changes, compressed.

use std::fs;
use std::path::Path;

use anyhow::Context;

use crate::{setup, workspace};

const SCRIPT: &str = "xtask/src/web/build.mjs";

/// Takes a second; leaves files alone that would not change, so that the binary is built anew only when a page is.
pub(crate) fn build(root: &Path) -> anyhow::Result<()> {
    setup::npm_packages("web")?;
    let mut command = workspace::command(&["node", SCRIPT]);
    workspace::run(command.arg(root))?;
    report(&root.join("dist/web"))
}

#[expect(clippy::print_stdout, reason = "a build tool talks to the terminal")]
fn report(folder: &Path) -> anyhow::Result<()> {
    let text = fs::read_to_string(folder.join("sizes.json")).context("the pages' sizes were not written")?;
    let sizes: serde_json::Value = serde_json::from_str(&text)?;
    println!(
        "{:<32} {:>8} {:>8} {:>8}",
        "page with its files, bytes", "raw", "gzip", "brotli"
    );
    for page in sizes["pages"].as_array().context("sizes.json names no pages")? {
        let name = page["name"].as_str().context("a page has no name")?;
        println!(
            "{name:<32} {:>8} {:>8} {:>8}",
            page["raw"], page["gzip"], page["brotli"]
        );
    }
    Ok(())
}
