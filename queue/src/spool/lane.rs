use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::timeout;
use tokio_util::task::AbortOnDropHandle;
use uuid::Uuid;

use super::drain;
use crate::embedded::{self, Queue};
use crate::{Group, OpenError, PublishError, Route, Settings, rabbitmq};

/// A log with so few groups left is closed for a moment.
const FEW: u64 = 64;
/// A publish waits no longer for that; the broker is slow, then, or away again.
const CLOSING_LIMIT: Duration = Duration::from_millis(500);
/// What a publish waits while a longer log is drained: else busy publishers could fill it as fast as it is drained, for ever.
const SLOWED: Duration = Duration::from_millis(20);

/// One route's way to the broker.
#[derive(Debug)]
pub(super) struct Lane {
    log: Arc<LaneLog>,
    _drainer: AbortOnDropHandle<()>,
}

/// A lane whose log nobody publishes yet.
#[derive(Debug)]
pub(super) struct Idle(LaneLog);

/// The log and what is known of the groups in it.
#[derive(Debug)]
pub(super) struct LaneLog {
    pub(super) route: Route,
    pub(super) queue: Queue,
    /// A group is spooled so much later than its id was made, at most.
    delay: Duration,
    ages: Mutex<Ages>,
    /// The log is being drained: publishes wait a moment, so that it becomes empty although groups keep coming.
    closing: watch::Sender<bool>,
}

/// UUIDv7 times in milliseconds since 1970.
#[derive(Debug, Default)]
struct Ages {
    /// Appends on their way.
    entering: usize,
    /// No group that was appended since the log was last empty is older.
    entered_ms: Option<i64>,
    /// The first group in the log that is not confirmed, when it is known.
    first_ms: Option<i64>,
}

/// An append on its way; also one whose future is dropped ends.
struct Entering<'a>(&'a LaneLog);

impl Lane {
    pub(super) async fn open(route: Route, spool: &Path, settings: &Settings) -> Result<Idle, OpenError> {
        let queue = Queue::open(embedded::folder(spool, route), settings).await?;
        let first = first_id(&queue).await.map_err(|source| OpenError::Spool { source })?;
        let ages = Ages {
            first_ms: first.and_then(time_ms),
            ..Ages::default()
        };
        Ok(Idle(LaneLog {
            route,
            queue,
            delay: settings.publish_timeout(),
            ages: Mutex::new(ages),
            closing: watch::Sender::new(false),
        }))
    }

    pub(super) async fn publish(
        &self,
        broker: &rabbitmq::Publisher,
        group: Group,
        traceparent: Option<&str>,
    ) -> Result<(), PublishError> {
        if broker.is_ready() {
            self.log.wait_while_closing().await;
        }
        if self.is_direct(broker) {
            match broker.publish(self.log.route, group.clone(), traceparent).await {
                Ok(()) => return Ok(()),
                Err(refused @ (PublishError::TooLarge { .. } | PublishError::Closed)) => return Err(refused),
                Err(failed) => {
                    tracing::warn!(group = %group.id, error = %failed, "a group goes to the spool");
                }
            }
        }
        let _entering = self.log.enter(group.id);
        self.log.queue.publish(group).await
    }

    pub(super) fn is_ready(&self, broker: &rabbitmq::Publisher) -> bool {
        self.is_direct(broker) || self.log.queue.is_ready()
    }

    pub(super) fn groups(&self) -> u64 {
        self.log.queue.waiting()
    }

    pub(super) fn bytes(&self) -> u64 {
        self.log.queue.used_bytes()
    }

    pub(super) fn damaged(&self) -> u64 {
        self.log.queue.damaged()
    }

    pub(super) fn oldest_ms(&self) -> Option<i64> {
        let ages = self.log.ages();
        if self.log.is_empty(&ages) {
            return None;
        }
        let oldest = ages.first_ms.or(ages.entered_ms)?;
        Some(oldest - self.log.delay.as_millis() as i64)
    }

    fn is_direct(&self, broker: &rabbitmq::Publisher) -> bool {
        broker.is_ready() && self.log.is_empty(&self.log.ages())
    }
}

impl Idle {
    pub(super) fn start(self, broker: rabbitmq::Publisher) -> Lane {
        let log = Arc::new(self.0);
        let drainer = tokio::spawn(drain::run(Arc::clone(&log), broker));
        Lane {
            log,
            _drainer: AbortOnDropHandle::new(drainer),
        }
    }
}

impl LaneLog {
    fn enter(&self, id: Uuid) -> Entering<'_> {
        let mut ages = self.ages();
        if self.is_empty(&ages) {
            tracing::warn!(route = ?self.route, "groups wait in the spool");
            // Of an append that failed.
            ages.entered_ms = None;
        }
        ages.entering += 1;
        ages.entered_ms = [ages.entered_ms, time_ms(id)].into_iter().flatten().min();
        Entering(self)
    }

    /// Everything before the group `id` is confirmed.
    pub(super) fn confirmed_before(&self, id: Uuid) {
        if let Some(first_ms) = time_ms(id) {
            self.ages().first_ms = Some(first_ms);
        }
    }

    /// Groups were acknowledged.
    pub(super) fn shortened(&self) {
        let mut ages = self.ages();
        if self.is_empty(&ages) {
            *ages = Ages::default();
            drop(ages);
            tracing::info!(route = ?self.route, "the spool is empty, groups go to RabbitMQ directly");
            self.queue.remove_acknowledged();
            self.closing.send_replace(false);
        } else {
            self.closing.send_replace(true);
        }
    }

    /// Draining was interrupted: groups go to the log again.
    pub(super) fn interrupted(&self) {
        self.closing.send_replace(false);
    }

    async fn wait_while_closing(&self) {
        let mut closing = self.closing.subscribe();
        let open = closing.wait_for(|closing| !closing);
        let is_almost_empty = self.queue.waiting() <= FEW;
        let limit = if is_almost_empty { CLOSING_LIMIT } else { SLOWED };
        if timeout(limit, open).await.is_err() && is_almost_empty {
            self.closing.send_replace(false);
        }
    }

    /// Looks at the appends first: one that has ended since has made the log longer.
    fn is_empty(&self, ages: &Ages) -> bool {
        ages.entering == 0 && self.queue.waiting() == 0
    }

    /// No critical section leaves the ages half changed.
    fn ages(&self) -> MutexGuard<'_, Ages> {
        self.ages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Entering<'_> {
    fn drop(&mut self) {
        let mut ages = self.0.ages();
        ages.entering -= 1;
        // An append that failed leaves nothing to confirm.
        if self.0.is_empty(&ages) {
            self.0.closing.send_replace(false);
        }
    }
}

/// Of the first group that an earlier run left.
async fn first_id(queue: &Queue) -> Result<Option<Uuid>, crate::ConsumeError> {
    let Ok(mut consumer) = queue.consumer() else {
        // The log is new here, and its first consumer cannot be taken.
        return Ok(None);
    };
    if consumer.backlog().await? == 0 {
        return Ok(None);
    }
    Ok(Some(consumer.next().await?.group.id))
}

/// `None` for an id that is no UUIDv7.
fn time_ms(id: Uuid) -> Option<i64> {
    let (seconds, nanoseconds) = (id.get_version_num() == 7).then(|| id.get_timestamp())??.to_unix();
    Some(seconds as i64 * 1_000 + i64::from(nanoseconds) / 1_000_000)
}
