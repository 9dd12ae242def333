//! Breaks every part of the pipeline under load, then counts every row.

mod fault;
mod phase;
mod plan;
mod progress;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::Warden;
use crate::random::Random;
use phase::Outcome;
use plan::{Length, PhasePlan, lanes};
use progress::{Teller, say};

#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
pub struct Settings {
    /// Two minutes instead of ten: each fault once, in the form that takes least time.
    #[arg(long)]
    pub short: bool,
    /// The same seed breaks the same parts in the same order; without it one is chosen and printed.
    #[arg(long)]
    pub seed: Option<u64>,
    /// Minutes of load in all phases together, in the long form.
    #[arg(long, default_value = "10", conflicts_with = "short")]
    pub minutes: u64,
    /// Folder for logs and data, removed after a success; without it a temporary one.
    #[arg(long)]
    pub folder: Option<PathBuf>,
    /// Only the phase of this name.
    #[arg(long)]
    pub only: Option<String>,
}

/// Runs all phases. An error, after the last line, when anything is lost, duplicated or counted wrong; the folder is kept then.
pub async fn run(settings: Settings) -> anyhow::Result<()> {
    let seed = settings
        .seed
        .unwrap_or_else(|| crate::clock::now_ms().unsigned_abs() % 1_000_000);
    let temporary = tempfile::TempDir::with_prefix("clickpath-chaos-").context("cannot make a temporary folder")?;
    let folder = settings.folder.clone().unwrap_or_else(|| temporary.path().to_owned());
    say(&format!("seed {seed}, folder {}", folder.display()));
    let length = match settings.short {
        true => Length::Short,
        false => Length::Long(Duration::from_secs(60 * settings.minutes)),
    };
    let outcomes = match run_lanes(&settings, length, seed, &folder).await {
        Ok(outcomes) => outcomes,
        Err(error) => {
            let kept = temporary.keep();
            say(&format!(
                "logs and data are in {}",
                settings.folder.unwrap_or(kept).display()
            ));
            return Err(error.context(format!("seed {seed}")));
        }
    };
    let total = outcomes
        .iter()
        .fold(Outcome::default(), |total, outcome| total.and(outcome));
    let is_good = outcomes.iter().all(|outcome| outcome.is_good);
    if !is_good {
        let kept = temporary.keep();
        say(&format!(
            "logs and data are in {}",
            settings.folder.unwrap_or(kept).display()
        ));
    }
    say(&total.line());
    if !is_good {
        bail!("the pipeline did not keep its word; seed {seed}");
    }
    Ok(())
}

async fn run_lanes(settings: &Settings, length: Length, seed: u64, folder: &Path) -> anyhow::Result<Vec<Outcome>> {
    let warden = Warden::start()?;
    let started = Instant::now();
    let mut running = JoinSet::new();
    for mut lane in lanes(length, &mut Random::new(seed)) {
        lane.retain(|plan| settings.only.as_ref().is_none_or(|only| *only == plan.name));
        running.spawn(run_lane(lane, folder.to_owned(), warden.clone(), started));
    }
    let all = async {
        let mut outcomes = Vec::new();
        while let Some(lane) = running.join_next().await {
            outcomes.extend(lane??);
        }
        Ok(outcomes)
    };
    let ended = tokio::select! {
        ended = all => ended,
        _ = tokio::signal::ctrl_c() => Err(anyhow!("stopped by Ctrl-C")),
    };
    // Whatever still runs is killed before anyone hears of the end.
    running.shutdown().await;
    ended
}

async fn run_lane(
    plans: Vec<PhasePlan>,
    folder: PathBuf,
    warden: Warden,
    started: Instant,
) -> anyhow::Result<Vec<Outcome>> {
    let mut outcomes = Vec::new();
    for plan in plans {
        let name = plan.name;
        let outcome = phase::run(plan, &folder.join(name), &warden, &Teller::new(name, started)).await;
        outcomes.push(outcome.with_context(|| format!("phase {name}"))?);
    }
    Ok(outcomes)
}

impl Outcome {
    fn line(&self) -> String {
        json!({"chaos": {
            "kills": self.kills,
            "lost": self.lost,
            "duplicated": self.duplicated,
            "marts_equal": self.marts_equal,
        }})
        .to_string()
    }
}
