use std::io;
use std::path::{Path, PathBuf};

use client::ClientError;
use event::entity::Stream;

#[derive(Debug, thiserror::Error)]
pub enum EntitiesError {
    #[error("{} cannot be written", path.display())]
    Write {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("{} cannot be read", path.display())]
    Read {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("{} does not become JSON", path.display())]
    Form {
        path: PathBuf,
        #[source]
        source: serde_json::Error,
    },
    #[error("{} is not JSON: an entity, or an array of them, is expected", path.display())]
    Json {
        path: PathBuf,
        #[source]
        source: serde_json::Error,
    },
    #[error("{} holds an entity of {bytes} bytes; a request takes {limit}", path.display())]
    TooLarge { path: PathBuf, bytes: usize, limit: usize },
    #[error("{} holds no *.json; `clickpath entities generate` makes some", path.display())]
    Empty { path: PathBuf },
    #[error("{stream} could not be sent")]
    Send {
        stream: Stream,
        #[source]
        source: ClientError,
    },
}

impl EntitiesError {
    pub(crate) fn write(path: &Path, source: io::Error) -> Self {
        Self::Write {
            path: path.to_owned(),
            source,
        }
    }
}
