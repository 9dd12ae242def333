//! Group commit: the events of requests that arrive while a publish is in flight share the next message.
//!
//! Messages are what the queue costs, not bytes: RabbitMQ took 34–58 µs of CPU a message, 2–3 µs an event in groups of 100. A request appends its encoded events to the open
//! group and waits for that group's verdict; workers, one per publish in flight, take whatever is open when they are free.
//! Accepted events and refused ones have a committer each, so that a flood of refused ones takes no room from the others.

mod metrics;
mod pending;
mod verdict;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use event::Timestamp;
use queue::{Backlog, Group, Route, Spool};
use tokio::sync::Notify;
use tokio::time::timeout;
use tokio_util::task::TaskTracker;
use traces::{Kind, Span};

use crate::error::chain;
use crate::ids::new_id;
use crate::settings::{at_least_one, seconds};
pub(crate) use metrics::CommitMetrics;
pub(crate) use pending::{Batch, SubmitError};
use pending::{OpenGroup, Pending};
pub(crate) use verdict::{Outcome, Ticket};

#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
pub struct Settings {
    /// Groups being published at once.
    #[arg(long, env = "CLICKPATH_GROUPS_IN_FLIGHT", default_value = "4", value_parser = at_least_one)]
    pub groups_in_flight: usize,
    /// Bytes of encoded events after which a group takes no further request.
    #[arg(long, env = "CLICKPATH_GROUP_BYTES", default_value = "1048576", value_parser = at_least_one)]
    pub group_bytes: usize,
    /// Events after which a group takes no further request.
    #[arg(long, env = "CLICKPATH_GROUP_EVENTS", default_value = "10000", value_parser = at_least_one)]
    pub group_events: usize,
    /// Bytes of encoded events that may wait for a publish; more are answered 503.
    #[arg(long, env = "CLICKPATH_PENDING_BYTES", default_value = "67108864", value_parser = at_least_one)]
    pub pending_bytes: usize,
    /// Seconds a group may wait for a free publish, and again for the queue's confirmation, before its requests are answered 503.
    #[arg(long, env = "CLICKPATH_CONFIRM_TIMEOUT_SECONDS", default_value = "15", value_parser = seconds)]
    pub confirm_timeout: Duration,
}

/// Where groups go: the queue, or a stand-in in tests and measurements.
pub trait Sink: Send + Sync + 'static {
    type Error: std::error::Error + Send;

    /// Returns when the group is durable.
    fn publish(&self, route: Route, group: Group) -> impl Future<Output = Result<(), Self::Error>> + Send;
    /// With the span that whoever takes the group goes on with.
    fn publish_traced(
        &self,
        route: Route,
        group: Group,
        _publish: traces::Context,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send {
        self.publish(route, group)
    }
    fn is_ready(&self) -> bool;
    /// What waits on this machine for the queue, where there is such a place.
    fn spool(&self) -> Option<Spool> {
        None
    }
    /// What waits on this machine for the loader, where there is such a place.
    fn backlog(&self, _route: Route) -> Option<Backlog> {
        None
    }
    /// Stretches of what this machine keeps that did not read.
    fn damaged(&self) -> u64 {
        0
    }
    /// How long senders should wait after `error`, where it is known.
    fn retry_after(_error: &Self::Error) -> Option<Duration> {
        None
    }
}

impl Sink for queue::Publisher {
    type Error = queue::PublishError;

    fn publish(&self, route: Route, group: Group) -> impl Future<Output = Result<(), Self::Error>> + Send {
        queue::Publisher::publish(self, route, group)
    }

    async fn publish_traced(&self, route: Route, group: Group, publish: traces::Context) -> Result<(), Self::Error> {
        queue::Publisher::publish_traced(self, route, group, Some(&publish.to_string())).await
    }

    fn spool(&self) -> Option<Spool> {
        queue::Publisher::spool(self)
    }

    fn backlog(&self, route: Route) -> Option<Backlog> {
        queue::Publisher::backlog(self, route)
    }

    fn damaged(&self) -> u64 {
        queue::Publisher::damaged(self)
    }

