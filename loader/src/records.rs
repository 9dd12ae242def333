//! From the queue's quarantine to the table `quarantine`.

use std::time::Duration;

use event::quarantine::{self, Opened, Record};
use queue::{ConsumeError, Consumer, Delivery};
use sha2::{Digest, Sha256};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::aside::stranger;
use crate::metrics::{Reason, now};
use crate::part::hexadecimal;
use crate::run::{expiry, until};
use crate::store::{Store, chain};

const BATCH_MESSAGES: usize = 200;
const BATCH_BYTES: usize = 4 * 1024 * 1024;
const PIECE_BYTES: usize = 1024 * 1024;

/// Stores what was put aside until `shutdown`.
pub(crate) async fn run(
    mut consumer: Consumer,
    store: &Store,
    age: Duration,
    patience: Duration,
    shutdown: CancellationToken,
) -> Result<(), ConsumeError> {
    loop {
        let deliveries = collect(&mut consumer, store, age, &shutdown).await?;
        if let Some(last) = deliveries.last().map(|delivery| delivery.tag) {
            tokio::select! {
                () = keep(&deliveries, store) => store.acknowledge(last, &mut consumer).await?,
                () = expiry(&shutdown, patience) => {
                    tracing::warn!(messages = deliveries.len(), "stopped before quarantine took them, they will be delivered again");
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
    age: Duration,
    shutdown: &CancellationToken,
) -> Result<Vec<Delivery>, ConsumeError> {
    let Some(first) = until(shutdown.cancelled(), store.next(consumer)).await else {
        return Ok(Vec::new());
    };
    let mut deliveries = vec![first?];
    let due = Instant::now() + age;
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

/// In pieces, because messages open to many times their size.
async fn keep(deliveries: &[Delivery], store: &Store) {
    let mut rest = deliveries;
    while !rest.is_empty() {
        let mut bytes = 0;
        let fits = |delivery: &&Delivery| {
            bytes += delivery.group.body.len();
            bytes < PIECE_BYTES
        };
        let length = rest.iter().take_while(fits).count().max(1);
        let (piece, after) = rest.split_at(length);
        keep_piece(piece, store).await;
        rest = after;
    }
}

async fn keep_piece(deliveries: &[Delivery], store: &Store) {
    let now_ms = now().as_millis() as i64;
    let opened: Vec<_> = deliveries.iter().map(open).collect();
    let mut records = Vec::new();
    let mut strangers = Vec::new();
    let mut token = Sha256::new();
    for (delivery, opened) in deliveries.iter().zip(&opened) {
        token.update(delivery.group.id);
        let decoded = opened.as_ref().map_err(String::clone).and_then(decode);
        match decoded {
            Ok(decoded) => records.extend(decoded),
            Err(message) => {
                let record = stranger(delivery, message, now_ms);
                tracing::error!(id = %record.id, reason = &*record.reason, message = &*record.message, "put aside");
                strangers.push(Reason::of(&record.reason));
                records.push(record);
            }
        }
    }
    store.quarantine(&records, &hexadecimal(&token.finalize().into())).await;
    strangers
        .into_iter()
        .for_each(|reason| store.metrics.quarantined(reason, 1));
    store.metrics.records.inc_by(records.len() as u64);
}

/// The records of a message that a gateway published here, or why there are none.
fn open(delivery: &Delivery) -> Result<Opened, String> {
    match &delivery.dead_letter {
        Some(died) => Err(format!("it left {} with {}", died.queue, died.reason)),
        None => quarantine::open(&delivery.group.body).map_err(|error| chain(&error)),
    }
}

fn decode(opened: &Opened) -> Result<Vec<Record<'_>>, String> {
    opened
        .records()
        .collect::<Result<_, _>>()
        .map_err(|error| chain(&error))
}
