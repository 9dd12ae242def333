//! `rig`: started by `cargo xtask chaos`, `cargo xtask bench pipeline` and `bench import`.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;

/// The bare handler is compared with the binary `clickpath`, which has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

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
    /// Measure throughput, cost, latency and freshness of the whole.
    Pipeline(rig::pipeline::Settings),
    /// Measure `clickpath import` into `clickpath up`, from the file to the rows.
    Import(rig::pipeline::ImportSettings),
    /// Serve the handler that the gateway is compared with; `pipeline` starts it.
    #[command(hide = true)]
    ServeBare,
}

#[tokio::main]
async fn main() -> ExitCode {
    let lines = tracing_subscriber::fmt().with_env_filter(EnvFilter::new("warn,lapin=off"));
    lines.with_writer(std::io::stderr).init();
    let ran = match Arguments::parse().command {
        Command::Chaos(settings) => rig::chaos::run(settings).await,
        Command::Pipeline(settings) => rig::pipeline::run(settings).await,
        Command::Import(settings) => rig::pipeline::import(settings).await,
        Command::ServeBare => rig::pipeline::serve_bare().await,
    };
    match ran {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
