use std::path::PathBuf;

use clap::Parser;

use crate::server::KINDS;

/// CPU of one request and one event, beside a bare handler in the same run.
#[derive(Debug, Parser)]
pub(crate) struct Options {
    /// Events of each request, a table for each.
    #[arg(long, value_delimiter = ',', default_values_t = [1, 20])]
    pub(crate) batches: Vec<usize>,
    /// Servers besides the bare one.
    #[arg(long, value_delimiter = ',', default_values_t = KINDS[1..].iter().map(ToString::to_string))]
    pub(crate) servers: Vec<String>,
    #[arg(long, default_value_t = 7)]
    pub(crate) rounds: usize,
    /// Milliseconds of each round and server.
    #[arg(long, default_value_t = 1_500)]
    pub(crate) round_ms: u64,
    /// Another build of this benchmark, such as one from before a change: its servers are measured in the same rounds.
    #[arg(long)]
    pub(crate) beside: Option<PathBuf>,
    /// Serve instead of measuring; the benchmark starts itself with this.
    #[arg(long, hide = true)]
    pub(crate) serve: Option<String>,
    /// What `cargo bench` passes.
    #[arg(long, hide = true)]
    bench: bool,
}
