//! The client's log against the tables.

mod database;
mod ledger;
mod marts;
mod quarantine;
mod rows;
#[cfg(test)]
mod tests;

use std::time::Duration;

use crate::client::Log;

pub use database::Database;
pub use rows::RowReport;

/// A batch is in the table a little before it is in the marts.
const MARTS_LIMIT: Duration = Duration::from_secs(30);

/// Counts and marks are written every two seconds.
const LEDGER_LIMIT: Duration = Duration::from_secs(40);
/// A minute is settled half a minute after its end.
const SETTLED_LIMIT: Duration = Duration::from_secs(120);

/// What the comparison found.
#[derive(Debug, Default)]
pub struct Verdict {
    pub rows: RowReport,
    /// Marts that differ from the recount, each with the first difference.
    pub marts_differ: Vec<String>,
    /// Names of the marts that were compared.
    pub marts: Vec<&'static str>,
    /// What the ledger and quarantine say, for people.
    pub notes: Vec<String>,
    /// What else is wrong.
    pub problems: Vec<String>,
}

impl Verdict {
    pub fn is_good(&self) -> bool {
        self.rows.is_good() && self.marts_differ.is_empty() && self.problems.is_empty()
    }
}

/// Where to look, and how long to wait for what is on its way.
#[derive(Debug)]
pub struct Look<'l> {
    pub database: &'l Database,
    /// `http://host:port`.
    pub gateway_url: &'l str,
    /// For the last accepted event to arrive.
    pub patience: Duration,
    pub books: Books,
}

/// What is asked of the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Books {
    /// Nothing: where the loader was made to forget, copies reach the table, and when they collapse the minute of the first is
    /// short of them.
    Skip,
    /// Every accepted event is accounted for.
    Even,
    /// The same, once the ledger has settled the last minute, which takes up to two minutes; and still after a merge.
    Settled,
}

/// Waits until every accepted event has arrived and compares.
pub async fn verify(log: &Log, look: &Look<'_>) -> anyhow::Result<Verdict> {
    let database = look.database;
    let rows = rows::settle(log, database, look.patience).await?;
    let marts_differ = marts::compare(log, &rows.stored, database, MARTS_LIMIT).await?;
    let mut verdict = Verdict {
        marts_differ,
        marts: marts::names(),
        rows,
        notes: Vec::new(),
        problems: log.contradictions.clone(),
    };
    let kept = quarantine::check(log, database).await?;
    let refused = log.fates().refused;
    verdict
        .notes
        .push(format!("quarantine keeps {} of {refused} refused events", kept.refused));
    verdict.problems.extend(kept.problems);
    let books = match look.books {
        Books::Skip => return Ok(verdict),
        Books::Even => ledger::check(look.gateway_url, log, false, LEDGER_LIMIT).await,
        Books::Settled => settled_books(log, look).await,
    };
    match books {
        Ok(books) => verdict.notes.push(format!(
            "the ledger is even in {} site minutes, settled until {}: {} copies skipped, {} not counted by killed gateways",
            books.minutes, books.settled_until, books.duplicates, books.unreported
        )),
        Err(uneven) => verdict.problems.push(format!("{uneven:#}")),
    }
    Ok(verdict)
}

/// Of copies that reached the table one stays: the books must not depend on when that happens.
async fn settled_books(log: &Log, look: &Look<'_>) -> anyhow::Result<ledger::Books> {
    ledger::check(look.gateway_url, log, true, SETTLED_LIMIT).await?;
    look.database.bytes("OPTIMIZE TABLE events FINAL").await?;
    ledger::check(look.gateway_url, log, true, LEDGER_LIMIT).await
}
