use anyhow::bail;
use tokio_util::sync::CancellationToken;

use crate::say::{ReaderLeft, say};
use crate::trusted_key;

#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct Settings {
    #[command(flatten)]
    generator: generator::Settings,
    #[command(flatten)]
    trusted_key: trusted_key::Settings,
}

/// Fails when the signal came before the last of a count.
pub(crate) async fn run(settings: Settings, shutdown: CancellationToken) -> anyhow::Result<()> {
    let Settings {
        mut generator,
        trusted_key,
    } = settings;
    if generator.to == generator::Target::Http {
        trusted_key.complete(&mut generator.gateway)?;
    }
    let answer_is_the_events = generator.writes_to_stdout();
    let count = generator.count;
    let summary = match generator::run(generator, gateway::now(), shutdown).await {
        Err(left) if answer_is_the_events && left.is_broken_pipe() => return Err(ReaderLeft.into()),
        summary => summary?,
    };
    if answer_is_the_events {
        tracing::info!("{summary}");
    } else {
        say(&summary.to_string());
    }
    match summary.done() < count {
        true => bail!("stopped after {} of {count} events", summary.done()),
        false => Ok(()),
    }
}
