use queue::{ConsumeError, Consumer, Delivery, Route};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use traces::{Kind, Span};

use crate::Settings;
use crate::batch::{Batch, Closed};
use crate::folder::Folder;
use crate::gather::{Gathering, Step};
use crate::manifest::Manifest;
use crate::marks::Mark;
use crate::memory::Memory;
use crate::run::{expiry, until};
use crate::store::Store;

/// The way of the events: collect, decide, write down, insert, acknowledge, remember.
pub(crate) struct Events<'a> {
    consumer: Consumer,
    store: &'a Store,
    settings: &'a Settings,
    folder: Folder,
    /// Of the last batch of the run before, until it is clear whether it must be repeated.
    unfinished: Option<Manifest>,
    /// The next batch's.
    number: u64,
    memory: Memory,
    /// Of the deliveries in hand; `None` before the first.
    epoch: Option<u64>,
    /// Of a new epoch, taken while a batch of the last one was collected.
    ahead: Option<Delivery>,
    mark: Mark,
    /// Of the groups in hand those that are traced, from their arrival on.
    traced: Vec<Span>,
}

impl<'a> Events<'a> {
    pub(crate) fn new(
        consumer: Consumer,
        store: &'a Store,
        folder: Folder,
        last: Option<Manifest>,
        settings: &'a Settings,
    ) -> Self {
        Self {
            consumer,
            store,
            settings,
            folder,
            number: last.as_ref().map_or(1, |last| last.number + 1),
            unfinished: last,
            memory: Memory::new(settings.generation()),
            epoch: None,
            ahead: None,
            mark: Mark::of(Route::Events, settings.slack()),
            traced: Vec::new(),
        }
    }

    pub(crate) async fn run(mut self, shutdown: &CancellationToken) -> Result<(), ConsumeError> {
        while let Some(first) = self.first(shutdown).await {
            let first = first?;
            let patience = self.settings.shutdown();
            tokio::select! {
                stored = self.batch(first, shutdown) => stored?,
                () = expiry(shutdown, patience) => {
                    tracing::warn!("stopped before the batch in hand was stored, it will be delivered again");
                    return Ok(());
                }
            }
            if shutdown.is_cancelled() {
                break;
            }
        }
        Ok(())
    }

    /// Waits for a delivery, and looks meanwhile whether anything is left; `None` at shutdown.
    async fn first(&mut self, shutdown: &CancellationToken) -> Option<Result<Delivery, ConsumeError>> {
        loop {
            let wait = async {
                tokio::select! {
                    biased;
                    delivery = next(&mut self.ahead, &mut self.consumer, self.store) => Some(delivery),
                    () = sleep_until(self.mark.due()) => None,
                }
            };
            if let Some(delivery) = until(shutdown.cancelled(), wait).await? {
                return Some(delivery);
            }
            let Self {
                consumer, store, mark, ..
            } = self;
            until(shutdown.cancelled(), mark.look(consumer, store)).await?;
        }
    }

    /// Collects and stores one batch that begins with `first`.
    async fn batch(&mut self, first: Delivery, shutdown: &CancellationToken) -> Result<(), ConsumeError> {
        self.enter(&first).await;
        self.trace(&first);
        let Some(batch) = self.collect(first, shutdown).await? else {
            return Ok(());
        };
        let traced = std::mem::take(&mut self.traced);
        let groups = [("clickpath.groups", batch.groups.len() as i64)];
        let inserts = end_and_go_on(traced, "receive", Kind::Consumer, &groups);
        let aside = self.store.store(&batch, &self.folder).await;
        let rows = [("clickpath.rows", batch.block.rows() as i64)];
        let acknowledges = end_beside(inserts, "insert", Kind::Client, &rows);
        self.store.acknowledge(batch.last, &mut self.consumer).await?;
        end_beside(acknowledges, "acknowledge", Kind::Client, &[]);
        self.number = batch.manifest.number + 1;
        self.memory.window.settle();
        for (site, id) in aside {
            self.memory.window.forget(&site, id);
        }
        self.mark.stored(batch.earliest_ms, &self.store.marks);
        Ok(())
    }

    /// Goes on with the trace of whoever published it.
    fn trace(&mut self, delivery: &Delivery) {
        let publisher = delivery.traceparent.as_ref().and_then(|text| text.parse().ok());
        self.traced.extend(publisher.and_then(traces::follow));
    }

