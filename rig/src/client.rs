//! Load over HTTP, and a log of every event with its receipt.

mod deliver;
mod event;
mod log;
mod request;
#[cfg(test)]
mod tests;
mod visitors;

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::clock::now_ms;
use crate::random::Random;
use deliver::Shared;
use visitors::Visitors;

pub use event::{CURRENCY, Event, Flaw};
pub use log::{Entry, Fate, Fates, Log};
pub use visitors::SITES;

/// Events without a receipt beyond which no new ones are made.
const OPEN_EVENTS: usize = 50_000;
/// Every other request carries one event, the rest so many.
const BATCH_EVENTS: usize = 20;

/// What the client does.
#[derive(Debug, Clone)]
pub struct Plan {
    /// New requests, whatever became of those before.
    pub requests_per_second: u32,
    pub connections: usize,
    /// Share of events that must be refused.
    pub flawed_percent: usize,
    /// Share of receipts that the client makes as if it had not seen: it sends the events again, at once or much later.
    pub lost_percent: usize,
    /// Share of repetitions in which the events are cut into other batches.
    pub recut_percent: usize,
    /// Share of requests without a receipt that are not repeated.
    pub given_up_percent: usize,
    /// The latest repetition.
    pub late: Duration,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            requests_per_second: 60,
            connections: 8,
            flawed_percent: 1,
            lost_percent: 8,
            recut_percent: 35,
            given_up_percent: 2,
            late: Duration::from_secs(20),
        }
    }
}

/// Running load.
#[derive(Debug)]
pub struct Client {
    shared: Arc<Shared>,
    stop: CancellationToken,
    dispatcher: JoinHandle<()>,
}

/// What has happened so far.
#[derive(Debug, Clone, Copy, Default)]
pub struct Progress {
    pub requests: u64,
    /// Requests that got no receipt.
    pub unanswered: u64,
    /// Requests that were due and not made, because too many events waited for their receipts.
    pub held_back: u64,
    pub fates: Fates,
}

impl Client {
    /// Starts to send to the gateway at `url` (`http://host:port`).
    pub fn start(url: &str, plan: Plan, mut random: Random) -> anyhow::Result<Self> {
        let (stop, stopped) = (CancellationToken::new(), CancellationToken::new());
        let shared = Arc::new(Shared::new(url, plan, stopped)?);
        let dispatcher = dispatch(Arc::clone(&shared), random.fork(), stop.clone());
        Ok(Self {
            dispatcher: tokio::spawn(dispatcher),
            shared,
            stop,
        })
    }

    pub fn progress(&self) -> Progress {
        self.shared.progress()
    }

    /// Makes no new events, sends all that have no receipt until they have one, within `patience`, and returns the log.
    pub async fn finish(self, patience: Duration) -> anyhow::Result<(Log, Progress)> {
        self.stop.cancel();
        self.dispatcher.await?;
        let end = Instant::now() + patience;
        self.shared.hurry.cancel();
        while Instant::now() < end {
            self.shared.send_waiting(usize::MAX);
            self.shared.tasks.close();
            let all = self.shared.tasks.wait();
            if tokio::time::timeout_at(end, all).await.is_ok() && !self.shared.has_waiting() {
                break;
            }
            self.shared.tasks.reopen();
        }
        let progress = self.shared.progress();
        let mut log = self.shared.take_log();
        if progress.fates.open > 0 {
            log.contradictions.push(format!(
                "{} events have no receipt after {} s of trying; the last answer without one: {}",
                progress.fates.open,
                patience.as_secs(),
                self.shared.last_failure()
            ));
        }
        Ok((log, progress))
    }
}

/// One new request each time it is due, and repetitions as they come due.
async fn dispatch(shared: Arc<Shared>, mut random: Random, stop: CancellationToken) {
    let mut sites: Vec<Visitors> = SITES.iter().map(|site| Visitors::new(site, random.fork())).collect();
    let mut due = interval(Duration::from_secs(1) / shared.plan.requests_per_second);
    due.set_missed_tick_behavior(MissedTickBehavior::Burst);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = due.tick() => {}
        }
        shared.send_waiting(1);
        if shared.open_events() > OPEN_EVENTS {
            shared.hold_back();
            continue;
        }
        let count = if random.percent(50) { 1 } else { BATCH_EVENTS };
        let site = random.below(sites.len());
        let event = |_| Arc::new(sites[site].next_or_flawed(now_ms(), shared.plan.flawed_percent));
        let events = (0..count).map(event).collect();
        shared.deliver(events, random.fork());
    }
}
