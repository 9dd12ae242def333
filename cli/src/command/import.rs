use std::process::ExitCode;

use importer::Outcome;
use tokio_util::sync::CancellationToken;

use crate::say::say;
use crate::trusted_key;

/// Some rows were refused, all others imported.
const REFUSED_ROWS: u8 = 3;

#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct Settings {
    #[command(flatten)]
    importer: importer::Settings,
    #[command(flatten)]
    trusted_key: trusted_key::Settings,
}

/// 0 when every row was imported, 3 when some were refused, 2 when command line or mapping are wrong; an error, which is 1, when
/// not all rows have an answer.
pub(crate) async fn run(settings: Settings, shutdown: CancellationToken) -> anyhow::Result<ExitCode> {
    let Settings {
        mut importer,
        trusted_key,
    } = settings;
    if importer.dry_run.is_none() {
        trusted_key.complete(&mut importer.client)?;
    }
    match importer::run(&importer, gateway::now(), shutdown, &mut say).await {
        Ok(Outcome { refused: 0, .. }) => Ok(ExitCode::SUCCESS),
        Ok(_) => Ok(ExitCode::from(REFUSED_ROWS)),
        Err(error) => Err(error.into()),
    }
}