    /// Another loader may have stored events since the last delivery: learns them from the table.
    async fn enter(&mut self, delivery: &Delivery) {
        if self.epoch == Some(delivery.epoch) {
            return;
        }
        let limit = self.settings.generation();
        let events = self.store.warm(&mut self.memory.window, limit).await;
        tracing::info!(events, "knows the table's last events");
        self.epoch = Some(delivery.epoch);
    }

    /// Takes deliveries until the batch is full or of age, or the loader shall stop.
    async fn collect(&mut self, first: Delivery, shutdown: &CancellationToken) -> Result<Option<Closed>, ConsumeError> {
        let due = Instant::now() + self.settings.batch_age();
        let mut batch = Batch::default();
        let mut in_hand = vec![first];
        if let Some(manifest) = self.unfinished.take() {
            match self.gather(manifest, in_hand, due, shutdown).await? {
                Ok(batch) => {
                    tracing::info!(
                        number = batch.manifest.number,
                        "repeats the batch in hand of the run before"
                    );
                    return Ok(Some(batch));
                }
                Err(deliveries) => in_hand = deliveries,
            }
        }
        for delivery in in_hand {
            batch.add(delivery, &mut self.memory);
        }
        let limits = self.settings.limits(self.consumer.prefetch());
        while !batch.is_full(limits, &self.memory) {
            match self.next_before(due, shutdown).await? {
                Some(delivery) => batch.add(delivery, &mut self.memory),
                None => break,
            }
        }
        let answers = self.store.ask(&batch.questions()).await;
        Ok(batch.close(&answers, &mut self.memory, self.number))
    }

    /// Takes deliveries as long as they are of the manifest; gives them back if they do not make its batch.
    async fn gather(
        &mut self,
        manifest: Manifest,
        in_hand: Vec<Delivery>,
        due: Instant,
        shutdown: &CancellationToken,
    ) -> Result<Result<Closed, Vec<Delivery>>, ConsumeError> {
        let mut gathering = Gathering::new(manifest);
        let mut step = Step::More;
        for delivery in in_hand {
            step = gathering.take(delivery);
        }
        while step == Step::More {
            let Some(delivery) = self.next_before(due, shutdown).await? else {
                break;
            };
            step = gathering.take(delivery);
        }
        Ok(gathering.finish(&mut self.memory))
    }

    /// The next delivery of this epoch; `None` when the batch is due, the loader shall stop, or another epoch has begun.
    async fn next_before(
        &mut self,
        due: Instant,
        shutdown: &CancellationToken,
    ) -> Result<Option<Delivery>, ConsumeError> {
        if self.ahead.is_some() {
            return Ok(None);
        }
        let end = async {
            tokio::select! {
                () = sleep_until(due) => {}
                () = shutdown.cancelled() => {}
            }
        };
        let Some(delivery) = until(end, self.store.next(&mut self.consumer)).await else {
            return Ok(None);
        };
        let delivery = delivery?;
        if self.epoch == Some(delivery.epoch) {
            self.trace(&delivery);
            return Ok(Some(delivery));
        }
        self.ahead = Some(delivery);
        Ok(None)
    }
}

/// The spans end, and a part of each begins.
fn end_and_go_on(
    spans: Vec<Span>,
    name: &'static str,
    kind: Kind,
    numbers: &[(&'static str, i64)],
) -> Vec<(Span, Span)> {
    let parts = spans.into_iter().map(|span| {
        let part = span.child();
        span.clone().end(name, kind, numbers);
        (span, part)
    });
    parts.collect()
}

/// The parts end, and other parts of the same spans begin.
fn end_beside(
    spans: Vec<(Span, Span)>,
    name: &'static str,
    kind: Kind,
    numbers: &[(&'static str, i64)],
) -> Vec<(Span, Span)> {
    let parts = spans.into_iter().map(|(span, part)| {
        part.end(name, kind, numbers);
        let next = span.child();
        (span, next)
    });
    parts.collect()
}

async fn next(ahead: &mut Option<Delivery>, consumer: &mut Consumer, store: &Store) -> Result<Delivery, ConsumeError> {
    match ahead.take() {
        Some(delivery) => Ok(delivery),
        None => store.next(consumer).await,
    }
}
