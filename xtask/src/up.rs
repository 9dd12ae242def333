//! `cargo xtask up`: from a fresh clone to a working shop.

use std::os::unix::process::CommandExt;

use anyhow::Context;

use crate::{fetch, overlay, setup, tracker, web, workspace};

const GEOIP_VARIABLE: &str = "CLICKPATH_GEOIP_FILE";

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Build with optimisations: slower to start the first time, for loads that matter.
    #[arg(long)]
    release: bool,
    /// Passed on to `clickpath up`; see `clickpath up --help`.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    up: Vec<String>,
}

/// Ends by becoming `clickpath up`, so that Ctrl-C and signals reach it alone.
pub(crate) fn run(arguments: Arguments) -> anyhow::Result<()> {
    setup::for_running()?;
    tracker::build(workspace::root())?;
    overlay::build(workspace::root())?;
    web::build(workspace::root())?;
    let profile = if arguments.release { "release" } else { "dev" };
    workspace::run(&mut workspace::command(&[
        "cargo",
        "build",
        "--package",
        "clickpath",
        "--profile",
        profile,
    ]))?;
    let folder = if arguments.release { "release" } else { "debug" };
    let program = workspace::target()?.join(folder).join("clickpath");
    let mut up = workspace::command(&[program.to_str().context("the target folder's path is not UTF-8")?, "up"]);
    if std::env::var_os(GEOIP_VARIABLE).is_none() {
        up.env(GEOIP_VARIABLE, fetch::geoip_file()?);
    }
    Err(up.args(arguments.up).exec()).with_context(|| format!("cannot start {}", program.display()))
}
