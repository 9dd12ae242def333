//! `clickpath dashboards`: Metabase, Superset and Grafana from the one catalogue of metrics.

mod check;

use std::path::PathBuf;

use anyhow::{Context, bail};
use dashboards::files::{self, Difference};
use dashboards::{Connection, grafana, metabase, superset};

use crate::say::say;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Write every tool's files from `sql/metrics/`.
    Generate(Files),
    /// Compare the files with `sql/metrics/`, and ask ClickHouse every query in each tool's words.
    Check(check::Settings),
    /// Bring dashboards into a running tool; a second run changes them in place.
    #[command(subcommand)]
    Provision(Provision),
}

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Provision {
    /// Metabase 54 or later, an empty one too: setup, database, questions, dashboards.
    Metabase(metabase::Settings),
    /// Superset: import of the bundle.
    Superset(superset::Settings),
    /// Grafana: datasources, folder, dashboards.
    Grafana(grafana::Settings),
}

#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct Files {
    /// Folder that holds grafana/, metabase/ and superset/; other files in those three are removed.
    #[arg(long, env = "CLICKPATH_DASHBOARDS_DIR", default_value = "dashboards")]
    dir: PathBuf,
    #[command(flatten)]
    connection: Connection,
}

pub(crate) async fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Generate(files) => generate(&files),
        Command::Check(settings) => check::run(settings).await,
        Command::Provision(Provision::Metabase(settings)) => {
            let done = metabase::provision(&settings).await?;
            say(&format!("{} created, {} updated", done.created, done.updated));
            list(&settings.url, &done.dashboards);
            Ok(())
        }
        Command::Provision(Provision::Superset(settings)) => {
            list(&settings.url, &superset::provision(&settings).await?);
            Ok(())
        }
        Command::Provision(Provision::Grafana(settings)) => {
            list(&settings.url, &grafana::provision(&settings).await?);
            Ok(())
        }
    }
}

fn list(url: &str, dashboards: &[String]) {
    for path in dashboards {
        say(&format!("{}{path}", url.trim_end_matches('/')));
    }
}

fn generate(settings: &Files) -> anyhow::Result<()> {
    let directory = &settings.dir;
    let done = files::write(directory, &settings.connection)
        .with_context(|| format!("cannot write below {}", directory.display()))?;
    for difference in &done {
        say(&text(difference));
    }
    say(&format!(
        "{} files, {} changed",
        files::generate(&settings.connection).len(),
        done.len()
    ));
    Ok(())
}

fn text(difference: &Difference) -> String {
    match difference {
        Difference::Missing(path) => format!("missing: {}", path.display()),
        Difference::Changed(path) => format!("differs: {}", path.display()),
        Difference::Foreign(path) => format!("not generated: {}", path.display()),
    }
}

fn compare(settings: &Files) -> anyhow::Result<()> {
    let directory = &settings.dir;
    let found = files::differences(directory, &settings.connection)
        .with_context(|| format!("cannot read below {}", directory.display()))?;
    if found.is_empty() {
        return Ok(());
    }
    for difference in &found {
        say(&text(difference));
    }
    bail!(
        "{} files are not what sql/metrics says; `clickpath dashboards generate` writes them",
        found.len()
    )
}
