use std::io;
use std::process::ExitStatus;

use super::node::{SCRIPTS, START_LIMIT};

#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("the package rabbitmq-server is missing (nothing in {SCRIPTS}): run `cargo xtask setup`")]
    Missing,
    #[error("cannot {action}")]
    Io { action: &'static str, source: io::Error },
    #[error("RabbitMQ ended with {status} while starting:\n{output}")]
    Ended { status: ExitStatus, output: String },
    #[error("RabbitMQ takes no connections after {} s:\n{output}", START_LIMIT.as_secs())]
    Silent { output: String },
    #[error("rabbitmqctl {command} failed: {output}")]
    Control { command: String, output: String },
    #[error("the cluster names no leader of {queue}: {output:?}")]
    NoLeader { queue: String, output: String },
}

pub(super) fn at(action: &'static str) -> impl FnOnce(io::Error) -> StartError {
    move |source| StartError::Io { action, source }
}
