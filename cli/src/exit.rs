//! With which code the program ends: docs/operations.md has the table.

use std::fmt;
use std::process::ExitCode;

use client::ClientError;
use enrich::OpenError as GeoipError;
use gateway::entities::SealerError;
use gateway::{KeyNameError, OpenError as StateError};
use generator::GenerateError;
use importer::ImportError;
use pull::PullError;
use queue::OpenError as QueueError;
use warehouse::backup::BackupError;
use warehouse::retention::{FileError as RetentionFileError, RetentionError};

use crate::say::ReaderLeft;

/// As clap ends.
const USAGE: u8 = 2;

/// The command line, an environment variable or a file of settings is wrong.
#[derive(Debug)]
pub(crate) struct Usage(pub(crate) String);

impl fmt::Display for Usage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for Usage {}

/// Tells what went wrong, unless the reader of the answer has left.
#[expect(
    clippy::print_stderr,
    reason = "what a command ends with is told in whatever way it logs"
)]
pub(crate) fn code(error: &anyhow::Error) -> ExitCode {
    if ReaderLeft::is_in(error) {
        return ExitCode::SUCCESS;
    }
    eprintln!("Error: {error:?}");
    match error.chain().any(is_usage) {
        true => ExitCode::from(USAGE),
        false => ExitCode::FAILURE,
    }
}

fn is_usage(error: &(dyn std::error::Error + 'static)) -> bool {
    let is = |usage: Option<bool>| usage == Some(true);
    error.is::<Usage>()
        || error.is::<SealerError>()
        || error.is::<KeyNameError>()
        || error.is::<GeoipError>()
        || error.is::<RetentionFileError>()
        || is(error
            .downcast_ref()
            .map(|error| !matches!(error, StateError::Assets(_))))
        || is(error.downcast_ref().map(GenerateError::is_usage))
        || is(error.downcast_ref().map(ImportError::is_usage))
        || is(error.downcast_ref().map(|error| matches!(error, PullError::Address(_))))
        || is(error
            .downcast_ref()
            .map(|error| matches!(error, ClientError::Address(_))))
        || is(error
            .downcast_ref()
            .map(|error| matches!(error, QueueError::Address { .. } | QueueError::NoInbox)))
        || is(error.downcast_ref().map(|error| matches!(error, BackupError::Name(_))))
        || is(error.downcast_ref().map(|error| {
            use RetentionError::{AppendOnly, NoDate, NoTable};
            matches!(error, NoTable(_) | AppendOnly(_) | NoDate { .. })
        }))
}
