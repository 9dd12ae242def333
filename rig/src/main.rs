//! `rig`: started by `cargo xtask chaos`.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;

#[derive(Parser)]
#[command(name = "rig", about = "The whole pipeline out of real parts on loopback.")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Break every part under load, then count every row.
    Chaos(rig::chaos::Settings),
}

#[tokio::main]
async fn main() -> ExitCode {
    let lines = tracing_subscriber::fmt().with_env_filter(EnvFilter::new("warn,lapin=off"));
    lines.with_writer(std::io::stderr).init();
    let ran = match Arguments::parse().command {
        Command::Chaos(settings) => rig::chaos::run(settings).await,
    };
    match ran {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
