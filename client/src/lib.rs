//! The gateway's client for programs that send: generator, importer and whoever else has events or entities for it.
//!
//! - [`Settings`]: where the gateway is, the key, the patience
//! - [`Client`]: one batch, again and again with the same bytes until it is answered
//! - [`Sent`]: what became of it
//! - [`Progress`]: how far a long work is

pub mod answer;
mod client;
mod error;
mod progress;
mod receipt;
mod retry;
mod settings;

pub use client::{Batch, Client};
pub use error::ClientError;
pub use progress::{LogLines, Progress, Unit};
pub use receipt::{Rejected, Sent};
pub use settings::{Key, Settings};
