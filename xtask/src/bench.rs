//! `cargo xtask bench <name>`: a table for people, and one JSON object as the last line.

use crate::{setup, workspace};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    name: Bench,
    /// Passed on to the benchmark.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<String>,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Bench {
    Gateway,
    Loader,
    Event,
    Enrich,
    Queue,
    EmbeddedClickhouse,
}

impl Bench {
    /// Package and benchmark target.
    fn target(self) -> (&'static str, &'static str) {
        match self {
            Self::Gateway => ("gateway", "gateway"),
            Self::Loader => ("loader", "loader"),
            Self::Event => ("event", "decode"),
            Self::Enrich => ("enrich", "enrich"),
            Self::Queue => ("queue", "publish"),
            Self::EmbeddedClickhouse => ("embedded-clickhouse", "http"),
        }
    }
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    setup::for_running()?;
    let (package, bench) = arguments.name.target();
    let mut command = workspace::command(&["cargo", "bench", "--package", package, "--bench", bench, "--"]);
    workspace::run(command.args(&arguments.rest))
}
