//! Logs go to standard error, standard output is for answers.

use std::io::IsTerminal;

use anyhow::Context;
use tracing_subscriber::EnvFilter;

#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct Settings {
    /// What to log: a level, or levels by target, for example info,gateway=debug.
    #[arg(long, env = "CLICKPATH_LOG", default_value = "info,lapin=warn", global = true)]
    log: String,
    /// How a line looks.
    #[arg(long, env = "CLICKPATH_LOG_FORMAT", value_enum, default_value_t = Format::Text, global = true)]
    log_format: Format,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

impl Settings {
    pub(crate) fn start(&self) -> anyhow::Result<()> {
        let filter = EnvFilter::try_new(&self.log).with_context(|| format!("--log {:?}", self.log))?;
        let lines = tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_writer(std::io::stderr);
        let lines = lines.with_ansi(std::io::stderr().is_terminal());
        match self.log_format {
            Format::Text => lines.init(),
            Format::Json => lines.json().init(),
        }
        Ok(())
    }
}
