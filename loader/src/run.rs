use std::time::Duration;

use queue::{ConsumeError, Consumer, OpenError, Publisher, Route};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use warehouse::Warehouse;

use crate::events::Events;
use crate::folder::{Folder, FolderError};
use crate::marks::{Mark, Marks};
use crate::store::Store;
use crate::{Metrics, Settings, consume, contact, entities, records};

#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A database that is away is no error: the loader waits for it.
    #[error("the queue cannot go on")]
    Queue(#[from] ConsumeError),
    #[error(transparent)]
    Folder(#[from] FolderError),
}

/// The loader's ends of the queue.
#[derive(Debug)]
pub struct Consumers {
    events: Consumer,
    quarantine: Consumer,
    entities: Consumer,
}

impl Consumers {
    /// All that the loader takes from; without a publisher as [`queue::open_consumer`] says.
    pub async fn open(settings: &queue::Settings, publisher: Option<&Publisher>) -> Result<Self, OpenError> {
        let open = |route| queue::open_consumer(settings, publisher, route);
        Ok(Self {
            events: open(Route::Events).await?,
            quarantine: open(Route::Quarantine).await?,
            entities: open(Route::Entities).await?,
        })
    }
}

/// Stores what the queue delivers until `shutdown`; then finishes the batches in hand, within bounds, and returns.
///
/// What was not acknowledged by then is delivered again to the next loader.
pub async fn run(
    consumers: Consumers,
    warehouse: Warehouse,
    settings: &Settings,
    metrics: Metrics,
    shutdown: CancellationToken,
) -> Result<(), LoadError> {
    let (folder, last) = Folder::open(&settings.loader_dir).await?;
    let store = &Store {
        warehouse,
        metrics,
        backoff: settings.backoff(),
        marks: Marks::new(settings.slack()),
    };
    let Consumers {
        events,
        quarantine,
        entities,
    } = consumers;
    let lane = |consumer, route| consume::Lane {
        consumer,
        mark: Mark::of(route, settings.slack()),
    };
    // One that cannot go on stops the others.
    let stop = shutdown.child_token();
    let load_events = async {
        let ended = Events::new(events, store, folder, last, settings).run(&stop).await;
        stop.cancel();
        ended
    };
    let load_records = async {
        let ended = consume::run(
            lane(quarantine, Route::Quarantine),
            store,
            settings,
            stop.clone(),
            records::keep,
        )
        .await;
        stop.cancel();
        ended
    };
    let load_entities = async {
        let ended = consume::run(
            lane(entities, Route::Entities),
            store,
            settings,
            stop.clone(),
            entities::keep,
        )
        .await;
        stop.cancel();
        ended
    };
    let write_marks = store.marks.run(store, &stop);
    let reach_database = contact::reach_database(store, &stop);
    let (events, records, entities, (), ()) =
        tokio::join!(load_events, load_records, load_entities, write_marks, reach_database);
    Ok(events.and(records).and(entities)?)
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
