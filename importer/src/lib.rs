//! Files with events to the gateway: CSV and JSON lines, foreign columns by a mapping, each row once.
//!
//! - [`Settings`] and [`run`]: files to the gateway, until their end or the signal
//! - [`Rows`]: a file's rows as events, refusals and rows left out, in their order
//! - [`Mapping`]: what the columns of a foreign file mean
//! - [`Summary`]: what became of a file's rows

mod batch;
mod confirm;
mod contract;
mod dry_run;
mod error;
mod header;
mod identity;
mod import;
mod journal;
mod json_lines;
mod mapping;
mod plan;
mod record;
mod rejected;
mod rows;
mod run;
mod settings;
mod source;
mod summary;
mod table;
mod window;

pub use error::{EarlyEnd, FileError, ImportError};
pub use header::HeaderError;
pub use journal::{JournalError, Tally};
pub use mapping::{Mapping, MappingError};
pub use record::{ReadError, Refusal};
pub use rejected::RejectedError;
pub use rows::{Form, Row, Rows};
pub use run::{Outcome, run};
pub use settings::{Delimiter, Encoding, Format, Settings};
pub use summary::Summary;
