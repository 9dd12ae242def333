//! Logs go to standard error, standard output is for answers.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use crate::exit::Usage;

#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct Settings {
    /// What to log: a level, or levels by target, for example info,gateway=debug.
    #[arg(
        long,
        env = "CLICKPATH_LOG",
        default_value = "info,lapin=warn",
        global = true,
        help_heading = "Logging"
    )]
    log: String,
    /// How a line looks.
    #[arg(long, env = "CLICKPATH_LOG_FORMAT", value_enum, default_value_t = Format::Text, global = true, help_heading = "Logging")]
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
        let lines = tracing_subscriber::fmt()
            .with_env_filter(self.filter()?)
            .with_writer(client::LogLines::default);
        let lines = lines.with_ansi(std::io::stderr().is_terminal());
        match self.log_format {
            Format::Text => lines.init(),
            Format::Json => lines.json().init(),
        }
        Ok(())
    }

    fn filter(&self) -> anyhow::Result<EnvFilter> {
        // Its warnings hold the returned message's body, and that is visitors' data. The queue tells of a return without it.
        let levels = format!("{},lapin::returned_messages=error", self.log);
        Ok(EnvFilter::try_new(levels).map_err(|wrong| Usage(format!("--log {:?}: {wrong}", self.log)))?)
    }
}

#[cfg(test)]
mod tests {
    use tracing::Level;
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

    #[test]
    fn never_logs_bodies_of_returned_messages() {
        for log in ["info,lapin=warn", "trace", ""] {
            let settings = Settings {
                log: log.to_owned(),
                log_format: Format::Text,
            };
            let subscriber = tracing_subscriber::registry().with(settings.filter().unwrap());
            tracing::subscriber::with_default(subscriber, || {
                assert!(
                    !tracing::enabled!(target: "lapin::returned_messages", Level::WARN),
                    "{log}"
                );
                let is_told = tracing::enabled!(target: "lapin::io_loop", Level::WARN);
                assert_eq!(is_told, !log.is_empty());
            });
        }
    }
}
