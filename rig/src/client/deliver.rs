//! A batch on its way, sent as often as it takes.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::event::Event;
use super::log::Log;
use super::request::{self, Answer, Receipt};
use super::{Plan, Progress};
use crate::clock::now_ms;
use crate::random::Random;

const IN_FLIGHT: usize = 256;
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(4);
/// Events of a batch that was cut anew.
const RECUT_EVENTS: usize = 40;

type Batch = Vec<Arc<Event>>;

#[derive(Debug)]
pub(super) struct Shared {
    url: String,
    pub(super) plan: Plan,
    connections: Vec<reqwest::Client>,
    in_flight: Semaphore,
    log: Mutex<Log>,
    /// Events to be sent again in another cut.
    pool: Mutex<Batch>,
    /// Batches to be sent again at their time, though they have their receipt.
    late: Mutex<Vec<(Instant, Batch, Random)>>,
    requests: AtomicU64,
    unanswered: AtomicU64,
    held_back: AtomicU64,
    last_failure: Mutex<String>,
    /// Every wait ends, and no receipt is lost any more.
    pub(super) hurry: CancellationToken,
    pub(super) tasks: TaskTracker,
}

impl Shared {
    pub(super) fn new(url: &str, plan: Plan, hurry: CancellationToken) -> anyhow::Result<Self> {
        let connections = (0..plan.connections.max(1)).map(|_| request::connection());
        Ok(Self {
            url: format!("{url}/events"),
            connections: connections.collect::<anyhow::Result<_>>()?,
            plan,
            in_flight: Semaphore::new(IN_FLIGHT),
            log: Mutex::default(),
            pool: Mutex::default(),
            late: Mutex::default(),
            requests: AtomicU64::new(0),
            unanswered: AtomicU64::new(0),
            held_back: AtomicU64::new(0),
            last_failure: Mutex::default(),
            hurry,
            tasks: TaskTracker::new(),
        })
    }

    pub(super) fn deliver(self: &Arc<Self>, batch: Batch, random: Random) {
        let shared = Arc::clone(self);
        self.tasks
            .spawn(async move { shared.until_answered(batch, random).await });
    }

    async fn until_answered(&self, mut batch: Batch, mut random: Random) {
        let mut pause = FIRST_PAUSE;
        loop {
            let after = match self.send(&batch, &mut random).await {
                Answer::Receipt(receipt) => return self.note(receipt, batch, &mut random),
                Answer::Unexpected(answer) => {
                    lock(&self.log).contradictions.push(answer);
                    return lock(&self.log).given_up(&batch);
                }
                Answer::Again { after, reason } => {
                    self.unanswered.fetch_add(1, Ordering::Relaxed);
                    *lock(&self.last_failure) = reason;
                    after
                }
            };
            if random.percent(self.plan.given_up_percent) {
                return lock(&self.log).given_up(&batch);
            }
            // Between half and the whole, as the tracker's visitors do not come back all at once.
            let step = pause.mul_f64(0.5 + random.below(500) as f64 / 1_000.0);
            self.wait(after.unwrap_or(step)).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
            if random.percent(self.plan.recut_percent) {
                lock(&self.pool).append(&mut batch);
                batch = self.cut(&mut random);
                if batch.is_empty() {
                    return;
                }
            }
        }
    }

    async fn send(&self, batch: &Batch, random: &mut Random) -> Answer {
        let _permit = self.in_flight.acquire().await;
        lock(&self.log).sending(batch);
        self.requests.fetch_add(1, Ordering::Relaxed);
        let site = batch[0].site;
        let together = batch.iter().all(|event| event.site == site) && random.percent(50);
        let mut url = format!("{}?source=http", self.url);
        if together {
            url += &format!("&site={site}");
        }
        if random.percent(70) {
            url += &format!("&sent_at={}", now_ms());
        }
        request::send(random.pick(&self.connections), url, request::body(batch, together)).await
    }

