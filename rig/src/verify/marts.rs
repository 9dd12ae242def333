//! Every mart against a recount of what the client knows to be stored.

mod daily_users;
mod element_stats;
mod orders;
mod sessions;

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::Database;
use crate::client::{Event, Log};

const LOOK_EVERY: Duration = Duration::from_millis(250);
const DAY_MS: i64 = 86_400_000;

/// One mart: what it says, a line a row, and the same from the events themselves.
struct Mart {
    name: &'static str,
    sql: &'static str,
    recount: fn(&[&Event]) -> Vec<String>,
}

const MARTS: [Mart; 5] = [
    Mart {
        name: "daily_users",
        sql: daily_users::VIEW,
        recount: daily_users::recount_view,
    },
    Mart {
        name: "daily_users by half hour",
        sql: daily_users::HALF_HOURS,
        recount: daily_users::recount_half_hours,
    },
    Mart {
        name: "element_stats",
        sql: element_stats::VIEW,
        recount: element_stats::recount,
    },
    Mart {
        name: "sessions",
        sql: sessions::VIEW,
        recount: sessions::recount,
    },
    Mart {
        name: "orders_fact",
        sql: orders::VIEW,
        recount: orders::recount,
    },
];

pub(super) fn names() -> Vec<&'static str> {
    MARTS.iter().map(|mart| mart.name).collect()
}

/// The first difference of each mart that still differs after `patience`. `stored` are the ids of all rows.
pub(super) async fn compare(
    log: &Log,
    stored: &[Uuid],
    database: &Database,
    patience: Duration,
) -> anyhow::Result<Vec<String>> {
    let entries = stored.iter().filter_map(|id| log.events.get(id));
    let events: Vec<&Event> = entries.map(|entry| &*entry.event).collect();
    let end = Instant::now() + patience;
    let mut differences = Vec::new();
    for mart in &MARTS {
        let expected: BTreeSet<String> = (mart.recount)(&events).into_iter().collect();
        loop {
            let difference = mart.difference(&expected, database).await;
            match difference {
                None => break,
                Some(difference) if Instant::now() > end => {
                    differences.push(format!("{}: {difference}", mart.name));
                    break;
                }
                Some(_) => sleep(LOOK_EVERY).await,
            }
        }
    }
    Ok(differences)
}

impl Mart {
    async fn difference(&self, expected: &BTreeSet<String>, database: &Database) -> Option<String> {
        let lines = match database.lines(self.sql).await {
            Ok(lines) => lines,
            Err(error) => return Some(format!("{error:#}")),
        };
        let found: BTreeSet<String> = lines.iter().cloned().collect();
        if found.len() != lines.len() {
            return Some(format!("{} lines, {} of them different", lines.len(), found.len()));
        }
        if found == *expected {
            return None;
        }
        let missing: Vec<&String> = expected.difference(&found).collect();
        let surplus: Vec<&String> = found.difference(expected).collect();
        Some(format!(
            "{} of {} lines missing, such as {:?}; {} too many, such as {:?}",
            missing.len(),
            expected.len(),
            missing.first(),
            surplus.len(),
            surplus.first()
        ))
    }
}

fn day(event: &Event) -> i64 {
    event.created_at.div_euclid(DAY_MS)
}

fn optional(value: Option<i64>) -> String {
    value.map_or("\\N".to_owned(), |value| value.to_string())
}
