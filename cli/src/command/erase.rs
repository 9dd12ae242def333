use std::time::Duration;

use anyhow::{Context, bail};
use tokio::time::Instant;
use uuid::Uuid;
use warehouse::{AuditRow, Count, Drain, LowCardinality, Milliseconds, Subject, Waiting, Warehouse, user_digest};

use crate::say::say;

const LOOK_AGAIN_AFTER: Duration = Duration::from_millis(250);
const SAY_EVERY: Duration = Duration::from_secs(10);

#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct Settings {
    #[command(flatten)]
    pub(crate) warehouse: warehouse::Settings,
    /// Whose data: the user's id, as events have it.
    #[arg(long, value_parser = somebody)]
    user: String,
    /// Only this site's; without it every site's.
    #[arg(long)]
    site: Option<String>,
    /// Only say how much would be taken out.
    #[arg(long)]
    dry_run: bool,
    /// Seconds to wait until what was accepted before now, events and entities, has come out of queue and spool into the tables; 0 does not
    /// wait. It takes a good minute when nothing is behind.
    #[arg(long, env = "CLICKPATH_ERASE_WAIT_SECONDS", default_value_t = 600)]
    wait_seconds: u64,
    /// Begin although an erasure has begun and not ended: it was cut off.
    #[arg(long)]
    take_over: bool,
}

/// Fails when something is left.
pub(crate) async fn run(settings: Settings) -> anyhow::Result<()> {
    let warehouse = Warehouse::new(&settings.warehouse);
    let subject = Subject {
        user: settings.user,
        site: settings.site,
    };
    if settings.dry_run {
        say(&table("would take out", &warehouse.count_user(&subject).await?));
        return Ok(());
    }
    wait_for_queue(&warehouse, Duration::from_secs(settings.wait_seconds)).await?;
    let action = Uuid::new_v4();
    record(&warehouse, action, &subject, "begun").await?;
    let erased = warehouse.erase_user(&subject, settings.take_over).await;
    let outcome = match &erased {
        Ok(erased) if erased.is_proven() => "done",
        Ok(_) => "left",
        Err(_) => "failed",
    };
    record(&warehouse, action, &subject, outcome).await?;
    let erased = erased?;
    say(&table("taken out, or made again without the user", &erased.found));
    say(&table("left", &erased.left));
    if erased.found.iter().all(|count| count.rows == 0) {
        say("nothing about this user was stored: are --user and --site as the events have them?");
    }
    if erased.unreadable > 0 {
        say(&format!(
            "{} messages in quarantine cannot be read; the user's id does not stand in them",
            erased.unreadable
        ));
    }
    match erased.is_proven() {
        true => Ok(()),
        false => bail!("something is left: the user still sends events; run it again when that has ended"),
    }
}

pub(super) fn somebody(text: &str) -> Result<String, &'static str> {
    match text {
        "" => Err("events without a user are nobody's"),
        user => Ok(user.to_owned()),
    }
}

/// Until what was accepted before now has come out of spools and queue into the tables.
async fn wait_for_queue(warehouse: &Warehouse, patience: Duration) -> anyhow::Result<()> {
    if patience.is_zero() {
        tracing::warn!("not waiting: what is still in queue or spool comes into the tables later");
        return Ok(());
    }
    let mut drain = Drain::of(warehouse.now_ms().await?);
    let (begun, mut said) = (Instant::now(), Instant::now());
    loop {
        let settled = warehouse.settled().await?;
        let Some(Waiting { place, behind_ms }) = drain.look(&settled, warehouse.now_ms().await?) else {
            return Ok(());
        };
        if said.elapsed() > SAY_EVERY {
            match behind_ms {
                Some(behind_ms) => tracing::info!(behind_ms, "waiting for {place} to drain"),
                None => tracing::info!("waiting for {place}: no loader has said yet how far it is"),
            }
            said = Instant::now();
        }
        if begun.elapsed() > patience {
            bail!(
                "what was accepted until now is not in the tables after {} s, but may be in {place}: is a loader running? \
                 GET /ledger says more; --wait-seconds 0 erases only what is in the tables",
                patience.as_secs()
            );
        }
        tokio::time::sleep(LOOK_AGAIN_AFTER).await;
    }
}

/// Whom it was about, the audit says by a digest.
async fn record(warehouse: &Warehouse, id: Uuid, subject: &Subject, outcome: &str) -> anyhow::Result<()> {
    let parameters = serde_json::json!({"user_sha256": user_digest(&subject.user), "site": subject.site}).to_string();
    let row = AuditRow {
        id,
        at: Milliseconds(warehouse.now_ms().await?),
        who: LowCardinality("clickpath erase"),
        action: LowCardinality("erase"),
        parameters: &parameters,
        outcome: LowCardinality(outcome),
    };
    warehouse
        .insert_audit(&row)
        .await
        .context("the audit cannot be written")
}

fn table(title: &str, counts: &[Count]) -> String {
    let lines = counts
        .iter()
        .map(|Count { table, rows }| format!("  {table:<20} {rows:>12}"));
    format!("{title}\n{}", lines.collect::<Vec<_>>().join("\n"))
}
