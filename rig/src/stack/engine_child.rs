use std::fs;

use anyhow::Context;

/// The engine that a `clickpath up` has as its child.
pub(super) fn of(parent: u32) -> anyhow::Result<u32> {
    let is_engine =
        |pid: &u32| fs::read(format!("/proc/{pid}/cmdline")).is_ok_and(|line| has_word(&line, b"warehouse"));
    children(parent)?
        .into_iter()
        .find(is_engine)
        .context("clickpath up has no engine")
}

/// The processes that a process has started.
pub(crate) fn children(parent: u32) -> anyhow::Result<Vec<u32>> {
    let mut children = Vec::new();
    for thread in fs::read_dir(format!("/proc/{parent}/task")).context("the parent is gone")? {
        let listed = fs::read_to_string(thread?.path().join("children"))?;
        children.extend(
            listed
                .split_whitespace()
                .map(str::parse::<u32>)
                .collect::<Result<Vec<_>, _>>()?,
        );
    }
    Ok(children)
}

fn has_word(command_line: &[u8], word: &[u8]) -> bool {
    command_line.split(|&byte| byte == 0).any(|found| found == word)
}
