//! Builds the tracker into `dist/tracker`: the script a page includes, and the WASM file it loads.

mod shrink;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;
use sha2::{Digest, Sha256};
use wasm_bindgen_cli_support::Bindgen;

use crate::workspace;

/// What `build` leaves in `dist/tracker`, each file with `.gz` and `.br` beside it.
pub(crate) struct Built {
    pub(crate) script: PathBuf,
    pub(crate) wasm: PathBuf,
}

/// The tracker as cargo leaves it, before anything makes it small.
const COMPILED: &str = "wasm32-unknown-unknown/tracker/tracker_wasm.wasm";

/// Compiles, binds, shrinks and bundles; only compiles when nothing has changed since the last time.
pub(crate) fn build(root: &Path) -> anyhow::Result<Built> {
    let target = workspace::target()?;
    compile(&target)?;
    let folder = root.join("dist/tracker");
    let inputs = fingerprint(root, &target)?;
    let built = match unchanged(&folder, &inputs)? {
        Some(built) => built,
        None => assemble(root, &target, &folder, &inputs)?,
    };
    report(&folder)?;
    Ok(built)
}

fn compile(target: &Path) -> anyhow::Result<()> {
    let words = [
        "cargo",
        "build",
        "--profile",
        "tracker",
        "--target",
        "wasm32-unknown-unknown",
        "--package",
        "tracker-wasm",
    ];
    workspace::run(workspace::command(&words).arg("--target-dir").arg(target))
}

/// Changes with everything that the files in `dist/tracker` are made of.
fn fingerprint(root: &Path, target: &Path) -> anyhow::Result<String> {
    let files = [
        target.join(COMPILED),
        root.join("tracker-wasm/loader/clickpath.js"),
        root.join("xtask/src/tracker.rs"),
        root.join("xtask/src/tracker/shrink.rs"),
        root.join("xtask/src/tracker/compress.mjs"),
        root.join("e2e/package-lock.json"),
        root.join("Cargo.lock"),
    ];
    let mut digest = Sha256::new();
    for file in files {
        digest.update(Sha256::digest(read(&file)?));
    }
    Ok(hexadecimal(&digest.finalize()))
}

/// The files of the last build, when they were made of the same inputs and are all there.
fn unchanged(folder: &Path, inputs: &str) -> anyhow::Result<Option<Built>> {
    let Ok(text) = fs::read_to_string(folder.join("sizes.json")) else {
        return Ok(None);
    };
    let sizes: serde_json::Value = serde_json::from_str(&text).context("dist/tracker/sizes.json is not JSON")?;
    let names = |index: usize| sizes["files"][index]["name"].as_str().map(|name| folder.join(name));
    let (Some(script), Some(wasm)) = (names(0), names(1)) else {
        return Ok(None);
    };
    let same = sizes["inputs"] == inputs && script.exists() && wasm.exists();
    Ok(same.then_some(Built { script, wasm }))
}

fn assemble(root: &Path, target: &Path, folder: &Path, inputs: &str) -> anyhow::Result<Built> {
    let parts = target.join("tracker-parts");
    let mut bindgen = Bindgen::new();
    bindgen
        .input_path(target.join(COMPILED))
        .bundler(true)?
        .typescript(false);
    bindgen.remove_producers_section(true);
    let mut output = bindgen
        .generate_output()
        .context("wasm-bindgen cannot bind the tracker")?;
    shrink::cut_panics(output.wasm_mut());
    shrink::blank_paths(output.wasm_mut(), &cargo_home()?);
    let imports = shrink::shorten_imports(output.wasm_mut());
    output.emit(&parts).context("wasm-bindgen cannot write its files")?;
    let imports_file = parts.join("imports.js");
    fs::write(&imports_file, imports).with_context(|| format!("cannot write {}", imports_file.display()))?;

    let small = parts.join("small.wasm");
    optimize(root, &parts.join("tracker_wasm_bg.wasm"), &small)?;
    let wasm = read(&small)?;
    let name = format!("clickpath-{}.wasm", &hexadecimal(&Sha256::digest(&wasm))[..16]);

    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("cannot clear {}", folder.display()))?;
    }
    fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let built = Built {
        script: folder.join("clickpath.js"),
        wasm: folder.join(&name),
    };
    fs::write(&built.wasm, wasm).with_context(|| format!("cannot write {}", built.wasm.display()))?;
    bundle(root, &parts, &name, &built.script)?;
    compress(root, folder, inputs, &built)?;
    Ok(built)
}

fn optimize(root: &Path, from: &Path, to: &Path) -> anyhow::Result<()> {
    let mut command = npm_tool(root, "wasm-opt");
    command.args([
        "-Oz",
        "--converge",
        "--strip-debug",
        "--strip-producers",
        "--strip-target-features",
    ]);
    workspace::run(command.arg(from).arg("-o").arg(to))
}

/// Loader and generated glue as one classic script.
fn bundle(root: &Path, parts: &Path, wasm_name: &str, to: &Path) -> anyhow::Result<()> {
    let mut command = npm_tool(root, "esbuild");
    command.arg(root.join("tracker-wasm/loader/clickpath.js"));
    command.args([
        "--bundle",
        "--minify",
        "--format=iife",
        "--target=es2022",
        "--charset=utf8",
        "--log-level=warning",
    ]);
    for (name, file) in [
        ("clickpath-glue", "tracker_wasm_bg.js"),
        ("clickpath-imports", "imports.js"),
    ] {
        command.arg(format!("--alias:{name}={}", parts.join(file).display()));
    }
    command.arg(format!("--define:WASM_FILE=\"{wasm_name}\""));
    workspace::run(command.arg(format!("--outfile={}", to.display())))
}

/// Writes the `.gz` and `.br` files and `sizes.json`.
fn compress(root: &Path, folder: &Path, inputs: &str, built: &Built) -> anyhow::Result<()> {
    let mut command = workspace::command(&["node"]);
    command.arg(root.join("xtask/src/tracker/compress.mjs"));
    command.arg(folder.join("sizes.json")).arg(inputs);
    workspace::run(command.arg(&built.script).arg(&built.wasm))
}

#[expect(clippy::print_stdout, reason = "a build tool talks to the terminal")]
fn report(folder: &Path) -> anyhow::Result<()> {
    let text = fs::read_to_string(folder.join("sizes.json")).context("the tracker's sizes were not written")?;
    let sizes: serde_json::Value = serde_json::from_str(&text)?;
    println!("{:<32} {:>8} {:>8} {:>8}", "tracker, bytes", "raw", "gzip", "brotli");
    let files = sizes["files"].as_array().context("sizes.json names no files")?;
    for file in files.iter().chain([&sizes["total"]]) {
        let name = file["name"].as_str().unwrap_or("together");
        println!(
            "{name:<32} {:>8} {:>8} {:>8}",
            file["raw"], file["gzip"], file["brotli"]
        );
    }
    Ok(())
}

/// A program that `npm ci` put into `e2e/node_modules`.
fn npm_tool(root: &Path, name: &str) -> Command {
    Command::new(root.join("e2e/node_modules/.bin").join(name))
}

fn cargo_home() -> anyhow::Result<String> {
    let named = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = named.or_else(|| Some(std::env::home_dir()?.join(".cargo")));
    Ok(home.context("no home folder; set CARGO_HOME")?.display().to_string())
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
