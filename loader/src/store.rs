use std::time::{Duration, Instant};

use event::group::{self, VERSION};
use queue::{ConsumeError, Consumer, Group};
use tokio::time::sleep;
use warehouse::{Block, LowCardinality, Milliseconds, QuarantineRow, Warehouse, WarehouseError};

use crate::batch::{Closed, Divided, Part, events_of};
use crate::metrics::{Metrics, Reason, now};
use crate::retry::{Backoff, Decision, after_insert, queue_may_recover};

/// Brings closed batches into the database.
pub(crate) struct Store {
    pub(crate) warehouse: Warehouse,
    pub(crate) metrics: Metrics,
    pub(crate) backoff: Backoff,
}

/// One event that the database refused, by itself.
struct Refused {
    group: usize,
    event: usize,
    token: String,
    code: i32,
    message: String,
}

impl Store {
    /// Returns when every row is in the table or in quarantine and the batch is acknowledged. Waits for a database that is
    /// away; dropping the future leaves the batch to be delivered again.
    pub(crate) async fn store(&self, batch: &Closed, consumer: &mut Consumer) -> Result<(), ConsumeError> {
        let refused = self.insert(batch).await;
        self.set_aside(batch, &refused).await;
        self.acknowledge(batch, consumer).await?;
        self.metrics.acknowledged(batch, batch.block.rows() - refused.len());
        Ok(())
    }

    /// Inserts all rows but those the database refuses one by one.
    async fn insert(&self, batch: &Closed) -> Vec<Refused> {
        let groups = &batch.groups;
        let mut refused = Vec::new();
        let mut parts = vec![(Part::Groups(0..groups.len()), Some(batch.block.clone()))];
        while let Some((part, block)) = parts.pop() {
            let block = block.unwrap_or_else(|| part.block(groups));
            let token = part.token(groups);
            let Err(error) = self.insert_part(&block, &token).await else {
                continue;
            };
            match part.divide(|group| events_of(&groups[group])) {
                Divided::Halves([first, second]) => parts.extend([(second, None), (first, None)]),
                Divided::Single { group, event } => refused.push(Refused {
                    group,
                    event,
                    token,
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
        let mut failures = 0;
        loop {
            let begun = Instant::now();
            let Err(error) = self.warehouse.insert_event_block(block, token).await else {
                self.metrics.inserted(block.rows(), begun.elapsed());
                return Ok(());
            };
            match after_insert(&error) {
                Decision::Divide => return Err(error),
                Decision::Repeat => self.pause_insert(&mut failures, &error).await,
            }
        }
    }

    /// Puts aside what cannot be stored, durably, before anything is acknowledged.
    async fn set_aside(&self, batch: &Closed, refused: &[Refused]) {
        for (group, error) in &batch.poison {
            tracing::error!(group = %group.id, error = chain(error), "group does not decode, put aside");
            self.quarantine(group, Reason::Codec, &chain(error)).await;
            self.metrics.quarantined(Reason::Codec, 1);
        }
        for refused in refused {
            let group = &batch.groups[refused.group];
            self.set_event_aside(group, refused).await;
            self.metrics.quarantined(Reason::Database, 1);
        }
    }

    /// Into the table `quarantine`.
    async fn set_event_aside(&self, group: &Group, refused: &Refused) {
        let opened = group::open(&group.body).expect("the group was decoded before");
        let event = opened
            .events()
            .nth(refused.event)
            .expect("the event was inserted before");
        let event = event.expect("the group was decoded before");
        let mut alone = Vec::new();
        group::append(&event, &mut alone).expect("the event was decoded from this form");
        let alone = group::seal(&alone);
        let row = QuarantineRow {
            id: event.event.id,
            at: Milliseconds(now().as_millis() as i64),
            site: LowCardinality(&event.event.site),
            reason: LowCardinality(Reason::Database.as_str()),
            code: refused.code,
            message: &refused.message,
            schema_version: VERSION,
            source: LowCardinality(event.source.as_str()),
            group_id: group.id,
            bytes: &alone,
            received_at: Milliseconds(event.received_at.0),
            field: LowCardinality(""),
            form: LowCardinality("event"),
            user_agent: LowCardinality(&event.client.user_agent),
            ip: None,
            accepted: true,
            replayed_at: None,
        };
        tracing::error!(event = %row.id, group = %group.id, error = refused.message, "event refused by the database, put aside");
        let mut failures = 0;
        loop {
            let inserted = self
                .warehouse
                .insert_quarantine(std::slice::from_ref(&row), &refused.token)
                .await;
            let Err(error) = inserted else {
                return;
            };
            match after_insert(&error) {
                Decision::Repeat => self.pause_insert(&mut failures, &error).await,
                Decision::Divide => break,
            }
        }
        let alone = Group {
            id: event.event.id,
            body: alone.into(),
        };
        self.quarantine(&alone, Reason::Database, &refused.message).await;
    }

    /// The whole group as a row of the table `quarantine`.
    async fn quarantine(&self, group: &Group, reason: Reason, message: &str) {
        let at = Milliseconds(now().as_millis() as i64);
        let row = QuarantineRow {
            id: group.id,
            at,
            site: LowCardinality(""),
            reason: LowCardinality(reason.as_str()),
            code: 0,
            message,
            schema_version: VERSION,
            source: LowCardinality(""),
            group_id: group.id,
            bytes: &group.body,
            received_at: at,
            field: LowCardinality(""),
            form: LowCardinality("group"),
            user_agent: LowCardinality(""),
            ip: None,
            accepted: true,
            replayed_at: None,
        };
        let token = format!("quarantine-{}", group.id);
        let mut failures = 0;
        while let Err(error) = self
            .warehouse
            .insert_quarantine(std::slice::from_ref(&row), &token)
            .await
        {
            self.pause_insert(&mut failures, &error).await;
        }
    }

    async fn acknowledge(&self, batch: &Closed, consumer: &mut Consumer) -> Result<(), ConsumeError> {
        let mut failures = 0;
        while let Err(error) = consumer.acknowledge(batch.last).await {
            self.pause_queue(&mut failures, error).await?;
        }
        Ok(())
    }

    async fn pause_insert(&self, failures: &mut u32, error: &WarehouseError) {
        self.metrics.retries.inc();
        let wait = self.next_wait(failures);
        tracing::warn!(
            error = chain(error),
            failures,
            wait_ms = wait.as_millis(),
            "insert failed, will be repeated"
        );
        sleep(wait).await;
    }

    pub(crate) async fn pause_queue(&self, failures: &mut u32, error: ConsumeError) -> Result<(), ConsumeError> {
        if !queue_may_recover(&error) {
            return Err(error);
        }
        let wait = self.next_wait(failures);
        tracing::warn!(
            error = chain(&error),
            failures,
            wait_ms = wait.as_millis(),
            "queue failed, will be tried again"
        );
        sleep(wait).await;
        Ok(())
    }

    fn next_wait(&self, failures: &mut u32) -> Duration {
        *failures = failures.saturating_add(1);
        self.backoff.wait(*failures)
    }
}

/// The error with its sources, for the log and the quarantine.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}
