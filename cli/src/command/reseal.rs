use anyhow::{Context, bail};
use enrich::Sealer;
use enrich::seal::SealError;
use gateway::entities::KeyText;
use uuid::Uuid;
use warehouse::{AuditRow, EntityKey, KeptEntity, LowCardinality, Milliseconds, Warehouse};

use crate::say::say;

/// Up to 64 KiB each.
const PAGE: usize = 500;
/// Of those that cannot be opened.
const NAMED: u64 = 10;

#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct Settings {
    #[command(flatten)]
    pub(crate) warehouse: warehouse::Settings,
    /// The gateway's keys, the newest first, with commas between them: any opens, the newest seals, the last hashes.
    #[arg(long, env = "FERNET_KEY", allow_hyphen_values = true, hide_env_values = true)]
    fernet_key: Option<KeyText>,
    /// Hash by the newest key too, so that the older ones are needed no more: for gateways that were started with the newest alone.
    #[arg(long)]
    retire_older: bool,
    /// Only say how many would be sealed anew.
    #[arg(long)]
    dry_run: bool,
}

/// What a walk through the table came to.
#[derive(Default)]
struct Walked {
    entities: u64,
    anew: u64,
    closed: u64,
}

/// Fails when something is left that the newest key does not open.
pub(crate) async fn run(settings: Settings) -> anyhow::Result<()> {
    let mut keys = KeyText::read(settings.fernet_key.as_ref())?;
    if settings.retire_older {
        keys = keys.retiring_older();
    }
    let sealer = Sealer::new(&keys, None);
    let warehouse = Warehouse::new(&settings.warehouse);
    if settings.dry_run {
        let Walked { entities, anew, closed } = walk(&warehouse, &sealer, false).await?;
        say(&format!("would seal {anew} of {entities} entities anew"));
        return check(closed);
    }
    let action = Uuid::new_v4();
    record(&warehouse, action, settings.retire_older, "begun").await?;
    let resealed = reseal(&warehouse, &sealer).await;
    let outcome = match &resealed {
        Ok((_, left)) if left.anew + left.closed == 0 => "done",
        Ok(_) => "left",
        Err(_) => "failed",
    };
    record(&warehouse, action, settings.retire_older, outcome).await?;
    let (Walked { entities, anew, .. }, left) = resealed?;
    say(&format!(
        "sealed {anew} of {entities} entities anew\nleft: {}",
        left.anew + left.closed
    ));
    check(left.closed)?;
    match left.anew {
        0 => Ok(()),
        left => bail!(
            "{left} entities came in meanwhile, sealed with an older key: start all gateways with the newest one first"
        ),
    }
}

async fn reseal(warehouse: &Warehouse, sealer: &Sealer) -> anyhow::Result<(Walked, Walked)> {
    let walked = walk(warehouse, sealer, true).await?;
    // Versions that are no more read hold what the older keys open.
    warehouse
        .execute("OPTIMIZE TABLE entities FINAL", &[])
        .await
        .context("the rows that were replaced cannot be removed")?;
    Ok((walked, walk(warehouse, sealer, false).await?))
}

/// Looks at each thing; with `write` it replaces those that are not as the keys would have them.
async fn walk(warehouse: &Warehouse, sealer: &Sealer, write: bool) -> anyhow::Result<Walked> {
    let mut walked = Walked::default();
    let mut page: Vec<KeptEntity> = Vec::new();
    loop {
        let start = EntityKey {
            stream: "",
            site: "",
            key: "",
        };
        let after = page.last().map_or(start, KeptEntity::name);
        page = warehouse.kept_entities(after, PAGE).await?;
        if page.is_empty() {
            return Ok(walked);
        }
        let mut anew = Vec::new();
        for kept in &page {
            match sealed(kept, sealer) {
                Ok(sealed) if sealed == *kept => {}
                Ok(sealed) => anew.push(sealed),
                Err(error) => {
                    walked.closed += 1;
                    let EntityKey { stream, site, key } = kept.name();
                    if walked.closed <= NAMED {
                        tracing::error!(stream, site, key, %error, "cannot be sealed anew");
                    }
                }
            }
        }
        walked.entities += page.len() as u64;
        walked.anew += anew.len() as u64;
        if write && !anew.is_empty() {
            let rows: Vec<_> = anew.iter().map(KeptEntity::row).collect();
            let token = format!("reseal-{}", Uuid::new_v4());
            warehouse.insert_entities(&rows, &token).await?;
        }
    }
}

/// As the newest key seals it and the hashing one hashes it.
fn sealed(kept: &KeptEntity, sealer: &Sealer) -> Result<KeptEntity, SealError> {
    let sealed = sealer.seal(&kept.payload, gateway::now())?;
    Ok(KeptEntity {
        digest: sealed.digest,
        email_hash: sealed.email_hash,
        phone_hash: sealed.phone_hash,
        payload: sealed.payload,
        ..kept.clone()
    })
}

fn check(closed: u64) -> anyhow::Result<()> {
    match closed {
        0 => Ok(()),
        closed => bail!("{closed} entities are sealed with a key that is not in FERNET_KEY, and stay as they are"),
    }
}

async fn record(warehouse: &Warehouse, id: Uuid, retire_older: bool, outcome: &str) -> anyhow::Result<()> {
    let parameters = serde_json::json!({ "retire_older": retire_older }).to_string();
    let row = AuditRow {
        id,
        at: Milliseconds(warehouse.now_ms().await?),
        who: LowCardinality("clickpath reseal"),
        action: LowCardinality("reseal"),
        parameters: &parameters,
        outcome: LowCardinality(outcome),
    };
    warehouse
        .insert_audit(&row)
        .await
        .context("the audit cannot be written")
}
