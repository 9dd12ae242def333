//! Everything about one user: counted, exported, or taken out of every table and every mart, with a proof.
//!
//! Marts are made again for the rows that the user's events are in, from the events that stay, so that the numbers of others
//! remain what a recount says. Their views say what to do: a mart needs no code here.

mod drain;
mod entities;
mod error;
mod export;
mod marts;
mod quarantine;
mod working;

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::Warehouse;

pub use drain::{Drain, Settled, Waiting};
pub use error::EraseError;
pub(crate) use marts::{Mart, all as marts};
use quarantine::Known;

/// Whose rows are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// As in `events.user_id`, and the key of entities.
    pub user: String,
    /// `None`: of every site.
    pub site: Option<String>,
}

/// Rows about the user in one table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Count {
    pub table: String,
    pub rows: u64,
}

/// What an erasure did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erased {
    /// Rows about the user before it: events, quarantine, entities, and the rows of marts that were made again.
    pub found: Vec<Count>,
    /// What the proof counted after it; all 0 unless the user was still sending.
    pub left: Vec<Count>,
    /// Messages in quarantine that nobody can read, and in which the user's id does not stand: they go by their TTL.
    pub unreadable: u64,
}

impl Erased {
    pub fn is_proven(&self) -> bool {
        self.left.iter().all(|count| count.rows == 0)
    }
}

const EVENTS: &str = include_str!("../../sql/erase/events.sql");

impl Subject {
    /// Whether things of this site are meant.
    fn is_of(&self, site: &str) -> bool {
        self.site.as_deref().is_none_or(|only| only == site)
    }

    fn parameters(&self) -> [(&str, &str); 3] {
        let all = if self.site.is_none() { "1" } else { "0" };
        let site = self.site.as_deref().unwrap_or_default();
        [("all", all), ("site", site), ("user", &self.user)]
    }
}

impl Warehouse {
    /// The database's clock, Unix milliseconds.
    pub async fn now_ms(&self) -> Result<i64, EraseError> {
        #[derive(serde::Deserialize)]
        struct Now {
            now_ms: i64,
        }
        let now = self
            .ask::<Now>("SELECT toUnixTimestamp64Milli(now64(3)) AS now_ms", &[])
            .await?;
        Ok(now.now_ms)
    }

    /// Rows about the user: events, quarantine, entities.
    pub async fn count_user(&self, subject: &Subject) -> Result<Vec<Count>, EraseError> {
        let known = Known::find(self, subject).await?;
        let scan = quarantine::scan(self, subject, &known).await?;
        self.count_besides(subject, scan.hits.len() as u64).await
    }

    async fn count_besides(&self, subject: &Subject, quarantined: u64) -> Result<Vec<Count>, EraseError> {
        Ok(vec![
            count(
                "events",
                self.number(
                    &format!("SELECT uniqExact(site, id) AS n FROM ({EVENTS})"),
                    &subject.parameters(),
                )
                .await?,
            ),
            count("quarantine", quarantined),
            count("entities", entities::count(self, subject).await?),
        ])
    }

    /// Hands out everything stored about the user, each row as a line of JSON with its table in `stored_in`; returns their
    /// number by table. Personal values of entities are as stored, sealed. After an error some were handed out.
    pub async fn export_user(
        &self,
        subject: &Subject,
        mut take: impl FnMut(&str, &str) -> std::io::Result<()>,
    ) -> Result<Vec<Count>, EraseError> {
        export::run(self, subject, &mut take).await
    }

    /// Takes the user out of every table, and counts what is left. What is still on its way through the queue is not seen: wait
    /// with a [`Drain`] first. After a crash run it again.
    ///
    /// # Errors
    /// [`EraseError::Running`] while another one works, or when one was cut off: then with `take_over`.
    pub async fn erase_user(&self, subject: &Subject, take_over: bool) -> Result<Erased, EraseError> {
        self.refuse_cluster().await?;
        working::begin(self, take_over).await?;
        let erased = self.erase(subject).await;
        // What was collected names the user's events, and goes in any case.
        let ended = working::end(self).await;
        let erased = erased?;
        ended?;
        Ok(erased)
    }

