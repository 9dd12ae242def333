//! Makes a fresh machine ready: installs what it may, and names what it may not.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use anyhow::{Context, bail, ensure};

use crate::{fetch, workspace};

/// A program from Debian that tests need.
struct DebianPackage {
    name: &'static str,
    installed_file: &'static str,
}

const FOR_TESTS: [DebianPackage; 5] = [
    DebianPackage {
        name: "chromium",
        installed_file: "/usr/bin/chromium",
    },
    DebianPackage {
        name: "firefox-esr",
        installed_file: "/usr/bin/firefox-esr",
    },
    // Renders deploy/kubernetes.
    DebianPackage {
        name: "kubernetes-client",
        installed_file: "/usr/bin/kubectl",
    },
    // With promtool.
    DebianPackage {
        name: "prometheus",
        installed_file: "/usr/bin/promtool",
    },
    DebianPackage {
        name: "rabbitmq-server",
        installed_file: "/usr/sbin/rabbitmq-server",
    },
];

/// What running needs: the build's tools, the engine and the GeoIP file.
pub(crate) fn for_running() -> anyhow::Result<()> {
    for_building()?;
    fetch::run(fetch::Wanted::Everything)
}

/// What building needs: the wasm target and npm's build tools.
pub(crate) fn for_building() -> anyhow::Result<()> {
    ensure!(workspace::has("node"), "node is missing: install Node.js 20 or later");
    ensure!(workspace::has("npm"), "npm is missing: install it with Node.js");
    wasm_target()?;
    npm_packages("e2e")
}

/// What the tests need on top: browsers, a broker, Prometheus and a client made of the OpenAPI document.
pub(crate) fn for_testing() -> anyhow::Result<()> {
    for_running()?;
    nextest()?;
    python_packages()?;
    debian_packages()
}

/// Version that `cargo install` builds where there is none.
const NEXTEST_VERSION: &str = "0.9.143";

fn nextest() -> anyhow::Result<()> {
    if workspace::has("cargo-nextest") {
        return Ok(());
    }
    let install = [
        "cargo",
        "install",
        "--locked",
        "cargo-nextest",
        "--version",
        NEXTEST_VERSION,
    ];
    workspace::run(&mut workspace::command(&install))
}

/// A virtual environment with exactly what `e2e/requirements.txt` names; its copy in there tells whether it is up to date.
fn python_packages() -> anyhow::Result<()> {
    ensure!(
        workspace::has("python3"),
        "python3 is missing: install Python 3.10 or later"
    );
    let folder = workspace::root().join("e2e");
    let (wanted, installed) = (folder.join("requirements.txt"), folder.join(".venv/requirements.txt"));
    if fs::read(&installed).is_ok_and(|installed| fs::read(&wanted).is_ok_and(|wanted| wanted == installed)) {
        return Ok(());
    }
    // On Debian this part of Python is a package of its own: python3-venv.
    workspace::run(workspace::command(&["python3", "-m", "venv", "--clear", ".venv"]).current_dir(&folder))?;
    let install = [
        ".venv/bin/pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--requirement",
        "requirements.txt",
    ];
    workspace::run(workspace::command(&install).current_dir(&folder))?;
    fs::copy(&wanted, &installed).with_context(|| format!("cannot write {}", installed.display()))?;
    Ok(())
}

fn debian_packages() -> anyhow::Result<()> {
    let missing: Vec<&str> = FOR_TESTS
        .iter()
        .filter(|package| !Path::new(package.installed_file).exists())
        .map(|package| package.name)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let install = format!(
        "apt-get update && apt-get install --yes --no-install-recommends {}",
        missing.join(" ")
    );
    if !workspace::has("apt-get") || !is_root()? {
        bail!("missing: {}. On Debian, as root: {install}", missing.join(", "));
    }
    workspace::run(workspace::command(&["sh", "-c", &install]).env("DEBIAN_FRONTEND", "noninteractive"))
}

fn wasm_target() -> anyhow::Result<()> {
    let sysroot = workspace::command(&["rustc", "--print", "sysroot"]).output()?;
    let sysroot = String::from_utf8(sysroot.stdout)?;
    if Path::new(sysroot.trim())
        .join("lib/rustlib/wasm32-unknown-unknown")
        .exists()
    {
        return Ok(());
    }
    ensure!(
        workspace::has("rustup"),
        "the target wasm32-unknown-unknown is missing and there is no rustup to add it"
    );
    workspace::run(&mut workspace::command(&[
        "rustup",
        "target",
        "add",
        "wasm32-unknown-unknown",
    ]))
}

/// Of the folder with this name. The lock file pins versions and integrity; npm's own copy of it tells whether they are up to date.
pub(crate) fn npm_packages(folder: &str) -> anyhow::Result<()> {
    let folder = workspace::root().join(folder);
    let modified = |path: &Path| path.metadata().and_then(|metadata| metadata.modified());
    let wanted = modified(&folder.join("package-lock.json"))?;
    if modified(&folder.join("node_modules/.package-lock.json")).is_ok_and(|installed| installed >= wanted) {
        return Ok(());
    }
    workspace::run(workspace::command(&["npm", "ci", "--no-fund", "--no-audit"]).current_dir(folder))
}

fn is_root() -> anyhow::Result<bool> {
    let id = workspace::command(&["id", "-u"]).stderr(Stdio::inherit()).output()?;
    Ok(id.stdout.trim_ascii() == b"0")
}
