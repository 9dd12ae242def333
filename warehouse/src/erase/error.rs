use crate::WarehouseError;

/// An erasure or an export stopped; what was taken out by then is gone.
#[derive(Debug, thiserror::Error)]
pub enum EraseError {
    #[error("an erasure that began at {since} has not ended; if it was cut off, run it again with --take-over")]
    Running { since: String },
    #[error(
        "{database} is the database of a cluster, and this command works in the tables of one server only: docs/operations.md#scale"
    )]
    OfCluster { database: String },
    #[error("materialized view {view} does not read events: what it holds about a user is not known")]
    UnknownSource { view: String },
    #[error("inserts that began before the marts were cleaned have not ended within {0} s")]
    InsertsRunning(u64),
    #[error("the database gave no answer")]
    NoAnswer,
    #[error("a row of the quarantine cannot be written again")]
    Group(#[from] event::group::GroupError),
    #[error(transparent)]
    Database(#[from] WarehouseError),
    #[error("the export cannot be written")]
    Output(#[from] std::io::Error),
}
