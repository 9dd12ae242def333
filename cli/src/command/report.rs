//! `clickpath report`: the gateway's reports in a terminal.

mod cell;
mod chart;
mod fetch;
mod list;
mod table;

use std::io::{IsTerminal, Write};

use anyhow::Context;
use reqwest::Url;

use fetch::Gateway;

#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct Settings {
    /// The metric; without it all of them are listed.
    metric: Option<String>,
    /// The metric's own parameters, for example steps=page_view,order_paid.
    #[arg(value_name = "NAME=VALUE", value_parser = pair)]
    parameters: Vec<(String, String)>,
    /// Address of a gateway, for example http://127.0.0.1:8080.
    #[arg(long, env = "CLICKPATH_GATEWAY_URL", default_value = "http://127.0.0.1:8080")]
    gateway_url: Url,
    /// A key of the scope read, where the gateway wants one.
    #[arg(long, env = "CLICKPATH_KEY", hide_env_values = true)]
    key: Option<String>,
    /// Whose events; without it the gateway's default site.
    #[arg(long)]
    site: Option<String>,
    /// Begin of the period: a date, an RFC 3339 moment, milliseconds since 1970, or a time ago such as 15m, 2h, 7d.
    #[arg(long)]
    from: Option<String>,
    /// End of the period, not part of it; a date counts whole; now without it.
    #[arg(long)]
    to: Option<String>,
    /// Time zone in which days begin, for example Europe/Berlin; UTC without it.
    #[arg(long)]
    tz: Option<String>,
    /// Count bots too.
    #[arg(long)]
    bots: bool,
    /// Rows at most, 1 to 10000; 100 without it. Metrics with one row for each day, minute or step show them all.
    #[arg(long)]
    limit: Option<u32>,
    /// How it is shown.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// The column a chart draws; without it what the metric measures.
    #[arg(long)]
    column: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Table,
    /// A bar for each row, or a line of time.
    Chart,
    Csv,
    Json,
    /// The query itself, with its parameters.
    Sql,
}

pub(crate) async fn run(settings: Settings) -> anyhow::Result<()> {
    let gateway = Gateway::new(&settings.gateway_url, settings.key.as_deref())?;
    let Some(metric) = &settings.metric else {
        let catalogue = gateway.catalogue().await?;
        return say(&list::text(&catalogue, width()));
    };
    let parameters = settings.query();
    let text = match settings.format {
        Format::Csv => gateway.text(metric, &parameters, "csv").await?,
        Format::Json => gateway.text(metric, &parameters, "json").await? + "\n",
        Format::Sql => gateway.text(metric, &parameters, "sql").await?,
        Format::Table => table::text(&gateway.report(metric, &parameters).await?, width()),
        Format::Chart => {
            let report = gateway.report(metric, &parameters).await?;
            chart::text(&report, settings.column.as_deref(), width().unwrap_or(100))?
        }
    };
    say(&text)
}

impl Settings {
    fn query(&self) -> Vec<(&str, String)> {
        let common = [
            ("site", self.site.clone()),
            ("from", self.from.clone()),
            ("to", self.to.clone()),
            ("tz", self.tz.clone()),
            ("bots", self.bots.then(|| "1".to_owned())),
            ("limit", self.limit.map(|limit| limit.to_string())),
        ];
        let common = common.into_iter().filter_map(|(name, value)| Some((name, value?)));
        let own = self.parameters.iter().map(|(name, value)| (&**name, value.clone()));
        common.chain(own).collect()
    }
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("must be NAME=VALUE".to_owned()),
    }
}

/// Columns of the terminal; a file or a pipe has no width.
fn width() -> Option<usize> {
    let stdout = std::io::stdout();
    if !stdout.is_terminal() {
        return None;
    }
    terminal_size::terminal_size_of(stdout).map(|(width, _)| usize::from(width.0))
}

/// A reader such as `head` may leave before the end.
fn say(text: &str) -> anyhow::Result<()> {
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        written => written.context("standard output"),
    }
}