    /// Writes the receipt down; a share of them is lost afterwards.
    fn note(&self, receipt: Receipt, batch: Batch, random: &mut Random) {
        let mut log = lock(&self.log);
        let told = receipt.accepted.len() + receipt.rejected.len();
        if told != batch.len() {
            log.contradictions
                .push(format!("a receipt accounts for {told} of {} events", batch.len()));
        }
        for id in receipt.accepted {
            log.accepted(id);
        }
        for rejected in receipt.rejected {
            match rejected.id {
                Some(id) => log.refused(id, &rejected.reason),
                None => log
                    .contradictions
                    .push(format!("a refusal without id: {}", rejected.reason)),
            }
        }
        drop(log);
        if !self.hurry.is_cancelled() && random.percent(self.plan.lost_percent) {
            self.lose(batch, random);
        }
    }

    /// The receipt is forgotten: the batch is sent again, most of them soon.
    fn lose(&self, mut batch: Batch, random: &mut Random) {
        let late = self.plan.late.as_millis() as i64;
        let after = match random.percent(60) {
            true => random.pause(100..2_000),
            false => random.pause(2_000.min(late - 1)..late),
        };
        if random.percent(self.plan.recut_percent) {
            let mut kept = batch.split_off(random.below(batch.len()));
            lock(&self.pool).append(&mut batch);
            std::mem::swap(&mut batch, &mut kept);
        }
        lock(&self.late).push((Instant::now() + after, batch, random.fork()));
    }

    /// Sends the late batches that are due, all of them in a hurry, and up to `cuts` batches out of the pool.
    pub(super) fn send_waiting(self: &Arc<Self>, cuts: usize) {
        let now = Instant::now();
        let hurry = self.hurry.is_cancelled();
        let due: Vec<_> = lock(&self.late)
            .extract_if(.., |(at, ..)| hurry || *at <= now)
            .collect();
        for (_, batch, random) in due {
            self.deliver(batch, random);
        }
        for number in 0..cuts {
            let mut random = Random::new(now_ms().unsigned_abs() + number as u64);
            let batch = self.cut(&mut random);
            if batch.is_empty() {
                return;
            }
            self.deliver(batch, random);
        }
    }

    pub(super) fn has_waiting(&self) -> bool {
        !lock(&self.pool).is_empty() || !lock(&self.late).is_empty()
    }

    /// Some events of the pool, of any site; an event twice in one request would be refused.
    fn cut(&self, random: &mut Random) -> Batch {
        let mut pool = lock(&self.pool);
        let count = pool.len().min(1 + random.below(RECUT_EVENTS));
        let from = pool.len() - count;
        let mut batch = pool.split_off(from);
        batch.sort_by_key(|event| event.id);
        batch.dedup_by_key(|event| event.id);
        batch
    }

    async fn wait(&self, pause: Duration) {
        tokio::select! {
            () = sleep(pause) => {}
            // Not at once: the gateway may be on its way back.
            () = async { self.hurry.cancelled().await; sleep(FIRST_PAUSE).await } => {}
        }
    }

    pub(super) fn open_events(&self) -> usize {
        let waiting = lock(&self.pool).len();
        waiting + self.tasks.len() * BATCH_MEAN
    }

    pub(super) fn hold_back(&self) {
        self.held_back.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn progress(&self) -> Progress {
        Progress {
            requests: self.requests.load(Ordering::Relaxed),
            unanswered: self.unanswered.load(Ordering::Relaxed),
            held_back: self.held_back.load(Ordering::Relaxed),
            fates: lock(&self.log).fates(),
        }
    }

    pub(super) fn last_failure(&self) -> String {
        lock(&self.last_failure).clone()
    }

    pub(super) fn take_log(&self) -> Log {
        std::mem::take(&mut lock(&self.log))
    }
}

/// One event or twenty.
const BATCH_MEAN: usize = 10;

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
