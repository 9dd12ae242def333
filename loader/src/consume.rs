//! Routes whose deliveries need no memory of those before: take some, keep them, acknowledge.

use queue::{ConsumeError, Consumer, Delivery};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::Settings;
use crate::batch::made_ms;
use crate::marks::Mark;
use crate::run::{expiry, until};
use crate::store::Store;

const BATCH_MESSAGES: usize = 200;
const BATCH_BYTES: usize = 4 * 1024 * 1024;
const PIECE_BYTES: usize = 1024 * 1024;

/// One route's end of the queue, and how far it has come.
pub(crate) struct Lane {
    pub(crate) consumer: Consumer,
    pub(crate) mark: Mark,
}

/// Hands deliveries to `keep` until `shutdown`, in pieces, because messages open to many times their size. What `keep` returned
/// from is stored; it repeats until it can.
pub(crate) async fn run(
    mut lane: Lane,
    store: &Store,
    settings: &Settings,
    shutdown: CancellationToken,
    keep: impl AsyncFn(&[Delivery], &Store),
) -> Result<(), ConsumeError> {
    loop {
        let deliveries = collect(&mut lane, store, settings, &shutdown).await?;
        if let Some(last) = deliveries.last().map(|delivery| delivery.tag) {
            let keep_all = async {
                for piece in pieces(&deliveries) {
                    keep(piece, store).await;
                }
            };
            tokio::select! {
                () = keep_all => store.acknowledge(last, &mut lane.consumer).await?,
                () = expiry(&shutdown, settings.shutdown()) => {
                    tracing::warn!(messages = deliveries.len(), "stopped before the database took them, they will be delivered again");
                    return Ok(());
                }
            }
            let earliest_ms = deliveries.iter().filter_map(|delivery| made_ms(&delivery.group)).min();
            lane.mark.stored(earliest_ms, &store.marks);
        }
        if shutdown.is_cancelled() {
            return Ok(());
        }
    }
}

/// Waits for a delivery, and looks meanwhile whether anything is left; then takes what comes soon. Nothing at shutdown.
async fn collect(
    lane: &mut Lane,
    store: &Store,
    settings: &Settings,
    shutdown: &CancellationToken,
) -> Result<Vec<Delivery>, ConsumeError> {
    let Some(first) = until(shutdown.cancelled(), first(lane, store)).await else {
        return Ok(Vec::new());
    };
    let consumer = &mut lane.consumer;
    let mut deliveries = vec![first?];
    let due = Instant::now() + settings.batch_age();
    let mut bytes = deliveries[0].group.body.len();
    while deliveries.len() < BATCH_MESSAGES && bytes < BATCH_BYTES {
        let end = async {
            tokio::select! {
                () = sleep_until(due) => {}
                () = shutdown.cancelled() => {}
            }
        };
        let Some(delivery) = until(end, store.next(consumer)).await else {
            break;
        };
        let delivery = delivery?;
        bytes += delivery.group.body.len();
        deliveries.push(delivery);
    }
    Ok(deliveries)
}

async fn first(lane: &mut Lane, store: &Store) -> Result<Delivery, ConsumeError> {
    let Lane { consumer, mark } = lane;
    loop {
        tokio::select! {
            biased;
            delivery = store.next(consumer) => return delivery,
            () = sleep_until(mark.due()) => {}
        }
        mark.look(consumer, store).await;
    }
}

fn pieces(deliveries: &[Delivery]) -> impl Iterator<Item = &[Delivery]> {
    let mut rest = deliveries;
    std::iter::from_fn(move || {
        let mut bytes = 0;
        let fits = |delivery: &&Delivery| {
            bytes += delivery.group.body.len();
            bytes < PIECE_BYTES
        };
        let length = rest.iter().take_while(fits).count().max(1);
        let (piece, after) = rest.split_at_checked(length)?;
        rest = after;
        Some(piece)
    })
}