    fn is_ready(&self) -> bool {
        queue::Publisher::is_ready(self)
    }

    fn retry_after(error: &Self::Error) -> Option<Duration> {
        error.retry_after()
    }
}

/// Takes encoded events from requests and publishes them in groups. `K` says how a group's events are counted.
pub(crate) struct Committer<K> {
    shared: Arc<Shared<K>>,
    workers: TaskTracker,
    sink_is_ready: Box<dyn Fn() -> bool + Send + Sync>,
    sink_spool: Box<dyn Fn() -> Option<Spool> + Send + Sync>,
    sink_backlog: Box<dyn Fn() -> Option<Backlog> + Send + Sync>,
    sink_damaged: Box<dyn Fn() -> u64 + Send + Sync>,
}

/// Where a committer's groups go and who learns what became of them.
pub(crate) struct Lane<K> {
    pub(crate) route: Route,
    /// Makes a message of what the requests encoded.
    pub(crate) seal: fn(&[u8]) -> Vec<u8>,
    /// Called once for each group.
    pub(crate) settle: Settle<K>,
    pub(crate) metrics: CommitMetrics,
    pub(crate) clock: fn() -> Timestamp,
}

/// Takes a group's tally and its outcome.
pub(crate) type Settle<K> = Box<dyn Fn(&[(K, u64)], Outcome) + Send + Sync>;

struct Shared<K> {
    settings: Settings,
    lane: Lane<K>,
    pending: Mutex<Pending<K>>,
    work: Notify,
}

/// The grace ran out while groups were still being published.
#[derive(Debug, thiserror::Error)]
#[error(
    "{waiting_events} events were not confirmed within the grace; their senders got no receipt and send them again"
)]
pub struct Unfinished {
    waiting_events: usize,
}

impl<K: Copy + PartialEq + Send + Sync + 'static> Committer<K> {
    /// Starts the workers on the current runtime; [`Committer::finish`] ends them.
    pub(crate) fn start<S: Sink>(sink: Arc<S>, settings: Settings, lane: Lane<K>) -> Self {
        let shared = Arc::new(Shared {
            pending: Mutex::new(Pending::new()),
            work: Notify::new(),
            settings,
            lane,
        });
        let workers = TaskTracker::new();
        for _ in 0..shared.settings.groups_in_flight {
            workers.spawn(work(Arc::clone(&shared), Arc::clone(&sink)));
        }
        let spooling = Arc::clone(&sink);
        let (logging, damaging) = (Arc::clone(&sink), Arc::clone(&sink));
        let route = shared.lane.route;
        Self {
            shared,
            workers,
            sink_backlog: Box::new(move || logging.backlog(route)),
            sink_damaged: Box::new(move || damaging.damaged()),
            sink_is_ready: Box::new(move || sink.is_ready()),
            sink_spool: Box::new(move || spooling.spool()),
        }
    }

    /// Puts a request's events into the open group. They are published even if nobody waits for the ticket.
    pub(crate) fn submit(&self, batch: &Batch<'_, K>) -> Result<Ticket, SubmitError> {
        self.submit_traced(batch, None)
    }

    /// With the span of the request, if it is traced. Of a group's requests the first that is traced has the publish in its trace.
    pub(crate) fn submit_traced(
        &self,
        batch: &Batch<'_, K>,
        request: Option<traces::Context>,
    ) -> Result<Ticket, SubmitError> {
        let (ticket, wake) = {
            let mut pending = self.shared.pending();
            let submitted = pending.submit(batch, &self.shared.settings)?;
            pending.trace(request);
            submitted
        };
        if wake {
            self.shared.work.notify_one();
        }
        Ok(ticket)
    }

    /// The sink takes groups and every worker is alive.
    pub(crate) fn is_ready(&self) -> bool {
        self.workers.len() == self.shared.settings.groups_in_flight && (self.sink_is_ready)()
    }

    /// What waits on this machine for the queue, where there is such a place.
    pub(crate) fn spool(&self) -> Option<Spool> {
        (self.sink_spool)()
    }

    /// What waits on this machine for the loader, where there is such a place.
    pub(crate) fn backlog(&self) -> Option<Backlog> {
        (self.sink_backlog)()
    }

    /// Stretches of what this machine keeps that did not read, of all routes.
    pub(crate) fn damaged(&self) -> u64 {
        (self.sink_damaged)()
    }

    /// Takes nothing more, publishes what it has and ends the workers.
    pub(crate) async fn finish(&self, grace: Duration) -> Result<(), Unfinished> {
        self.shared.pending().close();
        self.shared.work.notify_waiters();
        self.workers.close();
        let waited = timeout(grace, self.workers.wait()).await;
        waited.map_err(|_| Unfinished {
            waiting_events: self.shared.pending().unconfirmed_events,
        })
    }
}

