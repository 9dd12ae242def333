//! What was refused is kept, and nothing else.

use uuid::Uuid;

use super::Database;
use crate::client::Log;

/// How many refused events are kept, and what is wrong.
pub(super) struct Kept {
    pub(super) refused: usize,
    pub(super) problems: Vec<String>,
}

/// Gateways hand refusals on without waiting, so one that is killed may take some with it.
pub(super) async fn check(log: &Log, database: &Database) -> anyhow::Result<Kept> {
    let mut kept = Kept {
        refused: 0,
        problems: Vec::new(),
    };
    let lines = database
        .lines("SELECT DISTINCT id, accepted, reason FROM quarantine FINAL")
        .await?;
    for line in lines {
        let id = line.split('\t').next().and_then(|id| id.parse::<Uuid>().ok());
        let event = id.and_then(|id| log.events.get(&id)).map(|entry| &entry.event);
        match event.and_then(|event| event.flaw) {
            Some(flaw) if line.ends_with(&format!("\tfalse\t{}", flaw.reason())) => kept.refused += 1,
            flaw => kept.problems.push(format!("in quarantine: {line}; its flaw: {flaw:?}")),
        }
    }
    Ok(kept)
}
