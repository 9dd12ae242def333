//! The invariants of ARCHITECTURE.md that the dependency graph can tell.

use std::collections::BTreeMap;

use anyhow::{Context, ensure};
use serde_json::Value;

use crate::workspace;

/// One crate names each outside system: package and the members that may depend on it. `rig` measures the pipeline beside a bare
/// handler and a bare broker; `pull` ships an API to pull from.
const OWNERS: &[(&str, &[&str])] = &[
    ("axum", &["embedded-clickhouse", "gateway", "pull", "rig"]),
    ("clickhouse", &["warehouse"]),
    ("gloo", &["overlay-wasm"]),
    ("lapin", &["queue", "rig"]),
    ("libloading", &["embedded-clickhouse"]),
    ("maxminddb", &["enrich"]),
    ("rustls", &["tls"]),
    ("web-sys", &["overlay-wasm"]),
    ("woothee", &["enrich"]),
];

/// All that the contract may stand on: nothing with I/O, a clock or randomness.
const EVENT_STANDS_ON: &[&str] = &[
    "crc32c",
    "hashbrown",
    "lz4_flex",
    "postcard",
    "serde",
    "serde_json",
    "thiserror",
    "time",
    "uuid",
];

/// Member name to the names of its normal dependencies.
type Members = BTreeMap<String, Vec<String>>;

pub(crate) fn check() -> anyhow::Result<()> {
    let members = members()?;
    for (package, owners) in OWNERS {
        for (member, dependencies) in &members {
            let allowed = owners.contains(&member.as_str()) || !dependencies.iter().any(|name| name == package);
            ensure!(
                allowed,
                "{member} depends on {package}; only {} may",
                owners.join(" and ")
            );
        }
    }
    for (member, dependencies) in &members {
        ensure!(
            !dependencies.iter().any(|name| name == "clickpath"),
            "{member} depends on the binary"
        );
    }
    let contract = members.get("event").context("there is no crate named event")?;
    for dependency in contract {
        ensure!(
            EVENT_STANDS_ON.contains(&dependency.as_str()),
            "event depends on {dependency}"
        );
    }
    Ok(())
}

fn members() -> anyhow::Result<Members> {
    let output = workspace::command(&["cargo", "metadata", "--format-version", "1", "--no-deps"]).output()?;
    ensure!(
        output.status.success(),
        "cargo metadata failed: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: Value = serde_json::from_slice(&output.stdout)?;
    let packages = metadata["packages"]
        .as_array()
        .context("cargo metadata lists no packages")?;
    packages
        .iter()
        .map(|package| Ok((text(&package["name"])?, dependencies(package)?)))
        .collect()
}

fn dependencies(package: &Value) -> anyhow::Result<Vec<String>> {
    let dependencies = package["dependencies"]
        .as_array()
        .context("a package lists no dependencies")?;
    dependencies
        .iter()
        .filter(|dependency| dependency["kind"].is_null())
        .map(|dependency| text(&dependency["name"]))
        .collect()
}

fn text(value: &Value) -> anyhow::Result<String> {
    value.as_str().map(str::to_owned).context("cargo metadata has no name")
}
