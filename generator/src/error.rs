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
