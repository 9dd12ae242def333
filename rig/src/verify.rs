//! The client's log against the tables.

mod database;
mod marts;
mod rows;

use std::time::Duration;

use crate::client::Log;

pub use database::Database;
pub use rows::RowReport;

/// A batch is in the table a little before it is in the marts.
const MARTS_LIMIT: Duration = Duration::from_secs(20);

/// What the comparison found.
#[derive(Debug, Default)]
pub struct Verdict {
    pub rows: RowReport,
    /// Marts that differ from the recount, each with the first difference.
    pub marts_differ: Vec<String>,
    /// Names of the marts that were compared.
    pub marts: Vec<&'static str>,
    /// What else is wrong.
    pub problems: Vec<String>,
}

impl Verdict {
    pub fn is_good(&self) -> bool {
        self.rows.is_good() && self.marts_differ.is_empty() && self.problems.is_empty()
    }
}

/// Waits until every accepted event has arrived, at most for `patience`, and compares.
pub async fn verify(log: &Log, database: &Database, patience: Duration) -> anyhow::Result<Verdict> {
    let rows = rows::settle(log, database, patience).await?;
    Ok(Verdict {
        marts_differ: marts::compare(log, &rows.stored, database, MARTS_LIMIT).await?,
        marts: marts::names(),
        rows,
        problems: log.contradictions.clone(),
    })
}
