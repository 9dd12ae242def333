//! Groups that wait on this machine's disk while the broker is away.

use uuid::Uuid;

/// What waits in a publisher's spool, both routes together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spool {
    /// The same as long as the folder lives.
    pub id: Uuid,
    pub groups: u64,
    pub bytes: u64,
    /// No waiting group is older, by the UUIDv7 time of its id in milliseconds since 1970; `None` when none waits.
    pub oldest_ms: Option<i64>,
}
