//! What the pipeline says of itself: `GET /ledger` against the client's log.

use std::collections::HashMap;
use std::time::Duration;

use anyhow::{Context, ensure};
use serde::Deserialize;

use crate::client::{Fate, Log};
use crate::stack::wait_for;

#[derive(Debug, Deserialize)]
struct Ledger {
    settled_until: Option<String>,
    entries: Vec<Entry>,
}

#[derive(Debug, Deserialize)]
struct Entry {
    site: String,
    minute: String,
    #[serde(flatten)]
    counts: Counts,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
struct Counts {
    received: u64,
    accepted: u64,
    rejected: u64,
    deferred: u64,
    stored: u64,
    duplicates: u64,
    quarantined: u64,
    in_flight: u64,
    unreported: u64,
    gap: u64,
}

/// What became even, for people.
pub(super) struct Books {
    pub(super) minutes: usize,
    pub(super) unreported: u64,
    pub(super) duplicates: u64,
    pub(super) settled_until: String,
}

/// Waits until every accepted event is accounted for, and with `all_settled` until every minute is settled.
pub(super) async fn check(
    gateway_url: &str,
    log: &Log,
    all_settled: bool,
    patience: Duration,
) -> anyhow::Result<Books> {
    let client = tls::http_client().timeout(Duration::from_secs(30)).build()?;
    let url = format!("{gateway_url}/ledger");
    wait_for("an even ledger", patience, || async {
        let answer = client.get(&url).send().await?.error_for_status()?;
        let ledger: Ledger = serde_json::from_slice(&answer.bytes().await?)?;
        even(&ledger, log, all_settled)
    })
    .await
}

fn even(ledger: &Ledger, log: &Log, all_settled: bool) -> anyhow::Result<Books> {
    let mut stored: HashMap<&str, u64> = HashMap::new();
    let (mut unreported, mut duplicates) = (0, 0);
    for Entry { site, minute, counts } in &ledger.entries {
        let place = || format!("{site} at {minute}: {counts:?}");
        ensure!(counts.gap == 0, "a gap, {}", place());
        ensure!(counts.in_flight == 0, "still in flight, {}", place());
        let owed = counts.accepted + counts.unreported;
        let found = counts.stored + counts.duplicates + counts.quarantined + counts.in_flight + counts.gap;
        ensure!(owed == found, "{owed} accepted, {found} accounted for, {}", place());
        ensure!(
            counts.received >= counts.accepted + counts.rejected + counts.deferred,
            "more judged than received, {}",
            place()
        );
        *stored.entry(site).or_default() += counts.stored;
        unreported += counts.unreported;
        duplicates += counts.duplicates;
    }
    for (site, accepted) in accepted_by_site(log) {
        let stored = stored.get(site).copied().unwrap_or_default();
        ensure!(
            stored >= accepted,
            "{site}: {stored} stored of {accepted} that the client knows accepted"
        );
    }
    let settled_until = ledger.settled_until.clone().context("no loader has settled anything")?;
    if all_settled {
        let last = ledger.entries.iter().map(|entry| &entry.minute).max();
        // Of the same form, so that their order is that of time; a minute is settled a minute after its start.
        let is_settled = last.is_none_or(|last| settled_until[..16] > last[..16]);
        ensure!(is_settled, "settled until {settled_until}, the last minute is {last:?}");
    }
    Ok(Books {
        minutes: ledger.entries.len(),
        unreported,
        duplicates,
        settled_until,
    })
}

fn accepted_by_site(log: &Log) -> HashMap<&'static str, u64> {
    let mut sites = HashMap::new();
    for entry in log.events.values().filter(|entry| entry.fate == Fate::Accepted) {
        *sites.entry(entry.event.site).or_default() += 1;
    }
    sites
}
