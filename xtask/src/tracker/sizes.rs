//! What a visitor downloads, and how much that may be.

use std::fs;
use std::path::Path;

use anyhow::{Context, ensure};
use serde_json::Value;

use super::{Built, integrity, read};

/// Brotli bytes of everything a visitor downloads.
const BUDGET_BYTES: u64 = 12_000;
/// Brotli bytes of the script that a page includes.
const LOADER_BUDGET_BYTES: u64 = 1_500;
/// One line per change of size: date, version, brotli bytes of loader, host and module, and of all.
const HISTORY: &str = "tracker-wasm/sizes.csv";
/// By so much the size may differ from the history's last line.
const DRIFT_PERCENT: u64 = 2;

/// Prints sizes and integrity hashes.
#[expect(clippy::print_stdout, reason = "a build tool talks to the terminal")]
pub(super) fn report(root: &Path, built: &Built) -> anyhow::Result<()> {
    let sizes = sizes(root)?;
    println!(
        "{:<24} {:>8} {:>8} {:>8}  integrity",
        "tracker, bytes", "raw", "gzip", "brotli"
    );
    let files = sizes["files"].as_array().context("sizes.json names no files")?;
    for (file, path) in files.iter().zip([&built.loader, &built.host, &built.wasm]) {
        let name = file["name"].as_str().context("a file of sizes.json has no name")?;
        line(name, file, &integrity(&read(path)?));
    }
    line("together", &sizes["total"], "");
    println!("{:<24} {BUDGET_BYTES:>26}", "budget");
    Ok(())
}

fn sizes(root: &Path) -> anyhow::Result<Value> {
    let text =
        fs::read_to_string(root.join("dist/tracker/sizes.json")).context("the tracker's sizes were not written")?;
    Ok(serde_json::from_str(&text)?)
}

/// An error when a budget or the history does not hold.
pub(super) fn check(root: &Path) -> anyhow::Result<()> {
    let sizes = sizes(root)?;
    let files = &sizes["files"];
    let bytes = |index: usize| files[index]["brotli"].as_u64().unwrap_or(u64::MAX);
    let total = sizes["total"]["brotli"].as_u64().unwrap_or(u64::MAX);
    let loader = bytes(0);
    ensure!(
        loader <= LOADER_BUDGET_BYTES,
        "the loader has {loader} bytes, its budget is {LOADER_BUDGET_BYTES}"
    );
    ensure!(
        total <= BUDGET_BYTES,
        "the tracker has {total} bytes, its budget is {BUDGET_BYTES}"
    );
    let history = fs::read_to_string(root.join(HISTORY)).with_context(|| format!("cannot read {HISTORY}"))?;
    check_history(&history, total).with_context(|| {
        format!(
            "write the line `<date>,<what changed>,{loader},{},{},{total}` below the others",
            bytes(1),
            bytes(2)
        )
    })
}

#[expect(clippy::print_stdout, reason = "a build tool talks to the terminal")]
fn line(name: &str, sizes: &Value, integrity: &str) {
    println!(
        "{name:<24} {:>8} {:>8} {:>8}  {integrity}",
        sizes["raw"], sizes["gzip"], sizes["brotli"]
    );
}

fn check_history(history: &str, total: u64) -> anyhow::Result<()> {
    let last = history
        .lines()
        .last()
        .and_then(|line| line.rsplit(',').next()?.parse::<u64>().ok());
    let last = last.with_context(|| format!("{HISTORY} ends in no line of sizes"))?;
    ensure!(
        total.abs_diff(last) * 100 <= last * DRIFT_PERCENT,
        "the tracker has {total} bytes and the last line of {HISTORY} {last}: more than {DRIFT_PERCENT} % apart"
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn change_of_size_asks_for_a_line() {
        let history = "date,change,loader,host,wasm,total\n2026-11-22,first,1,2,3,10000\n";
        check_history(history, 10_200).unwrap();
        check_history(history, 9_800).unwrap();
        assert!(
            check_history(history, 10_201)
                .unwrap_err()
                .to_string()
                .contains("10201 bytes")
        );
        assert!(check_history("date,total\n", 1).is_err());
    }
}