impl<K> Shared<K> {
    /// A panic elsewhere cannot leave the groups half changed: every change is a push or a take.
    fn pending(&self) -> MutexGuard<'_, Pending<K>> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn work<S: Sink, K: Copy + PartialEq>(shared: Arc<Shared<K>>, sink: Arc<S>) {
    loop {
        let notified = shared.work.notified();
        let (group, closed) = {
            let mut pending = shared.pending();
            (pending.take(), pending.is_closed())
        };
        match group {
            Some(group) => publish(&shared, &*sink, group).await,
            None if closed => return,
            None => {
                notified.await;
                // Requests that are ready to run join the group before it is taken.
                tokio::task::yield_now().await;
            }
        }
    }
}

async fn publish<S: Sink, K>(shared: &Shared<K>, sink: &S, group: OpenGroup<K>) {
    let outcome = match group.opened.elapsed() <= shared.settings.confirm_timeout {
        true => publish_in_time(shared, sink, &group).await,
        // Its senders have waited long enough, and what was received is to be in the queue soon after, or not at all.
        false => failed(
            &shared.lane,
            &group,
            "it waited too long for the groups before it",
            None,
        ),
    };
    shared.pending().unconfirmed_events -= group.events;
    (shared.lane.settle)(&group.tally, outcome);
    group.verdict.decide(outcome);
}

async fn publish_in_time<S: Sink, K>(shared: &Shared<K>, sink: &S, group: &OpenGroup<K>) -> Outcome {
    let lane = &shared.lane;
    let body = (lane.seal)(&group.bytes);
    lane.metrics.group_events.observe(group.events as f64);
    let bytes = body.len();
    lane.metrics.group_bytes.observe(bytes as f64);
    let message = Group {
        id: new_id((lane.clock)()),
        body: body.into(),
    };
    let span = group.request.and_then(traces::follow);
    let confirm = span.as_ref().map(Span::child);
    let started = Instant::now();
    let publish = async {
        match &span {
            Some(span) => sink.publish_traced(lane.route, message, span.context()).await,
            None => sink.publish(lane.route, message).await,
        }
    };
    match timeout(shared.settings.confirm_timeout, publish).await {
        Ok(Ok(())) => {
            lane.metrics.confirm_seconds.observe(started.elapsed().as_secs_f64());
            if let (Some(span), Some(confirm)) = (span, confirm) {
                confirm.end("confirm", Kind::Client, &[]);
                let numbers = [
                    ("clickpath.events", group.events as i64),
                    ("clickpath.bytes", bytes as i64),
                ];
                // Since the first of its requests: so long it waited for the group before it.
                span.earlier(started - group.opened)
                    .end("publish", Kind::Producer, &numbers);
            }
            Outcome::Published
        }
        Ok(Err(error)) => failed(lane, group, &chain(&error), S::retry_after(&error)),
        Err(_) => failed(lane, group, "no confirmation in time", None),
    }
}

fn failed<K>(lane: &Lane<K>, group: &OpenGroup<K>, cause: &str, retry_after: Option<Duration>) -> Outcome {
    lane.metrics.publish_failures.inc();
    tracing::warn!(
        events = group.events,
        route = ?lane.route,
        error = cause,
        "group is not published, its senders are told to try again"
    );
    Outcome::Failed { retry_after }
}
