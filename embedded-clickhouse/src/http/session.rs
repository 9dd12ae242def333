//! Connections that live on between requests with the same `session_id`.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::call::SessionRequest;
use super::exception::{Exception, Reason};
use crate::engine::Lease;

#[derive(Default)]
pub(crate) struct Sessions {
    slots: Mutex<HashMap<Key, Slot>>,
}

/// A session belongs to the user who began it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    user: String,
    id: String,
}

enum Slot {
    InUse,
    Idle { lease: Lease, until: Instant },
}

impl Sessions {
    /// Takes the session's connection; None begins a new session. Until it is put back, the session is locked.
    pub(crate) fn take(&self, user: &str, request: &SessionRequest) -> Result<(Key, Option<Lease>), Exception> {
        self.expire(Instant::now());
        let key = Key {
            user: user.to_owned(),
            id: request.id.clone(),
        };
        let mut slots = self.lock();
        let lease = match slots.remove(&key) {
            Some(Slot::Idle { lease, .. }) => Some(lease),
            Some(Slot::InUse) => {
                slots.insert(key, Slot::InUse);
                return Err(
                    Reason::SessionLocked.because(format!("Session {} is locked by a concurrent client", request.id))
                );
            }
            None if request.must_exist => {
                return Err(Reason::SessionNotFound.because(format!("Session {} not found", request.id)));
            }
            None => None,
        };
        slots.insert(key.clone(), Slot::InUse);
        Ok((key, lease))
    }

    /// Ends the session's use; without a connection the session ends too.
    pub(crate) fn put_back(&self, key: Key, lease: Option<Lease>, timeout: Duration) {
        let mut slots = self.lock();
        match lease {
            Some(lease) => slots.insert(
                key,
                Slot::Idle {
                    lease,
                    until: Instant::now() + timeout,
                },
            ),
            None => slots.remove(&key),
        };
    }

    /// Closes the connections of sessions that nobody used in time.
    pub(crate) fn expire(&self, now: Instant) {
        self.lock()
            .retain(|_, slot| !matches!(slot, Slot::Idle { until, .. } if *until <= now));
    }

    pub(crate) fn clear(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Key, Slot>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
