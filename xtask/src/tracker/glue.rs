//! Makes wasm-bindgen's glue small: what it keeps for old browsers and for types that do not cross the border goes.

use anyhow::Context;

/// The generated functions, then these in place of the helpers below them.
const HELPERS: &str = include_str!("glue.js");
/// Where the helpers of the pinned wasm-bindgen begin.
const START: &str = "export function __wbindgen_init_externref_table()";

pub(super) fn slim(glue: &str) -> anyhow::Result<String> {
    let (functions, _) = glue
        .split_once(START)
        .context("wasm-bindgen's glue has another form: read xtask/src/tracker/glue.rs")?;
    Ok(format!("{functions}{HELPERS}"))
}
