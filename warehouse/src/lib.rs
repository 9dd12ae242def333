//! ClickHouse, spoken to over its HTTP interface: settings, migrations, the row of `events`, queries of `sql/metrics`.

pub mod migrate;
mod row;
mod settings;

pub use row::EventRow;
pub use settings::Settings;

use bytes::Bytes;

/// A handle on the database; cheap to clone.
#[derive(Clone)]
pub struct Warehouse {
    pub(crate) client: clickhouse::Client,
}

#[derive(Debug, thiserror::Error)]
pub enum WarehouseError {
    #[error("clickhouse: {0}")]
    ClickHouse(#[from] clickhouse::error::Error),
}

impl Warehouse {
    pub fn new(settings: &Settings) -> Self {
        let _ = settings;
        todo!("helper")
    }

    /// Answers when the database does.
    pub async fn ping(&self) -> Result<(), WarehouseError> {
        todo!("helper")
    }

    /// Inserts one batch; a second call with the same token and rows changes nothing.
    pub async fn insert_events(&self, rows: &[EventRow<'_>], token: &str) -> Result<(), WarehouseError> {
        let _ = (rows, token);
        todo!("helper")
    }

    /// Runs the metric of that name from `sql/metrics/` and returns `FORMAT JSON`.
    pub async fn metric(&self, name: &str, parameters: &[(&str, &str)]) -> Result<Bytes, WarehouseError> {
        let _ = (name, parameters);
        todo!("helper")
    }
}
