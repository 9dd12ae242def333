//! Groups from the queue to rows in ClickHouse: collect, insert, acknowledge.
//!
//! - [`run`]: the loader's life
//! - `batch`: which groups go together, and the token their insert carries; pure
//! - `store`: the insert with its repetitions; finds the rows the database refuses and puts them aside
//! - `retry`: what follows from an error; pure

mod batch;
mod metrics;
mod retry;
mod run;
mod settings;
mod store;

pub use metrics::Metrics;
pub use run::{LoadError, run};
pub use settings::Settings;
