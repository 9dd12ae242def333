//! The forms in which events are written.

pub mod csv;
mod fields;
pub mod json;
pub mod parquet;

/// Forms of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// One row per event below a header ([`csv`]).
    Csv,
    /// One object of the event contract per line ([`json`]).
    Jsonl,
    /// Typed columns ([`parquet`]).
    Parquet,
}
