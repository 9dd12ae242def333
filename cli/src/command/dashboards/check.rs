use anyhow::bail;
use dashboards::model::Tool;
use dashboards::{catalogue, grafana, metabase, sql, superset};
use serde_json::Value;
use warehouse::Warehouse;

use super::{Files, compare};
use crate::say::say;

#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct Settings {
    #[command(flatten)]
    files: Files,
    /// Ask ClickHouse every query too, of an hour of the year 2020.
    #[arg(long)]
    queries: bool,
    #[command(flatten)]
    warehouse: warehouse::Settings,
}

pub(crate) async fn run(settings: Settings) -> anyhow::Result<()> {
    compare(&settings.files)?;
    say("files: as sql/metrics says");
    if !settings.queries {
        return Ok(());
    }
    let warehouse = Warehouse::new(&settings.warehouse);
    let (mut asked, mut failed) = (0, 0);
    for (name, query) in queries(&settings.files.connection.default_site) {
        asked += 1;
        if let Err(error) = warehouse.rows::<Value>(&query, &[]).await {
            failed += 1;
            say(&format!("{name}: {error}"));
        }
    }
    say(&format!("queries: {asked} asked, {failed} refused"));
    if failed > 0 {
        bail!("{failed} of {asked} queries were refused");
    }
    Ok(())
}

fn queries(site: &str) -> Vec<(String, String)> {
    const FROM_MS: i64 = 1_577_836_800_000;
    const HOUR_MS: i64 = 3_600_000;
    let period = ("2020-01-01 00:00:00", "2020-01-01 01:00:00");
    let days = Some(("2020-01-01", "2020-01-01"));
    let mut queries = Vec::new();
    let tools = [
        (Tool::Grafana, grafana::asked()),
        (Tool::Metabase, metabase::asked()),
        (Tool::Superset, superset::asked()),
    ];
    for (tool, asked) in tools {
        for dashboard in catalogue::of(tool) {
            for card in dashboard.cards() {
                let Some(query) = sql::query(card, &asked) else {
                    continue;
                };
                let query = match tool {
                    Tool::Grafana => grafana::substituted(&query, site, "UTC", false, (FROM_MS, FROM_MS + HOUR_MS)),
                    Tool::Metabase => metabase::substituted(&query, site, "UTC", false, days),
                    Tool::Superset => superset::substituted(&query, site, "UTC", false, period),
                };
                queries.push((format!("{tool:?} {}", dashboard.card_key(card)), query));
            }
        }
    }
    queries
}
