//! Every test that docs/promises.md names exists: `` `crate module::function` ``.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};

use crate::workspace;

const DOCUMENT: &str = "docs/promises.md";

pub(crate) fn check() -> anyhow::Result<()> {
    let root = workspace::root();
    let text = fs::read_to_string(root.join(DOCUMENT)).with_context(|| format!("cannot read {DOCUMENT}"))?;
    let tests: Vec<_> = text.split('`').skip(1).step_by(2).filter_map(named_test).collect();
    ensure!(!tests.is_empty(), "{DOCUMENT} names no test");
    for (package, module, function) in tests {
        ensure!(
            exists(&root.join(folder(package)), module, function)?,
            "{DOCUMENT} names `{package} {module}::{function}`, and there is no such test"
        );
    }
    Ok(())
}

fn named_test(quoted: &str) -> Option<(&str, &str, &str)> {
    let (package, path) = quoted.split_once(' ')?;
    let (module, function) = path.split_once("::")?;
    Some((package, module, function))
}

/// The binary's package has another name than its folder.
fn folder(package: &str) -> &str {
    match package {
        "clickpath" => "cli",
        other => other,
    }
}

/// Whether `<module>.rs` somewhere below has the function.
fn exists(folder: &Path, module: &str, function: &str) -> anyhow::Result<bool> {
    let head = format!("fn {function}(");
    let mut folders: Vec<PathBuf> = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?;
        for entry in entries {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.file_name().is_some_and(|name| *name == *format!("{module}.rs"))
                && fs::read_to_string(&path)?.contains(&head)
            {
                return Ok(true);
            }
        }
    }
    Ok(false)
}
