use std::sync::Arc;
use std::time::Instant;

use event::quarantine::Record;
use queue::{ConsumeError, Consumer, Delivery, Tag};
use uuid::Uuid;
use warehouse::{Block, Milliseconds, QuarantineRow, StoredEvent, Warehouse, WarehouseError};

use crate::answers::{Answers, Questions, key};
use crate::aside::{broken_group, nth, refused_event};
use crate::batch::{Closed, reopen};
use crate::folder::Folder;
use crate::manifest::Share;
use crate::marks::Marks;
use crate::metrics::{Metrics, Reason, now};
use crate::part::{Divided, Part, hexadecimal};
use crate::retry::{Backoff, Decision, after_insert, queue_may_recover};
use crate::trouble::{Trouble, Work};
use crate::window::Window;

/// Brings closed batches into the database.
pub(crate) struct Store {
    pub(crate) warehouse: Warehouse,
    pub(crate) metrics: Metrics,
    pub(crate) backoff: Backoff,
    pub(crate) marks: Marks,
}

/// One event that the database refused, by itself.
struct Refused {
    group: usize,
    event: usize,
    code: i32,
    message: String,
}

impl Store {
    /// Returns when every row is in the table or in quarantine, with the events that are in quarantine: site and id. Waits for a disk that
    /// is full and for a database that is away; dropping the future leaves the batch to be delivered again.
    pub(crate) async fn store(&self, batch: &Closed, folder: &Folder) -> Vec<(String, Uuid)> {
        self.write_down(batch, folder).await;
        let refused = self.insert(batch).await;
        let aside = self.set_aside(batch, &refused).await;
        self.count_duplicates(batch).await;
        self.metrics.stored(batch, batch.block.rows() - refused.len());
        aside
    }

    /// Durable before anything is inserted.
    async fn write_down(&self, batch: &Closed, folder: &Folder) {
        if batch.is_written {
            return;
        }
        let bytes: Arc<[u8]> = batch.manifest.to_bytes().into();
        let mut trouble = self.trouble(Work::Manifest);
        while let Err(error) = folder.write(batch.manifest.number, Arc::clone(&bytes)).await {
            self.metrics.manifest_retries.inc();
            trouble.pause(&error, "the batch's manifest cannot be written").await;
        }
    }

    /// Inserts all rows but those the database refuses one by one.
    async fn insert(&self, batch: &Closed) -> Vec<Refused> {
        let groups = &batch.groups;
        let mut refused = Vec::new();
        let mut parts = vec![(Part::Groups(0..groups.len()), Some(batch.block.clone()))];
        while let Some((part, block)) = parts.pop() {
            let block = block.unwrap_or_else(|| part.block(groups));
            let token = hexadecimal(&part.token(groups));
            let Err(error) = self.insert_part(&block, &token).await else {
                continue;
            };
            match part.divide(|group| groups[group].events) {
                Divided::Halves([first, second]) => parts.extend([(second, None), (first, None)]),
                Divided::Single { group, event } => refused.push(Refused {
                    group,
                    event,
                    code: error.code().unwrap_or_default(),
                    message: error.to_string(),
                }),
            }
        }
        refused
    }

    /// Repeats until the rows are in, or the database finds fault with one of them.
    async fn insert_part(&self, block: &Block, token: &str) -> Result<(), WarehouseError> {
        if block.rows() == 0 {
            return Ok(());
        }
        let mut trouble = self.trouble(Work::Insert);
        loop {
            let begun = Instant::now();
            let Err(error) = self.warehouse.insert_event_block(block, token).await else {
                self.metrics.inserted(block.rows(), begun.elapsed());
                return Ok(());
            };
            match after_insert(&error) {
                Decision::Divide => return Err(error),
                Decision::Repeat => {
                    self.metrics.retries.inc();
                    trouble.pause(&error, "insert failed").await;
                }
            }
        }
    }

    /// Puts aside what cannot be stored.
    async fn set_aside(&self, batch: &Closed, refused: &[Refused]) -> Vec<(String, Uuid)> {
        let now_ms = now().as_millis() as i64;
        let mut records = Vec::new();
        for held in batch.groups.iter().filter(|held| held.share == Share::Poison) {
            let group = &held.group;
            let reason = held.error().map_or_else(String::new, |error| chain(&error));
            tracing::error!(group = %group.id, reason, "group does not decode, put aside");
            records.push(broken_group(group, reason, now_ms));
        }
        let mut aside = Vec::new();
        for refused in refused {
            let group = &batch.groups[refused.group].group;
            let opened = reopen(group);
            let event = nth(&opened, refused.event);
            tracing::error!(event = %event.event.id, group = %group.id, error = refused.message, "event refused by the database, put aside");
            records.push(refused_event(&event, group, refused.code, &refused.message));
            aside.push((event.event.site.to_string(), event.event.id));
        }
        // Not the batch's own token: the tables' memories of tokens are apart, but whoever reads them is not helped.
        let token = format!("aside-{}", hexadecimal(&batch.manifest.token));
        self.quarantine(&records, &token).await;
        self.metrics.quarantined(Reason::Codec, records.len() - aside.len());
        self.metrics.quarantined(Reason::Database, aside.len());
        aside
    }

