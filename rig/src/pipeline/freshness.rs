//! From click to queryable row: watched events are asked for until they are there.

use std::collections::HashMap;
use std::time::Duration;

use anyhow::bail;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::mpsc::error::TryRecvError;
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::latencies::Latencies;
use super::load::{PROBE_SITE, Probe};
use crate::verify::Database;

const LOOK_EVERY: Duration = Duration::from_millis(20);
/// No event takes so long.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Debug, Clone, Default)]
pub(super) struct Freshness {
    /// From the moment when an event happened to an answer of the database that has it.
    pub(super) latencies: Latencies,
    /// What one look takes: by so much and by the time between two looks the latencies may be too long.
    pub(super) looks: Latencies,
}

/// Returns when all probes have arrived and no more come.
pub(super) async fn watch(database: Database, mut probes: UnboundedReceiver<Probe>) -> anyhow::Result<Freshness> {
    let mut freshness = Freshness::default();
    let mut missing: HashMap<String, Instant> = HashMap::new();
    let mut due = interval(LOOK_EVERY);
    due.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        due.tick().await;
        let has_ended = loop {
            match probes.try_recv() {
                Ok(Probe { id, at }) => _ = missing.insert(id, at),
                Err(TryRecvError::Empty) => break false,
                Err(TryRecvError::Disconnected) => break true,
            }
        };
        if missing.is_empty() {
            if has_ended {
                return Ok(freshness);
            }
            continue;
        }
        if let Some((id, _)) = missing.iter().find(|(_, at)| at.elapsed() > PATIENCE) {
            bail!("event {id} is not there after {} s", PATIENCE.as_secs());
        }
        let ids: Vec<String> = missing.keys().map(|id| format!("'{id}'")).collect();
        let asked = Instant::now();
        let sql = format!(
            "SELECT id FROM events WHERE site = '{PROBE_SITE}' AND id IN ({})",
            ids.join(",")
        );
        let found = database.lines(&sql).await?;
        freshness.looks.add(asked.elapsed());
        for id in found {
            if let Some(at) = missing.remove(&id) {
                freshness.latencies.add(at.elapsed());
            }
        }
    }
}
