use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

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