    /// Into the table `quarantine`, however long it takes: nothing is acknowledged before.
    pub(crate) async fn quarantine(&self, records: &[Record<'_>], token: &str) {
        if records.is_empty() {
            return;
        }
        let at = Milliseconds(now().as_millis() as i64);
        let rows: Vec<_> = records.iter().map(|record| QuarantineRow::new(record, at)).collect();
        let mut trouble = self.trouble(Work::Quarantine);
        while let Err(error) = self.warehouse.insert_quarantine(&rows, token).await {
            self.metrics.quarantine_retries.inc();
            if after_insert(&error) == Decision::Divide {
                tracing::error!(
                    error = chain(&error),
                    "table quarantine refuses rows: nothing more is acknowledged until it takes them"
                );
            }
            trouble.pause(&error, "insert into quarantine failed").await;
        }
    }

    /// Into the ledger, which would miss them otherwise.
    async fn count_duplicates(&self, batch: &Closed) {
        let rows = batch.skipped.rows(Milliseconds(now().as_millis() as i64));
        if rows.is_empty() {
            return;
        }
        let token = hexadecimal(&batch.manifest.token);
        let mut trouble = self.trouble(Work::Ledger);
        while let Err(error) = self.warehouse.insert_ledger(&rows, &token).await {
            self.metrics.retries.inc();
            trouble.pause(&error, "insert into ledger failed").await;
        }
    }

    /// Where the table has the events in question.
    pub(crate) async fn ask(&self, questions: &Questions<'_>) -> Answers {
        let mut answers = Answers::default();
        let asked = questions.events();
        let keys: Vec<_> = asked.iter().map(|(event, _)| key(event)).collect();
        if keys.is_empty() {
            return answers;
        }
        self.metrics.questions.inc_by(keys.len() as u64);
        let mut trouble = self.trouble(Work::Question);
        let stored = loop {
            match self.warehouse.stored_events(&keys).await {
                Ok(stored) => break stored,
                Err(error) => self.pause_question(&mut trouble, error).await,
            }
        };
        for StoredEvent { site, id, group_id } in stored {
            answers.add(site, id, group_id);
        }
        answers
    }

    /// Shows the window the events that the table got last, `limit` at most; returns how many there were.
    pub(crate) async fn warm(&self, window: &mut Window, limit: usize) -> usize {
        let mut trouble = self.trouble(Work::Question);
        loop {
            // Row by row: a million rows by themselves would be as large as the window.
            let mut warming = window.warming();
            let add = |site: &str, id, received_ms| warming.add(site, id, received_ms);
            match self.warehouse.recent_ids(limit, add).await {
                Ok(found) => {
                    warming.finish(found < limit);
                    self.metrics.contact.database();
                    return found;
                }
                Err(error) => self.pause_question(&mut trouble, error).await,
            }
        }
    }

    async fn pause_question(&self, trouble: &mut Trouble<'_>, error: WarehouseError) {
        self.metrics.retries.inc();
        trouble.pause(&error, "the table cannot be asked").await;
    }

    pub(crate) fn trouble(&self, work: Work) -> Trouble<'_> {
        Trouble::new(work, &self.metrics, self.backoff)
    }

    /// The next delivery; waits through what can pass.
    pub(crate) async fn next(&self, consumer: &mut Consumer) -> Result<Delivery, ConsumeError> {
        let mut trouble = self.trouble(Work::Queue);
        loop {
            match consumer.next().await {
                Ok(delivery) => {
                    self.metrics.contact.queue();
                    self.metrics.redelivered.inc_by(delivery.redelivered.into());
                    return Ok(delivery);
                }
                Err(error) => pause_queue(&mut trouble, error).await?,
            }
        }
    }

    pub(crate) async fn acknowledge(&self, last: Tag, consumer: &mut Consumer) -> Result<(), ConsumeError> {
        let mut trouble = self.trouble(Work::Queue);
        while let Err(error) = consumer.acknowledge(last).await {
            pause_queue(&mut trouble, error).await?;
        }
        Ok(())
    }
}

async fn pause_queue(trouble: &mut Trouble<'_>, error: ConsumeError) -> Result<(), ConsumeError> {
    if !queue_may_recover(&error) {
        return Err(error);
    }
    trouble.pause(&error, "queue failed").await;
    Ok(())
}

/// The error with its sources, for the log and the quarantine.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}
