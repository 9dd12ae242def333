//! ClickHouse, spoken to over its HTTP interface: settings, migrations, the row of `events`, queries of `sql/metrics`.
//!
//! - [`Warehouse`]: inserts with a deduplication token, metrics, typed queries
//! - [`migrate`]: applies `sql/migrations`; [`retention`]: how long rows are kept
//! - [`Warehouse::erase_user`], [`Warehouse::export_user`]: one person's data; [`backup`]: everybody's
//! - [`EventRow`]: the one place where an event becomes a row; [`EventColumns`] and [`Block`] are its way to the server
//! - [`EntityRow`]: the same for things that are no events
//! - [`WarehouseError::fault`]: whether the database or the data is to blame

mod audit;
pub mod backup;
mod block;
mod client;
mod column;
pub mod compat;
mod entities;
mod erase;
mod error;
mod frames;
mod keys;
mod ledger;
mod literal;
pub mod metric;
pub mod migrate;
mod quarantine;
mod report;
mod resources;
pub mod retention;
mod row;
mod settings;
mod stored;
mod users;

pub use audit::{AuditColumns, AuditCursor, AuditEntry, AuditRow};
pub use block::Block;
pub use client::Warehouse;
pub use column::{Digest, LowCardinality, Milliseconds, Price, Seconds};
pub use entities::{EntityColumns, EntityKey, EntityRow, KeptEntity, StoredEntity};
pub use erase::{Count, Drain, EraseError, Erased, Settled, Subject, Waiting, user_digest};
pub use error::{Fault, WarehouseError};
pub use ledger::{Ledger, LedgerColumns, LedgerEntry, LedgerMarkColumns, LedgerMarkRow, LedgerRow};
pub use literal::text_literal;
pub use metric::{Metric, MetricError, Parameter, metrics};
pub use quarantine::{QuarantineColumns, QuarantineCursor, QuarantineFilter, QuarantineRow, QuarantinedRow};
pub use report::ReportFormat;
pub use resources::{SavedReport, SavedReportColumns, SavedReportFilter, SavedReportRow};
pub use row::{EventColumns, EventRow};
pub use settings::Settings;
pub use stored::{EventKey, StoredEvent};
pub use users::{User, UserFilter};
