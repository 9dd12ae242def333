use std::time::Duration;

use queue::ConsumeError;
use warehouse::{Fault, WarehouseError};

/// What follows from a failed insert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decision {
    /// The same rows with the same token once more, however long it takes: the queue keeps what comes meanwhile.
    Repeat,
    /// Some row is at fault: insert the halves apart until it stands alone.
    Divide,
}

pub(crate) fn after_insert(error: &WarehouseError) -> Decision {
    match error.fault() {
        Fault::Database => Decision::Repeat,
        Fault::Data => Decision::Divide,
    }
}

/// Whether the queue's refusal can pass: a full disk, a broker's election. A closed queue or a wrong tag cannot.
pub(crate) fn queue_may_recover(error: &ConsumeError) -> bool {
    match error {
        ConsumeError::Storage { .. } | ConsumeError::Unavailable { .. } | ConsumeError::Elsewhere { .. } => true,
        ConsumeError::UnknownTag(_) | ConsumeError::Closed => false,
    }
}

/// Waits between repetitions, doubling from `first` to `last`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Backoff {
    pub(crate) first: Duration,
    pub(crate) last: Duration,
}

impl Backoff {
    /// The wait after that many failures in a row.
    pub(crate) fn wait(self, failures: u32) -> Duration {
        let doubled = 2u32.saturating_pow(failures.saturating_sub(1));
        self.first.saturating_mul(doubled).min(self.last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_the_wait_up_to_its_bound() {
        let backoff = Backoff {
            first: Duration::from_millis(100),
            last: Duration::from_secs(1),
        };
        let waits = [1, 2, 3, 4, 5, u32::MAX].map(|failures| backoff.wait(failures).as_millis());
        assert_eq!(waits, [100, 200, 400, 800, 1_000, 1_000]);
    }

    #[test]
    fn divides_only_for_data_errors() {
        let exception = |code| WarehouseError::Exception {
            code,
            message: String::new(),
        };
        assert_eq!(after_insert(&exception(469)), Decision::Divide);
        // Too many parts, read-only, out of space, out of memory, a table that is gone.
        for code in [252, 164, 242, 243, 241, 60] {
            assert_eq!(after_insert(&exception(code)), Decision::Repeat, "{code}");
        }
        assert_eq!(after_insert(&WarehouseError::Timeout), Decision::Repeat);
    }
}