    async fn erase(&self, subject: &Subject) -> Result<Erased, EraseError> {
        let parameters = subject.parameters();
        let marts = marts::all(self).await?;
        working::settle_mutations(self).await?;
        self.work(&format!("INSERT INTO erasing {EVENTS}"), &parameters).await?;
        let mut found = vec![count(
            "events",
            self.number("SELECT uniqExact(site, id) AS n FROM erasing", &[]).await?,
        )];
        let known = Known::find(self, subject).await?;
        let scan = quarantine::scan(self, subject, &known).await?;
        found.push(count("quarantine", scan.hits.len() as u64));
        found.push(count("entities", entities::count(self, subject).await?));
        tracing::info!(
            events = found[0].rows,
            quarantine = found[1].rows,
            entities = found[2].rows,
            "collected"
        );

        // Events last: as long as they are there, a run that was cut off can be repeated.
        for mart in &marts {
            mart.collect(self, subject).await?;
        }
        for mart in &marts {
            let rows = mart.make_again(self).await?;
            found.push(count(&mart.table, rows));
            tracing::info!(mart = mart.table, rows, "made again");
        }
        quarantine::take_out(self, &scan).await?;
        entities::take_out(self, subject).await?;
        self.work(COUNT_IN_LEDGER, &[]).await?;
        self.work(TAKE_OUT_EVENTS, &[]).await?;
        tracing::info!("taken out; counting what is left");

        // By what was known of the user before: afterwards less would be found.
        let scan = quarantine::scan(self, subject, &known).await?;
        let mut left = self.count_besides(subject, scan.hits.len() as u64).await?;
        left[2].rows += entities::left(self).await?;
        left[0].rows += self
            .number(
                "SELECT count() AS n FROM events WHERE (site, id) IN (SELECT site, id FROM erasing)",
                &[],
            )
            .await?;
        for mart in &marts {
            left.push(count(&mart.table, mart.left(self, subject).await?));
        }
        Ok(Erased {
            found,
            left,
            unreadable: scan.unreadable,
        })
    }

    /// Before anything is begun that needs the tables themselves.
    pub(crate) async fn refuse_cluster(&self) -> Result<(), EraseError> {
        match self.is_of_cluster().await? {
            true => Err(EraseError::OfCluster {
                database: self.database().to_owned(),
            }),
            false => Ok(()),
        }
    }

    /// One row of a question that may go through whole tables.
    pub(crate) async fn ask<T: serde::de::DeserializeOwned>(
        &self,
        sql: &str,
        parameters: &[(&str, &str)],
    ) -> Result<T, EraseError> {
        let mut rows = self.all(sql, parameters).await?;
        rows.pop().ok_or(EraseError::NoAnswer)
    }

    async fn number(&self, sql: &str, parameters: &[(&str, &str)]) -> Result<u64, EraseError> {
        #[derive(serde::Deserialize)]
        struct Number {
            n: u64,
        }
        Ok(self.ask::<Number>(sql, parameters).await?.n)
    }

    pub(crate) async fn all<T: serde::de::DeserializeOwned>(
        &self,
        sql: &str,
        parameters: &[(&str, &str)],
    ) -> Result<Vec<T>, EraseError> {
        let mut rows = Vec::new();
        let read = self.lines(sql, parameters, |line| {
            rows.push(serde_json::from_str(line).map_err(crate::WarehouseError::Answer)?);
            Ok::<_, EraseError>(())
        });
        read.await?;
        Ok(rows)
    }
}

/// By which the audit names a user: SHA-256 of the id, in hexadecimal.
pub fn user_digest(user: &str) -> String {
    Sha256::digest(user).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn count(table: &str, rows: u64) -> Count {
    Count {
        table: table.to_owned(),
        rows,
    }
}

fn counted(sql: &str) -> String {
    format!("SELECT count() AS n FROM ({sql})")
}

/// So that the books stay even; the same ids give the same writer, whose highest count counts.
const COUNT_IN_LEDGER: &str = "INSERT INTO ledger (minute, site, stage, writer, counter, count, at)
SELECT toDateTime(toStartOfMinute(received_at), 'UTC') AS minute, site, 'erasure',
    reinterpretAsUUID(sipHash128(arraySort(groupUniqArray(id)))), 'erased', uniqExact(id), now64(3, 'UTC')
FROM erasing
GROUP BY minute, site";

const TAKE_OUT_EVENTS: &str =
    "ALTER TABLE events DELETE WHERE (site, id) IN (SELECT site, id FROM erasing) SETTINGS mutations_sync = 2";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_row_that_is_left_is_no_proof() {
        let mut erased = Erased {
            found: vec![count("events", 7)],
            left: vec![count("events", 0), count("sessions", 0)],
            unreadable: 0,
        };
        assert!(erased.is_proven());
        erased.left[1].rows = 1;
        assert!(!erased.is_proven());
    }
}
