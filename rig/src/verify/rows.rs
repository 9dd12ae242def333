use std::collections::HashMap;
use std::collections::hash_map::Entry as Slot;
use std::time::Duration;

use anyhow::Context;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::Database;
use crate::client::{Event, Fate, Log};

const LOOK_EVERY: Duration = Duration::from_millis(250);
/// Of each finding, so many are kept to be shown.
const SHOWN: usize = 5;

/// The content of a row that the client determines, in the order of [`content`].
const ROWS: &str = "SELECT id, site, type, toUnixTimestamp64Milli(created_at), session_id, user_id, url, referrer, event_title, \
    element_id, x, y, product_id, category, toInt64(price * 10000), quantity, order_id, status, error_code, latency_ms \
    FROM events FINAL";

/// Every event against its row.
#[derive(Debug, Default)]
pub struct RowReport {
    /// Events with a receipt that accepted them.
    pub accepted: usize,
    /// Rows with `FINAL`.
    pub rows: usize,
    /// Rows without it: what the merge still has to collapse.
    pub physical_rows: u64,
    /// Accepted, and no row.
    pub lost: Finding,
    /// More than one row with `FINAL`.
    pub duplicated: Finding,
    pub never_sent: Finding,
    /// Refused, and a row.
    pub refused_and_stored: Finding,
    /// Not what was sent.
    pub altered: Finding,
    /// Of those given up without a receipt, which may be stored or not, so many are.
    pub given_up_and_stored: usize,
    /// Ids of all rows.
    pub stored: Vec<Uuid>,
}

/// How often something was found, and the first few.
#[derive(Debug, Default)]
pub struct Finding {
    pub count: usize,
    pub first: Vec<String>,
}

impl Finding {
    fn add(&mut self, what: impl FnOnce() -> String) {
        self.count += 1;
        if self.first.len() < SHOWN {
            self.first.push(what());
        }
    }
}

impl RowReport {
    pub fn findings(&self) -> [(&'static str, &Finding); 5] {
        [
            ("lost", &self.lost),
            ("duplicated", &self.duplicated),
            ("never sent", &self.never_sent),
            ("refused and stored", &self.refused_and_stored),
            ("altered", &self.altered),
        ]
    }

    pub fn is_good(&self) -> bool {
        self.findings().iter().all(|(_, finding)| finding.count == 0)
    }
}

/// Compares again and again until nothing is lost, at most for `patience`.
pub(super) async fn settle(log: &Log, database: &Database, patience: Duration) -> anyhow::Result<RowReport> {
    let end = Instant::now() + patience;
    let accepted = log.fates().accepted as u64;
    loop {
        // Cheaper than reading all rows.
        let stored = database.number("SELECT uniqExact(id) FROM events").await?;
        if stored >= accepted || Instant::now() > end {
            let report = compare(log, database).await?;
            if report.lost.count == 0 || Instant::now() > end {
                return Ok(report);
            }
        }
        sleep(LOOK_EVERY).await;
    }
}

async fn compare(log: &Log, database: &Database) -> anyhow::Result<RowReport> {
    let mut report = RowReport {
        physical_rows: database.number("SELECT count() FROM events").await?,
        ..RowReport::default()
    };
    let lines = database.lines(ROWS).await?;
    report.rows = lines.len();
    let mut seen: HashMap<Uuid, u32> = HashMap::with_capacity(lines.len());
    for line in &lines {
        let (id, content) = line
            .split_once('\t')
            .with_context(|| format!("a row without columns: {line}"))?;
        let id: Uuid = id.parse().with_context(|| format!("a row without id: {line}"))?;
        match seen.entry(id) {
            Slot::Vacant(slot) => {
                slot.insert(1);
                report.stored.push(id);
                check_row(log, id, content, &mut report);
            }
            Slot::Occupied(mut slot) => {
                if *slot.get() == 1 {
                    report.duplicated.add(|| id.to_string());
                }
                *slot.get_mut() += 1;
            }
        }
    }
    for (id, entry) in &log.events {
        if entry.fate == Fate::Accepted {
            report.accepted += 1;
            if !seen.contains_key(id) {
                report
                    .lost
                    .add(|| format!("{id} ({} of {})", entry.event.title, entry.event.site));
            }
        }
    }
    Ok(report)
}

fn check_row(log: &Log, id: Uuid, found: &str, report: &mut RowReport) {
    let Some(entry) = log.events.get(&id) else {
        return report.never_sent.add(|| id.to_string());
    };
    match &entry.fate {
        Fate::Accepted => {}
        Fate::Unknown => report.given_up_and_stored += 1,
        Fate::Refused(reason) => report.refused_and_stored.add(|| format!("{id} ({reason})")),
    }
    let sent = content(&entry.event);
    if sent != found {
        report.altered.add(|| format!("{id}: sent {sent:?}, found {found:?}"));
    }
}

fn content(event: &Event) -> String {
    let number = |value: Option<i64>| value.map_or("\\N".to_owned(), |value| value.to_string());
    let texts = [
        event.site.to_owned(),
        event.kind.to_owned(),
        event.created_at.to_string(),
        event.session_id.clone(),
        event.user_id.clone(),
        event.url.clone(),
        event.referrer.to_owned(),
        event.title.to_owned(),
        event.element_id.clone(),
        number(event.x),
        number(event.y),
        event.product_id.to_owned(),
        event.category.to_owned(),
        number(event.price_units()),
        number(event.quantity),
        event.order_id.clone(),
        event.status.to_owned(),
        event.error_code.to_owned(),
        number(event.latency_ms),
    ];
    texts.join("\t")
}
