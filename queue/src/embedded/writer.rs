//! The writing side: publishes wait in a bounded queue, one thread writes all that came in as one block and answers after
//! one fsync; what comes in meanwhile shares the next.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use super::appender::Appender;
use super::log::Log;
use super::record;
use crate::{Group, MAX_GROUP_BYTES, OpenError, PublishError, Settings};

/// Bodies that wait for the writer; a publish beyond it waits for room.
const WAITING_BYTES: usize = 64 * 1024 * 1024;
/// While writing fails, and nobody may publish because of it, how often to look whether it works again.
const PROBE_EVERY: Duration = Duration::from_millis(500);
/// One block for one fsync.
const BLOCK_BYTES: u64 = 4 * 1024 * 1024;

#[derive(Debug)]
pub(super) struct Writer {
    pub(super) log: Arc<Log>,
    pub(super) has_consumer: AtomicBool,
    health: Arc<Health>,
    max_body_bytes: usize,
    room: Arc<Semaphore>,
    jobs: Option<mpsc::Sender<Job>>,
    thread: std::sync::Mutex<Option<JoinHandle<()>>>,
}

#[derive(Debug)]
enum Job {
    Publish(Request),
    RemoveAcknowledged,
}

#[derive(Debug)]
struct Request {
    group: Group,
    answer: oneshot::Sender<Result<(), PublishError>>,
    _room: OwnedSemaphorePermit,
}

impl Writer {
    pub(super) fn open(settings: &Settings) -> Result<Self, OpenError> {
        let folder = &settings.queue_dir;
        let log = Arc::new(Log::open(folder, settings.queue_max_bytes)?);
        let health = Arc::new(Health(AtomicBool::new(true)));
        let appender = Appender::new(Arc::clone(&log), settings);
        let (jobs, waiting) = mpsc::channel();
        let thread_health = Arc::clone(&health);
        let thread = std::thread::Builder::new()
            .name("queue-writer".to_owned())
            .spawn(move || write_blocks(appender, &waiting, &thread_health))
            .map_err(|source| OpenError::Folder {
                folder: folder.clone(),
                action: "start the writer's thread",
                source,
            })?;
        Ok(Self {
            max_body_bytes: MAX_GROUP_BYTES.min((log.max_bytes / 2) as usize),
            log,
            has_consumer: AtomicBool::new(false),
            health,
            room: Arc::new(Semaphore::new(WAITING_BYTES)),
            jobs: Some(jobs),
            thread: std::sync::Mutex::new(Some(thread)),
        })
    }

    pub(super) async fn publish(&self, group: Group) -> Result<(), PublishError> {
        let bytes = group.body.len();
        if bytes > self.max_body_bytes {
            return Err(PublishError::TooLarge {
                id: group.id,
                bytes,
                max_bytes: self.max_body_bytes,
            });
        }
        let permits = (record::HEADER_BYTES + bytes) as u32;
        let room = Arc::clone(&self.room).acquire_many_owned(permits).await;
        let (answer, answered) = oneshot::channel();
        let request = Request {
            group,
            answer,
            _room: room.map_err(|_| PublishError::Closed)?,
        };
        let jobs = self.jobs.as_ref().ok_or(PublishError::Closed)?;
        jobs.send(Job::Publish(request)).map_err(|_| PublishError::Closed)?;
        answered.await.map_err(|_| PublishError::Closed)?
    }

    /// In the writer's own time; a log that is closed meanwhile does so when it is opened again.
    pub(super) fn remove_acknowledged(&self) {
        if let Some(jobs) = &self.jobs {
            drop(jobs.send(Job::RemoveAcknowledged));
        }
    }

    pub(super) fn is_ready(&self) -> bool {
        self.health.is_good() && self.log.used_bytes() < self.log.max_bytes
    }
}

impl Drop for Writer {
    /// Waits for the last block: when the last handle is gone, everything is written and the folder may be opened again.
    fn drop(&mut self) {
        self.jobs = None;
        let thread = self.thread.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        if thread.is_some_and(|thread| thread.join().is_err()) {
            tracing::error!(folder = %self.log.folder.display(), "the queue's writer panicked");
        }
    }
}

fn write_blocks(mut appender: Appender, jobs: &mpsc::Receiver<Job>, health: &Health) {
    loop {
        match next_job(jobs, appender.sync_due(), health) {
            Ok(Job::Publish(first)) => write_block(&mut appender, first, jobs, health),
            Ok(Job::RemoveAcknowledged) => appender.close_acknowledged(),
            Err(RecvTimeoutError::Timeout) if health.is_good() => health.set(appender.sync()),
            Err(RecvTimeoutError::Timeout) => health.set(appender.probe()),
            Err(RecvTimeoutError::Disconnected) => return health.set(appender.sync()),
        }
    }
}

/// Writes the request with all that came in since.
fn write_block(appender: &mut Appender, first: Request, jobs: &mpsc::Receiver<Job>, health: &Health) {
    let mut accepted = Vec::new();
    let mut next = Some(Job::Publish(first));
    while let Some(job) = next {
        // What is to be removed is not all acknowledged any more.
        if let Job::Publish(request) = job {
            match appender.admit(&request.group) {
                Ok(()) => accepted.push(request),
                Err(refused) => answer(request, Err(refused)),
            }
        }
        next = match appender.admitted_bytes() {
            ..BLOCK_BYTES => jobs.try_recv().ok(),
            _ => None,
        };
    }
    if accepted.is_empty() {
        return;
    }
    let written = appender.write_block(accepted.iter().map(|request| &request.group));
    health.set(written.clone());
    for request in accepted {
        answer(request, written.clone());
    }
}

fn next_job(jobs: &mpsc::Receiver<Job>, sync_due: Option<Instant>, health: &Health) -> Result<Job, RecvTimeoutError> {
    let probe_due = (!health.is_good()).then(|| Instant::now() + PROBE_EVERY);
    match probe_due.or(sync_due) {
        Some(due) => jobs.recv_timeout(due.saturating_duration_since(Instant::now())),
        None => jobs.recv().map_err(|_| RecvTimeoutError::Disconnected),
    }
}

/// Whether writing works; changes are logged, not every failed block.
#[derive(Debug)]
struct Health(AtomicBool);

impl Health {
    fn is_good(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    fn set(&self, written: Result<(), PublishError>) {
        let was_good = self.0.swap(written.is_ok(), Ordering::Relaxed);
        match written {
            Err(failed) if was_good => {
                let cause = std::error::Error::source(&failed).map(ToString::to_string);
                tracing::error!(error = %failed, cause, "publishing fails until writing works again");
            }
            Ok(()) if !was_good => tracing::info!("the embedded queue writes again"),
            _ => {}
        }
    }
}

/// Nobody to answer means that the publish was given up; then nobody was told anything.
fn answer(request: Request, result: Result<(), PublishError>) {
    drop(request.answer.send(result));
}
