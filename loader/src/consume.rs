//! Routes whose deliveries need no memory of those before: take some, keep them, acknowledge.

use queue::{ConsumeError, Consumer, Delivery};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::Settings;
use crate::run::{expiry, until};
use crate::store::Store;

const BATCH_MESSAGES: usize = 200;
const BATCH_BYTES: usize = 4 * 1024 * 1024;
const PIECE_BYTES: usize = 1024 * 1024;

/// Hands deliveries to `keep` until `shutdown`, in pieces, because messages open to many times their size. What `keep` returned
/// from is stored; it repeats until it can.
pub(crate) async fn run(
    mut consumer: Consumer,
    store: &Store,
    settings: &Settings,
    shutdown: CancellationToken,
    keep: impl AsyncFn(&[Delivery], &Store),
) -> Result<(), ConsumeError> {
    loop {
        let deliveries = collect(&mut consumer, store, settings, &shutdown).await?;
        if let Some(last) = deliveries.last().map(|delivery| delivery.tag) {
            let keep_all = async {
                for piece in pieces(&deliveries) {
                    keep(piece, store).await;
                }
            };
            tokio::select! {
                () = keep_all => store.acknowledge(last, &mut consumer).await?,
                () = expiry(&shutdown, settings.shutdown()) => {
                    tracing::warn!(messages = deliveries.len(), "stopped before the database took them, they will be delivered again");
                    return Ok(());
                }
            }
        }
        if shutdown.is_cancelled() {
            return Ok(());
        }
    }
}

async fn collect(
    consumer: &mut Consumer,
    store: &Store,
    settings: &Settings,
    shutdown: &CancellationToken,
) -> Result<Vec<Delivery>, ConsumeError> {
    let Some(first) = until(shutdown.cancelled(), store.next(consumer)).await else {
        return Ok(Vec::new());
    };
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
