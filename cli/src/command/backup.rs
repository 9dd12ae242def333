use std::time::Duration;

use tokio::time::Instant;
use warehouse::Warehouse;
use warehouse::backup::BackupProgress;

use crate::say::say;

const SAY_EVERY: Duration = Duration::from_secs(10);

#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct Settings {
    #[command(flatten)]
    pub(crate) warehouse: warehouse::Settings,
    #[command(flatten)]
    backup: warehouse::backup::Settings,
    /// Name of the backup; letters, digits, - and _. One of that name must not be there.
    name: String,
}

#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct RestoreSettings {
    #[command(flatten)]
    pub(crate) warehouse: warehouse::Settings,
    #[command(flatten)]
    backup: warehouse::backup::Settings,
    /// Name of the backup. The database (CLICKHOUSE_DATABASE) must have no tables.
    name: String,
}

pub(crate) async fn run(settings: Settings) -> anyhow::Result<()> {
    let warehouse = Warehouse::new(&settings.warehouse);
    warehouse.backup(&settings.backup, &settings.name, watch()).await?;
    say(&format!(
        "backup {} of {} is complete",
        settings.name,
        warehouse.database()
    ));
    Ok(())
}

pub(crate) async fn restore(settings: RestoreSettings) -> anyhow::Result<()> {
    let warehouse = Warehouse::new(&settings.warehouse);
    let restored = warehouse.restore(&settings.backup, &settings.name, watch()).await?;
    for (table, rows) in restored.rows {
        say(&format!("{table:<24} {rows:>14}"));
    }
    if !restored.pending.is_empty() {
        say("the backup is of an earlier program: run clickpath migrate");
    }
    Ok(())
}

/// A log line now and then.
fn watch() -> impl FnMut(&BackupProgress) {
    let mut said = Instant::now();
    move |progress| {
        if said.elapsed() > SAY_EVERY {
            let BackupProgress {
                status,
                files,
                bytes,
                bytes_read,
                ..
            } = progress;
            tracing::info!(status, files, bytes, bytes_read, "the server works on it");
            said = Instant::now();
        }
    }
}
