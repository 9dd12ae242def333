//! What the whole carries and costs on one machine: each figure beside a reference that was measured in the same run.

mod bare;
mod direct;
mod embedded;
mod freshness;
mod import;
mod latencies;
mod load;
mod meter;
mod plan;
mod rabbitmq;
mod report;
mod request;
mod scene;
mod single;

use std::path::Path;

use anyhow::{Context, bail};

use crate::Warden;
use bare::Bare;
use plan::Plan;
use report::Report;

pub use bare::serve as serve_bare;
pub use import::{ImportSettings, import};

#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
pub struct Settings {
    /// A tenth of the time, to see that everything works; the figures are rough.
    #[arg(long)]
    pub short: bool,
    /// Only this topology.
    #[arg(long, value_enum)]
    pub only: Option<Only>,
    /// A setting of the parts, as in CLICKPATH_GROUPS_IN_FLIGHT=8; may be repeated.
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = setting)]
    pub set: Vec<(&'static str, String)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Only {
    Rabbitmq,
    Embedded,
}

/// Measures both topologies. An error when an event was lost or stored twice, or refused for want of room.
pub async fn run(settings: Settings) -> anyhow::Result<()> {
    let folder = tempfile::TempDir::with_prefix("clickpath-pipeline-").context("cannot make a temporary folder")?;
    let mut report = Report::default();
    let measured = tokio::select! {
        measured = measure(&settings, folder.path(), &mut report) => measured,
        _ = tokio::signal::ctrl_c() => Err(anyhow::anyhow!("stopped by Ctrl-C")),
    };
    if let Err(failed) = measured {
        let kept = folder.keep();
        return Err(failed.context(format!("logs and data are in {}", kept.display())));
    }
    report.end();
    match report.wrong() {
        [] => Ok(()),
        wrong => bail!("{}", wrong.join("; ")),
    }
}

async fn measure(settings: &Settings, folder: &Path, report: &mut Report) -> anyhow::Result<()> {
    let warden = Warden::start()?;
    let plan = Plan::new(settings.short);
    let bare = Bare::start().await?;
    let wants = |topology| settings.only.is_none_or(|only| only == topology);
    if wants(Only::Rabbitmq) {
        let place = (&*settings.set, folder.join("rabbitmq"));
        rabbitmq::measure(&plan, place, &bare, &warden, report).await?;
    }
    if wants(Only::Embedded) {
        let place = (&*settings.set, folder.join("embedded"));
        embedded::measure(&plan, place, &warden, report).await?;
    }
    Ok(())
}

fn setting(text: &str) -> Result<(&'static str, String), String> {
    let (name, value) = text.split_once('=').ok_or("is not NAME=VALUE")?;
    // Few, and for the life of the program.
    Ok((name.to_owned().leak(), value.to_owned()))
}
