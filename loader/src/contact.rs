use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::run::until;
use crate::store::{Store, chain};

/// What answered at least once since the start; clones share it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Contact {
    queue: Arc<AtomicBool>,
    database: Arc<AtomicBool>,
}

impl Contact {
    pub(crate) fn queue(&self) {
        self.queue.store(true, Ordering::Relaxed);
    }

    pub(crate) fn database(&self) {
        self.database.store(true, Ordering::Relaxed);
    }

    pub(crate) fn has_queue(&self) -> bool {
        self.queue.load(Ordering::Relaxed)
    }

    pub(crate) fn has_database(&self) -> bool {
        self.database.load(Ordering::Relaxed)
    }
}

/// Asks the database until it answers for the first time. Else a loader to which nothing comes would never have reached it.
pub(crate) async fn reach_database(store: &Store, shutdown: &CancellationToken) {
    let reach = async {
        let mut failures = 0_u32;
        while !store.metrics.contact.has_database() {
            match store.warehouse.ping().await {
                Ok(()) => store.metrics.contact.database(),
                Err(error) => {
                    failures = failures.saturating_add(1);
                    tracing::warn!(error = chain(&error), failures, "the database does not answer");
                    sleep(store.backoff.wait(failures)).await;
                }
            }
        }
    };
    until(shutdown.cancelled(), reach).await;
}
