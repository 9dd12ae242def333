use std::path::PathBuf;

use client::ClientError;

use crate::journal::JournalError;
use crate::rejected::RejectedError;
use crate::{HeaderError, MappingError, ReadError, Summary};

/// A file cannot be read as rows.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    #[error("cannot be opened")]
    Open(#[source] std::io::Error),
    #[error(transparent)]
    Header(#[from] HeaderError),
    #[error(transparent)]
    Mapping(#[from] MappingError),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(
        "the rows up to line {line}, which were imported before, are not the same anymore; --restart begins anew, and rows \
         that are the same count once"
    )]
    Changed { line: u64 },
}

/// Why an import ended before its file.
#[derive(Debug, thiserror::Error)]
pub enum EarlyEnd {
    #[error("the signal to stop")]
    Signal,
    #[error(transparent)]
    Client(#[from] ClientError),
    #[error(transparent)]
    File(#[from] FileError),
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error(transparent)]
    Rejected(#[from] RejectedError),
    #[error(
        "{refused} rows were refused, more than --max-refused allows; --dry-run shows what the first ones look like"
    )]
    TooManyRefused { refused: u64 },
    #[error("a request ended without a result")]
    Task(#[source] tokio::task::JoinError),
    #[error("no thread for reading")]
    Thread(#[source] std::io::Error),
    #[error("reading ended without a result")]
    Reader,
}

#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error("{}", path.display())]
    File {
        path: PathBuf,
        #[source]
        source: FileError,
    },
    #[error("{}: the name does not tell what the file is; --format csv or --format jsonl does", .0.display())]
    UnknownFormat(PathBuf),
    #[error("--rejected names one file: import the files one by one")]
    OneRejected,
    #[error(transparent)]
    Mapping(#[from] MappingError),
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error(transparent)]
    Rejected(#[from] RejectedError),
    #[error(transparent)]
    Client(#[from] ClientError),
    #[error("stopped {}; {again}. {summary}", place(*line))]
    Early {
        summary: Box<Summary>,
        line: u64,
        again: &'static str,
        #[source]
        source: EarlyEnd,
    },
    #[error("nothing was imported. {0}")]
    NothingAccepted(Box<Summary>),
}

impl ImportError {
    /// The command line or the mapping is wrong, whatever the file holds.
    pub fn is_usage(&self) -> bool {
        match self {
            Self::UnknownFormat(_) | Self::OneRejected | Self::Mapping(_) => true,
            Self::File { source, .. } => matches!(source, FileError::Mapping(_)),
            Self::Client(error) => matches!(error, ClientError::Address(_)),
            Self::Rejected(error) => matches!(error, RejectedError::NotOurs { .. }),
            Self::Journal(_) | Self::Early { .. } | Self::NothingAccepted(_) => false,
        }
    }
}

fn place(line: u64) -> String {
    match line {
        0 => "before its first row".to_owned(),
        line => format!("behind the row of line {line}"),
    }
}
