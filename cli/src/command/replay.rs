use std::time::Duration;

use anyhow::{Context, bail};
use reqwest::{Client, StatusCode, Url};
use serde::Deserialize;

use crate::exit::Usage;
use crate::say::say;
use client::answer::message;

/// Rows per request: a request ends well within its time, and progress shows.
const ROWS: &str = "1000";
/// Entities that the answer names.
const NAMED: usize = 100;
const TIMEOUT: Duration = Duration::from_secs(120);

#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct Settings {
    /// Address of a gateway, for example http://127.0.0.1:8080.
    #[arg(long, env = "CLICKPATH_GATEWAY_URL", default_value = "http://127.0.0.1:8080")]
    gateway_url: Url,
    /// The gateway's --operator-key.
    #[arg(long, env = "CLICKPATH_OPERATOR_KEY", hide_env_values = true)]
    operator_key: String,
    /// Only what was put aside for this reason, for example unknown_site; docs/events.md lists the reasons.
    #[arg(long)]
    reason: Option<String>,
    /// Only this site's.
    #[arg(long)]
    site: Option<String>,
    /// Only what was received at or after: RFC 3339, milliseconds since 1970, or a time ago such as 15m, 2h, 7d.
    #[arg(long)]
    since: Option<String>,
    /// Only what was received before; as --since.
    #[arg(long)]
    until: Option<String>,
    /// Only say what would be replayed.
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, Default, Deserialize)]
struct Summary {
    found: u64,
    replayed: u64,
    refused: u64,
    skipped: u64,
    events: u64,
    #[serde(default)]
    entities: u64,
    #[serde(default)]
    sent: Vec<Sent>,
    reasons: Vec<PutAside>,
    refused_again: Vec<RefusedAgain>,
    next: Option<String>,
}

#[derive(Debug, Deserialize)]
struct PutAside {
    reason: String,
    found: u64,
    replayed: u64,
    example: Example,
}

#[derive(Debug, Deserialize)]
struct RefusedAgain {
    reason: String,
    rows: u64,
    example: Example,
}

/// A version of a thing.
#[derive(Debug, Deserialize)]
struct Sent {
    stream: String,
    site: String,
    key: String,
}

#[derive(Debug, Deserialize)]
struct Example {
    id: String,
    site: String,
    field: String,
    message: String,
}

/// Fails when something was refused again or could not be sent: it is still in quarantine.
pub(crate) async fn run(settings: Settings) -> anyhow::Result<()> {
    let client = tls::http_client().timeout(TIMEOUT).build()?;
    let mut total = Summary::default();
    let mut after = None;
    loop {
        let answer = page(&client, &settings, after.as_deref()).await?;
        after = answer.next.clone();
        total.add(answer);
        if after.is_none() {
            break;
        }
        tracing::info!(rows = total.found, replayed = total.replayed, "replaying");
    }
    say(&total.table(settings.dry_run));
    match total.refused + total.skipped {
        0 => Ok(()),
        left => bail!(
            "{left} of {} rows could not be replayed and stay in quarantine",
            total.found
        ),
    }
}

async fn page(client: &Client, settings: &Settings, after: Option<&str>) -> anyhow::Result<Summary> {
    let url = url(settings, after)?;
    let answer = client
        .post(url)
        .bearer_auth(&settings.operator_key)
        .send()
        .await
        .with_context(|| format!("no gateway answers at {}", settings.gateway_url))?;
    let status = answer.status();
    let body = answer.bytes().await?;
    if status == StatusCode::BAD_REQUEST {
        return Err(Usage(message(&body)).into());
    }
    if !status.is_success() {
        bail!("the gateway answers {status}: {}", message(&body));
    }
    serde_json::from_slice(&body).context("the gateway's answer cannot be read")
}

fn url(settings: &Settings, after: Option<&str>) -> anyhow::Result<Url> {
    let mut url = settings.gateway_url.join("/replay").context("--gateway-url")?;
    let given = [
        ("reason", settings.reason.as_deref()),
        ("site", settings.site.as_deref()),
        ("since", settings.since.as_deref()),
        ("until", settings.until.as_deref()),
        ("dry_run", settings.dry_run.then_some("1")),
        ("limit", Some(ROWS)),
        ("after", after),
    ];
    let given = given.iter().filter_map(|(name, value)| Some((name, (*value)?)));
    url.query_pairs_mut().extend_pairs(given);
    Ok(url)
}

impl Summary {
    fn add(&mut self, page: Self) {
        self.found += page.found;
        self.replayed += page.replayed;
        self.refused += page.refused;
        self.skipped += page.skipped;
        self.events += page.events;
        self.entities += page.entities;
        self.sent.extend(page.sent);
        for one in page.reasons {
            match self.reasons.iter_mut().find(|known| known.reason == one.reason) {
                Some(known) => {
                    known.found += one.found;
                    known.replayed += one.replayed;
                }
                None => self.reasons.push(one),
            }
        }
        for one in page.refused_again {
            match self.refused_again.iter_mut().find(|known| known.reason == one.reason) {
                Some(known) => known.rows += one.rows,
                None => self.refused_again.push(one),
            }
        }
    }

    fn table(&self, dry_run: bool) -> String {
        let verb = if dry_run { "would replay" } else { "replayed" };
        let mut lines = vec![
            format!("{:<20} {:>10} {:>12}  example", "put aside for", "found", verb),
            "-".repeat(64),
        ];
        for one in &self.reasons {
            let PutAside {
                reason,
                found,
                replayed,
                example,
            } = one;
            lines.push(format!("{reason:<20} {found:>10} {replayed:>12}  {example}"));
        }
        lines.push(format!("{:<20} {:>10} {:>12}", "all", self.found, self.replayed));
        lines.push(format!("{verb} {} events", self.events));
        if self.entities > 0 {
            lines.push(format!("{verb} {} entities", self.entities));
            let named = self.sent.iter().take(NAMED);
            lines.extend(named.map(|Sent { stream, site, key }| format!("  {stream:<10} {site} {key}")));
            let more = self.entities.saturating_sub(NAMED as u64);
            lines.extend((more > 0).then(|| format!("  and {more} more")));
        }
        for one in &self.refused_again {
            lines.push(format!(
                "refused again: {:<20} {:>6}  {}",
                one.reason, one.rows, one.example
            ));
        }
        if self.skipped > 0 {
            lines.push(format!("in no form that can be sent: {}", self.skipped));
        }
        lines.join("\n")
    }
}

impl std::fmt::Display for Example {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            id,
            site,
            field,
            message,
        } = self;
        write!(formatter, "{site} {id} {field} {message}")
    }
}
