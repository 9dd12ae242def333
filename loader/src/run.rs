use std::time::Duration;

use queue::{ConsumeError, Consumer};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use warehouse::Warehouse;

use crate::events::Events;
use crate::folder::{Folder, FolderError};
use crate::store::Store;
use crate::{Metrics, Settings, records};

#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A database that is away is no error: the loader waits for it.
    #[error("the queue cannot go on")]
    Queue(#[from] ConsumeError),
    #[error(transparent)]
    Folder(#[from] FolderError),
}

/// Stores what the queue delivers until `shutdown`; then finishes the batches in hand, within bounds, and returns.
///
/// What was not acknowledged by then is delivered again to the next loader.
#[expect(
    clippy::too_many_arguments,
    reason = "two queues, a database, and what every service takes"
)]
pub async fn run(
    events: Consumer,
    quarantine: Consumer,
    warehouse: Warehouse,
    settings: &Settings,
    metrics: Metrics,
    shutdown: CancellationToken,
) -> Result<(), LoadError> {
    let (folder, last) = Folder::open(&settings.loader_dir).await?;
    let store = Store {
        warehouse,
        metrics,
        backoff: settings.backoff(),
    };
    // One that cannot go on stops the other.
    let stop = shutdown.child_token();
    let load_events = async {
        let ended = Events::new(events, &store, folder, last, settings).run(&stop).await;
        stop.cancel();
        ended
    };
    let load_records = async {
        let (age, patience) = (settings.batch_age(), settings.shutdown());
        let ended = records::run(quarantine, &store, age, patience, stop.clone()).await;
        stop.cancel();
        ended
    };
    let (events, records) = tokio::join!(load_events, load_records);
    Ok(events.and(records)?)
}

pub(crate) async fn until<T>(end: impl Future<Output = ()>, work: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        biased;
        () = end => None,
        done = work => Some(done),
    }
}

pub(crate) async fn expiry(shutdown: &CancellationToken, patience: Duration) {
    shutdown.cancelled().await;
    sleep(patience).await;
}
