//! ClickHouse, spoken to over its HTTP interface: settings, migrations, the row of `events`, queries of `sql/metrics`.
//!
//! - [`Warehouse`]: inserts with a deduplication token, metrics, typed queries
//! - [`migrate`]: applies `sql/migrations`
//! - [`EventRow`]: the one place where an event becomes a row; [`EventColumns`] and [`Block`] are its way to the server
//! - [`WarehouseError::fault`]: whether the database or the data is to blame

mod block;
mod client;
mod column;
mod error;
pub mod metric;
pub mod migrate;
mod quarantine;
mod row;
mod settings;

pub use block::Block;
pub use client::Warehouse;
pub use column::{LowCardinality, Milliseconds, Price};
pub use error::{Fault, WarehouseError};
pub use metric::{Metric, MetricError};
pub use quarantine::{QuarantineColumns, QuarantineRow};
pub use row::{EventColumns, EventRow};
pub use settings::Settings;
