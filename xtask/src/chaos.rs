//! `cargo xtask chaos`: the whole pipeline, broken under load and counted.

use crate::{setup, test, workspace};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Release builds of all parts instead of debug builds.
    #[arg(long)]
    release: bool,
    /// Passed on: --short, --seed, --minutes, --only, --folder; see `--help` there.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<String>,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    setup::for_testing()?;
    let mut build = workspace::command(test::BUILD);
    let profile = match arguments.release {
        true => {
            build.arg("--release");
            "release"
        }
        false => "debug",
    };
    workspace::run(&mut build)?;
    rig(profile, &arguments.rest)
}

/// The step of `cargo xtask test`, out of the debug builds that are there.
pub(crate) fn short() -> anyhow::Result<()> {
    rig("debug", &["--short".to_owned()])
}

fn rig(profile: &str, arguments: &[String]) -> anyhow::Result<()> {
    let rig = workspace::target()?.join(profile).join("rig");
    let mut command = std::process::Command::new(rig);
    workspace::run(command.arg("chaos").args(arguments).current_dir(workspace::root()))
}
