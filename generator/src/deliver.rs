//! Batches to the gateway or to the broker, each at its time, several on their way.
//!
//! Batches leave in the order in which they were made. While some are on their way a later one may be stored first, and one that
//! is repeated is overtaken; with one at a time that cannot be.

mod batches;
mod door;

use event::Timestamp;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::run::Job;
use crate::{GenerateError, Settings, Summary};
use batches::Batches;
pub(crate) use door::Answer;
use door::Door;

/// Returns when every batch is answered, or at the signal.
pub(crate) async fn deliver(
    settings: &Settings,
    job: &mut Job,
    start: Timestamp,
    shutdown: CancellationToken,
) -> Result<Summary, GenerateError> {
    let door = &Door::open(settings, shutdown.clone()).await?;
    let began = Instant::now();
    let now = &|| Timestamp(start.0.saturating_add_unsigned(began.elapsed().as_millis() as u64));
    let mut batches = Batches::new(settings);
    let mut summary = Summary::new(settings.to);
    let mut on_their_way = FuturesUnordered::new();
    while !shutdown.is_cancelled() && batches.fill(job, summary.sent) {
        let due = began + batches.due();
        loop {
            tokio::select! {
                biased;
                () = shutdown.cancelled() => break,
                Some(answer) = on_their_way.next() => count(answer, job, &mut summary)?,
                () = sleep_until(due) => break,
            }
        }
        if shutdown.is_cancelled() {
            break;
        }
        for batch in batches.by_clock() {
            while on_their_way.len() >= door.at_once() {
                if let Some(answer) = on_their_way.next().await {
                    count(answer, job, &mut summary)?;
                }
            }
            summary.sent += batch.events as u64;
            on_their_way.push(async move { (batch.events as u64, door.send(batch, now).await) });
        }
    }
    while let Some(answer) = on_their_way.next().await {
        count(answer, job, &mut summary)?;
    }
    Ok(summary)
}

fn count(
    (events, answer): (u64, Result<Option<Answer>, GenerateError>),
    job: &Job,
    summary: &mut Summary,
) -> Result<(), GenerateError> {
    match answer? {
        Some(answer) => {
            summary.answered(&answer);
            job.progress.add(events);
        }
        None => summary.unanswered += events,
    }
    Ok(())
}
