//! Dashboards for Metabase, Superset and Grafana, generated from `sql/metrics/`.
//!
//! - [`catalogue`]: which dashboards there are, and of which cards
//! - [`shown`]: of a metric's columns, those that a chart draws
//! - [`sql`]: a metric's query with each parameter in the tool's own words
//! - [`metabase`], [`superset`], [`grafana`]: what each tool is given, and how it gets there
//! - [`files`]: all of it as files, the ones that are committed

pub mod api;
pub mod catalogue;
pub mod chart;
pub mod connection;
pub mod files;
pub mod grafana;
pub mod metabase;
pub mod model;
pub mod shown;
pub mod sql;
pub mod stable;
pub mod superset;

pub use api::ApiError;
pub use connection::Connection;
pub use model::{Card, Dashboard, Source, Tab, Tool};
