//! Groups from the queue to rows in ClickHouse: collect, write down, insert, acknowledge, remember.
//!
//! - [`run`]: the loader's life; `events` is the way of the events, `records` that of what was refused before, `entities` that of
//!   things that are no events; `consume` is what the latter two share, `upsert` which of the things are news; pure
//! - `batch`: which groups go together; `part` divides a batch that the database refused
//! - `duplicates`: which events are copies; pure. `window` and `memory` are what it knows, `answers` what the table says
//! - `manifest`, `folder`: what the batch in hand is made of, on disk; `gather` finds it again after a crash
//! - `store`: the insert with its repetitions; finds the rows the database refuses, and `aside` makes records of them
//! - `skipped`, `marks`: what the ledger must know
//! - `retry`: what follows from an error; pure. `trouble` is what lasts, `contact` what answered at all

mod answers;
mod aside;
mod batch;
mod consume;
mod contact;
mod duplicates;
mod entities;
mod events;
mod folder;
mod gather;
mod manifest;
mod marks;
mod memory;
mod metrics;
mod part;
mod records;
mod retry;
mod run;
mod settings;
mod skipped;
mod store;
mod trouble;
mod upsert;
mod window;

pub use folder::FolderError;
pub use metrics::{Metrics, Readiness};
pub use run::{Consumers, LoadError, run};
pub use settings::Settings;
