//! Builds the overlay into `dist/overlay`: a script of a fixed name, which the tracker's loader imports, and the module that it loads.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, ensure};
use sha2::{Digest, Sha256};
use wasm_bindgen_cli_support::Bindgen;

use crate::digest::{self, hexadecimal, read};
use crate::workspace;

const HOST: &str = "overlay-wasm/host";
/// As the loader imports it.
const SCRIPT: &str = "overlay.js";
const COMPILED: &str = "wasm32-unknown-unknown/tracker/overlay_wasm.wasm";
/// Brotli bytes of both files: an operator waits for them.
const BUDGET_BYTES: u64 = 120_000;

/// Compiles, binds, shrinks and bundles; only compiles when nothing has changed since the last time.
pub(crate) fn build(root: &Path) -> anyhow::Result<()> {
    let target = workspace::target()?;
    let words = [
        "cargo",
        "build",
        "--profile",
        "tracker",
        "--target",
        "wasm32-unknown-unknown",
        "--package",
        "overlay-wasm",
    ];
    workspace::run(workspace::command(&words).arg("--target-dir").arg(&target))?;
    let folder = root.join("dist/overlay");
    let inputs = fingerprint(root, &target)?;
    let known = fs::read_to_string(folder.join("sizes.json")).is_ok_and(|text| text.contains(&inputs));
    if !(known && folder.join(SCRIPT).exists()) {
        assemble(root, &target, &folder, &inputs)?;
    }
    report(&folder)
}

/// Changes with everything that the files are made of.
fn fingerprint(root: &Path, target: &Path) -> anyhow::Result<String> {
    let files = vec![
        target.join(COMPILED),
        root.join("tracker-wasm/host/chosen.js"),
        root.join("tracker-wasm/host/naming.js"),
        root.join("xtask/src/overlay.rs"),
        root.join("e2e/package-lock.json"),
    ];
    digest::fingerprint(files, &root.join(HOST))
}

fn assemble(root: &Path, target: &Path, folder: &Path, inputs: &str) -> anyhow::Result<()> {
    let parts = target.join("overlay-parts");
    let mut bindgen = Bindgen::new();
    bindgen
        .input_path(target.join(COMPILED))
        .web(true)?
        .typescript(false)
        .omit_default_module_path(true)
        .remove_producers_section(true);
    bindgen
        .generate(&parts)
        .context("wasm-bindgen cannot bind the overlay")?;
    let small = parts.join("small.wasm");
    let mut optimize = npm_tool(root, "wasm-opt");
    optimize.args(["-Oz", "--strip-debug", "--strip-producers", "--strip-target-features"]);
    workspace::run(optimize.arg(parts.join("overlay_wasm_bg.wasm")).arg("-o").arg(&small))?;

    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("cannot clear {}", folder.display()))?;
    }
    fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let module = read(&small)?;
    let name = format!("overlay-{}.wasm", &hexadecimal(&Sha256::digest(&module))[..16]);
    let wasm = folder.join(&name);
    fs::write(&wasm, module).with_context(|| format!("cannot write {}", wasm.display()))?;
    let script = folder.join(SCRIPT);
    bundle(root, &parts, &name, &script)?;

    let mut compress = workspace::command(&["node"]);
    compress.arg(root.join("xtask/src/tracker/compress.mjs"));
    compress.arg(folder.join("sizes.json")).arg(inputs);
    workspace::run(compress.arg(&script).arg(&wasm))
}

/// The generated glue and the overlay's own script, with the tracker's naming, as one module.
fn bundle(root: &Path, parts: &Path, wasm: &str, to: &Path) -> anyhow::Result<()> {
    let mut command = npm_tool(root, "esbuild");
    command.args([
        "--bundle",
        "--minify",
        "--format=esm",
        "--target=es2022",
        "--charset=utf8",
        "--log-level=warning",
        // The glue names a module once for each of its functions.
        "--log-override:duplicate-object-key=silent",
    ]);
    command.arg(root.join(HOST).join("main.js"));
    for (name, file) in [
        ("overlay-glue", parts.join("overlay_wasm.js")),
        ("clickpath-find", root.join(HOST).join("find.js")),
    ] {
        command.arg(format!("--alias:{name}={}", file.display()));
    }
    command.arg(format!("--define:WASM_FILE=\"{wasm}\""));
    workspace::run(command.arg(format!("--outfile={}", to.display())))
}

#[expect(clippy::print_stdout, reason = "a build tool talks to the terminal")]
fn report(folder: &Path) -> anyhow::Result<()> {
    let text = fs::read_to_string(folder.join("sizes.json")).context("the overlay's sizes were not written")?;
    let sizes: serde_json::Value = serde_json::from_str(&text)?;
    let total = &sizes["total"];
    println!(
        "{:<32} {:>8} {:>8} {:>8}",
        "overlay, bytes", total["raw"], total["gzip"], total["brotli"]
    );
    let brotli = total["brotli"].as_u64().context("sizes.json has no total")?;
    ensure!(
        brotli <= BUDGET_BYTES,
        "the overlay has {brotli} bytes, its budget is {BUDGET_BYTES}"
    );
    Ok(())
}

/// A program that `npm ci` put into `e2e/node_modules`.
fn npm_tool(root: &Path, name: &str) -> Command {
    Command::new(root.join("e2e/node_modules/.bin").join(name))
}
