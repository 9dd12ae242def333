//! Batches to the gateway, several at once, and what became of them in the order of the file.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use client::{Client, ClientError, Progress, Sent};
use tokio::sync::mpsc::Receiver;
use tokio::task::{JoinError, JoinHandle};
use tokio_util::sync::CancellationToken;

use crate::batch::{Batch, Origin};
use crate::error::EarlyEnd;
use crate::journal::{Journal, Step};
use crate::record::Refusal;
use crate::rejected::RejectedRows;

/// Where batches go, and where it is kept what became of them.
pub(crate) struct Confirm<'c> {
    pub(crate) client: &'c Client,
    pub(crate) site: Arc<str>,
    /// Requests on their way at once.
    pub(crate) connections: usize,
    /// Refused rows after which the import ends; 0 is no limit.
    pub(crate) max_refused: u64,
    pub(crate) journal: Option<Journal>,
    pub(crate) rejected: RejectedRows,
    pub(crate) progress: Progress,
    /// How far all rows are confirmed, and what became of them.
    pub(crate) step: Step,
    pub(crate) retries: u64,
    pub(crate) taken_bytes: u64,
}

/// A batch and its request; without events there is none.
struct OnItsWay(Batch, Option<JoinHandle<Result<Sent, ClientError>>>);

/// By the gateway, of an event of the same request.
const DUPLICATE_ID: &str = "duplicate_id";

impl Confirm<'_> {
    /// Until `batches` end, which is `Ok`, or until the signal or something that repeating cannot help.
    pub(crate) async fn run(
        &mut self,
        mut batches: Receiver<Batch>,
        shutdown: &CancellationToken,
    ) -> Result<(), EarlyEnd> {
        let mut on_their_way = VecDeque::new();
        let (mut reads, mut interrupted) = (true, false);
        loop {
            tokio::select! {
                () = shutdown.cancelled(), if reads => (reads, interrupted) = (false, true),
                batch = batches.recv(), if reads && on_their_way.len() < self.connections => match batch {
                    Some(batch) => on_their_way.push_back(self.send(batch)),
                    None => reads = false,
                },
                sent = first(&mut on_their_way), if !on_their_way.is_empty() => {
                    let OnItsWay(batch, _) = on_their_way.pop_front().expect("the first has just been answered");
                    let sent = sent.map_err(EarlyEnd::Task)?;
                    self.settle(&batch, sent.transpose()?)?;
                }
                else => break,
            }
        }
        if interrupted { Err(EarlyEnd::Signal) } else { Ok(()) }
    }

    fn send(&self, mut batch: Batch) -> OnItsWay {
        if batch.events.is_empty() {
            return OnItsWay(batch, None);
        }
        let (client, site, events) = (self.client.clone(), Arc::clone(&self.site), batch.events.len());
        let body = Bytes::from(std::mem::take(&mut batch.body));
        let request = tokio::spawn(async move {
            let batch = client::Batch {
                site: &site,
                source: event::Source::Csv,
                events,
                body,
                sent_at: None,
            };
            client.send_events(batch).await
        });
        OnItsWay(batch, Some(request))
    }

    /// Everything up to the end of `batch` has its answer.
    fn settle(&mut self, batch: &Batch, sent: Option<Sent>) -> Result<(), EarlyEnd> {
        let tally = &mut self.step.tally;
        let mut refused: Vec<(Origin, Refusal)> = batch.refused.clone();
        if let Some(sent) = sent {
            tally.accepted += sent.accepted as u64;
            self.retries += u64::from(sent.retries);
            for one in sent.rejected {
                if one.reason == DUPLICATE_ID {
                    tally.copies += 1;
                    continue;
                }
                let refusal = Refusal::new(one.field.unwrap_or_default(), &one.reason, one.message);
                refused.push((batch.events[one.index], refusal));
            }
        }
        refused.sort_by_key(|(origin, _)| origin.line);
        for (origin, refusal) in &refused {
            tally.refuse(&refusal.reason);
            self.rejected.add(origin.line, refusal, batch.raw(*origin));
        }
        tally.skipped += batch.skipped;
        self.step.mark = batch.end;
        self.progress.add(batch.taken_bytes - self.taken_bytes);
        self.taken_bytes = batch.taken_bytes;
        if self.journal.as_ref().is_some_and(Journal::is_due) {
            self.keep()?;
        }
        let refused = self.step.tally.refused_rows();
        if self.max_refused > 0 && refused > self.max_refused {
            return Err(EarlyEnd::TooManyRefused { refused });
        }
        Ok(())
    }

    /// On disk when this returns: first the refused rows, then that they are there.
    pub(crate) fn keep(&mut self) -> Result<(), EarlyEnd> {
        self.rejected.sync()?;
        self.step.rejected_bytes = self.rejected.bytes;
        if let Some(journal) = &mut self.journal {
            journal.write(&self.step)?;
        }
        Ok(())
    }
}

/// The answer to the oldest request.
async fn first(on_their_way: &mut VecDeque<OnItsWay>) -> Result<Option<Result<Sent, ClientError>>, JoinError> {
    match on_their_way.front_mut() {
        Some(OnItsWay(_, Some(request))) => request.await.map(Some),
        Some(OnItsWay(_, None)) | None => Ok(None),
    }
}
