//! From the queue's quarantine to the table `quarantine`.

use event::quarantine::{self, Opened, Record};
use queue::Delivery;
use sha2::{Digest, Sha256};

use crate::aside::stranger;
use crate::metrics::{Reason, now};
use crate::part::hexadecimal;
use crate::store::{Store, chain};

/// Stores what was put aside.
pub(crate) async fn keep(deliveries: &[Delivery], store: &Store) {
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
