use std::time::Duration;

use queue::{ConsumeError, Consumer, Delivery};
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;
use warehouse::Warehouse;

use crate::batch::{Batch, Closed, Limits};
use crate::store::Store;
use crate::{Metrics, Settings};

#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A database that is away is no error: the loader waits for it.
    #[error("the queue cannot go on")]
    Queue(#[from] ConsumeError),
}

/// Stores what the queue delivers until `shutdown`; then finishes the batch in hand, within bounds, and returns.
///
/// What was not acknowledged by then is delivered again to the next loader.
pub async fn run(
    mut consumer: Consumer,
    warehouse: Warehouse,
    settings: &Settings,
    metrics: Metrics,
    shutdown: CancellationToken,
) -> Result<(), LoadError> {
    let store = Store {
        warehouse,
        metrics,
        backoff: settings.backoff(),
    };
    loop {
        let batch = collect(&mut consumer, &store, settings, &shutdown).await?;
        if let Some(batch) = batch {
            tokio::select! {
                stored = store.store(&batch, &mut consumer) => stored?,
                () = expiry(&shutdown, settings.shutdown()) => {
                    tracing::warn!(groups = batch.groups.len(), "stopped before the batch was stored, it will be delivered again");
                    return Ok(());
                }
            }
        }
        if shutdown.is_cancelled() {
            return Ok(());
        }
    }
}

/// Takes deliveries until the batch is full or of age, or the loader shall stop; `None` when there were none.
async fn collect(
    consumer: &mut Consumer,
    store: &Store,
    settings: &Settings,
    shutdown: &CancellationToken,
) -> Result<Option<Closed>, ConsumeError> {
    let limits: Limits = settings.limits();
    let mut batch = Batch::default();
    let Some(first) = until(shutdown.cancelled(), next(consumer, store)).await else {
        return Ok(None);
    };
    add(&mut batch, first?, store);
    let due = sleep_until(Instant::now() + settings.batch_age());
    tokio::pin!(due);
    while !batch.is_full(limits) {
        let end = async {
            tokio::select! {
                () = &mut due => {}
                () = shutdown.cancelled() => {}
            }
        };
        let Some(delivery) = until(end, next(consumer, store)).await else {
            break;
        };
        add(&mut batch, delivery?, store);
    }
    Ok(batch.close())
}

fn add(batch: &mut Batch, delivery: Delivery, store: &Store) {
    if delivery.redelivered {
        store.metrics.redelivered.inc();
    }
    batch.add(delivery);
}

async fn next(consumer: &mut Consumer, store: &Store) -> Result<Delivery, ConsumeError> {
    let mut failures = 0;
    loop {
        match consumer.next().await {
            Ok(delivery) => return Ok(delivery),
            Err(error) => store.pause_queue(&mut failures, error).await?,
        }
    }
}

async fn until<T>(end: impl Future<Output = ()>, work: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        biased;
        () = end => None,
        done = work => Some(done),
    }
}

async fn expiry(shutdown: &CancellationToken, patience: Duration) {
    shutdown.cancelled().await;
    sleep(patience).await;
}
