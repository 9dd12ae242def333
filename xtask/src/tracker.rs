//! Builds the tracker into `dist/tracker`: the script a page includes, and the two files it loads.

mod glue;
mod shrink;
mod sizes;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest, Sha256, Sha384};
use wasm_bindgen_cli_support::Bindgen;

use crate::digest::{self, hexadecimal, read};
use crate::workspace;

/// What `build` leaves in `dist/tracker`, each file with `.gz` and `.br` beside it.
pub(crate) struct Built {
    pub(crate) loader: PathBuf,
    pub(crate) host: PathBuf,
    pub(crate) wasm: PathBuf,
}

const LOADER: &str = "tracker-wasm/loader/clickpath.js";
const HOST: &str = "tracker-wasm/host";
/// For those who write pages; no visitor downloads it.
const TYPES: &str = "tracker-wasm/clickpath.d.ts";

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
    sizes::report(root, &built)?;
    Ok(built)
}

/// As [`build`], and refuses what is larger than a visitor should download.
pub(crate) fn build_within_budget(root: &Path) -> anyhow::Result<()> {
    build(root)?;
    sizes::check(root)
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
    let files = vec![
        target.join(COMPILED),
        root.join(LOADER),
        root.join(TYPES),
        root.join("xtask/src/tracker.rs"),
        root.join("xtask/src/tracker/glue.js"),
        root.join("xtask/src/tracker/glue.rs"),
        root.join("xtask/src/tracker/shrink.rs"),
        root.join("xtask/src/tracker/compress.mjs"),
        root.join("e2e/package-lock.json"),
        root.join("Cargo.lock"),
    ];
    digest::fingerprint(files, &root.join(HOST))
}

/// The files of the last build, when they were made of the same inputs and are all there.
fn unchanged(folder: &Path, inputs: &str) -> anyhow::Result<Option<Built>> {
    let Ok(text) = fs::read_to_string(folder.join("sizes.json")) else {
        return Ok(None);
    };
    let sizes: serde_json::Value = serde_json::from_str(&text).context("dist/tracker/sizes.json is not JSON")?;
    let names = |index: usize| sizes["files"][index]["name"].as_str().map(|name| folder.join(name));
    let (Some(loader), Some(host), Some(wasm)) = (names(0), names(1), names(2)) else {
        return Ok(None);
    };
    let same = sizes["inputs"] == inputs && loader.exists() && host.exists() && wasm.exists();
    Ok(same.then_some(Built { loader, host, wasm }))
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
    shrink::drop_table(output.wasm_mut());
    shrink::blank_paths(output.wasm_mut(), &cargo_home()?);
    let imports = shrink::shorten_imports(output.wasm_mut());
    output.emit(&parts).context("wasm-bindgen cannot write its files")?;
    let glue_file = parts.join("tracker_wasm_bg.js");
    let glue = glue::slim(&fs::read_to_string(&glue_file)?)?;
    fs::write(&glue_file, glue).with_context(|| format!("cannot write {}", glue_file.display()))?;
    let imports_file = parts.join("imports.js");
    fs::write(&imports_file, imports).with_context(|| format!("cannot write {}", imports_file.display()))?;

    let small = parts.join("small.wasm");
    optimize(root, &parts.join("tracker_wasm_bg.wasm"), &small)?;
    let host = parts.join("host.js");
    bundle_host(root, &parts, &host)?;

    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("cannot clear {}", folder.display()))?;
    }
    fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let wasm = Part::new(&small, folder)?;
    let host = Part::new(&host, folder)?;
    let loader = folder.join("clickpath.js");
    bundle_loader(root, &host, &wasm, &loader)?;
    let types = folder.join("clickpath.d.ts");
    fs::copy(root.join(TYPES), &types).with_context(|| format!("cannot write {}", types.display()))?;
    let built = Built {
        loader,
        host: host.path,
        wasm: wasm.path,
    };
    compress(root, folder, inputs, &built)?;
    Ok(built)
}

/// A file that the loader loads: named by its content, and pinned by it.
struct Part {
    path: PathBuf,
    name: String,
    integrity: String,
}

impl Part {
    fn new(from: &Path, folder: &Path) -> anyhow::Result<Self> {
        let content = read(from)?;
        let extension = from
            .extension()
            .and_then(|extension| extension.to_str())
            .with_context(|| format!("{} has no extension", from.display()))?;
        let name = format!("t-{}.{extension}", &hexadecimal(&Sha256::digest(&content))[..16]);
        let path = folder.join(&name);
        fs::write(&path, &content).with_context(|| format!("cannot write {}", path.display()))?;
        let integrity = integrity(&content);
        Ok(Self { path, name, integrity })
    }
}

/// As the attribute `integrity` wants it (<https://www.w3.org/TR/SRI/>).
fn integrity(content: &[u8]) -> String {
    format!("sha384-{}", BASE64_STANDARD.encode(Sha384::digest(content)))
}

/// Twice: what constants are read shows when no dead code is left, and only whole segments tell whether they are.
fn optimize(root: &Path, from: &Path, to: &Path) -> anyhow::Result<()> {
    let run = |from: &Path, last: &[&str]| {
        let mut command = npm_tool(root, "wasm-opt");
        command.args(["-Oz", "--converge", "--strip-debug", "--strip-producers"]);
        workspace::run(command.args(last).arg(from).arg("-o").arg(to))
    };
    run(from, &["--skip-pass=memory-packing"])?;
    let mut module = walrus::Module::from_file(to).with_context(|| format!("{} is no module", to.display()))?;
    shrink::drop_unread(&mut module);
    module
        .emit_wasm_file(to)
        .with_context(|| format!("cannot write {}", to.display()))?;
    run(to, &["--strip-target-features"])
}

/// The page's side and the generated glue as one classic script.
fn bundle_host(root: &Path, parts: &Path, to: &Path) -> anyhow::Result<()> {
    let mut command = bundler(root);
    command.arg(root.join(HOST).join("main.js"));
    for (name, file) in [
        ("clickpath-glue", parts.join("tracker_wasm_bg.js")),
        ("clickpath-imports", parts.join("imports.js")),
        ("clickpath-host", root.join(HOST).join("page.js")),
    ] {
        command.arg(format!("--alias:{name}={}", file.display()));
    }
    workspace::run(command.arg(format!("--outfile={}", to.display())))
}

fn bundle_loader(root: &Path, host: &Part, wasm: &Part, to: &Path) -> anyhow::Result<()> {
    let mut command = bundler(root);
    command.arg(root.join(LOADER));
    for (name, value) in [
        ("HOST_FILE", &host.name),
        ("HOST_INTEGRITY", &host.integrity),
        ("WASM_FILE", &wasm.name),
        ("WASM_INTEGRITY", &wasm.integrity),
    ] {
        command.arg(format!("--define:{name}=\"{value}\""));
    }
    workspace::run(command.arg(format!("--outfile={}", to.display())))
}

fn bundler(root: &Path) -> Command {
    let mut command = npm_tool(root, "esbuild");
    command.args([
        "--bundle",
        "--minify",
        "--format=iife",
        "--target=es2022",
        "--charset=utf8",
        "--log-level=warning",
    ]);
    command
}

/// Writes the `.gz` and `.br` files and `sizes.json`.
fn compress(root: &Path, folder: &Path, inputs: &str, built: &Built) -> anyhow::Result<()> {
    let mut command = workspace::command(&["node"]);
    command.arg(root.join("xtask/src/tracker/compress.mjs"));
    command.arg(folder.join("sizes.json")).arg(inputs);
    workspace::run(command.arg(&built.loader).arg(&built.host).arg(&built.wasm))
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
