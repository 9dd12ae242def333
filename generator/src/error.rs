use std::path::PathBuf;

use client::ClientError;
use queue::{OpenError, PublishError};

use crate::truth::UnknownZone;

#[derive(Debug, thiserror::Error)]
pub enum GenerateError {
    #[error(transparent)]
    Gateway(#[from] ClientError),
    #[error(transparent)]
    Broker(#[from] OpenError),
    #[error("a batch is not with RabbitMQ")]
    Publish(#[from] PublishError),
    #[error("--{0}")]
    Settings(&'static str),
    #[error(transparent)]
    Zone(#[from] UnknownZone),
    #[error("{} cannot be written", path.display())]
    Write {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("writing ended without a result")]
    Task(#[source] tokio::task::JoinError),
}

impl GenerateError {
    /// The settings contradict each other, or one of them is wrong.
    pub fn is_usage(&self) -> bool {
        matches!(
            self,
            Self::Settings(_) | Self::Zone(_) | Self::Gateway(ClientError::Address(_))
        ) || matches!(self, Self::Broker(OpenError::Address { .. } | OpenError::NoInbox))
    }

    /// Whoever read what is written has left.
    pub fn is_broken_pipe(&self) -> bool {
        matches!(self, Self::Write { source, .. } if source.kind() == std::io::ErrorKind::BrokenPipe)
    }
}
