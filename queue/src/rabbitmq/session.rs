//! One connection with one channel and the topology declared, and when to try for the next one.

use std::hash::{BuildHasher, RandomState};
use std::pin::Pin;
use std::time::Duration;

use futures_util::{Stream, StreamExt};
use lapin::{Channel, Connection, ConnectionProperties, Event};
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};

use super::address::{Address, Node};
use super::topology;
use crate::OpenError;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// Errors come as events; this is how long one that does not is overlooked.
const CHECK_EVERY: Duration = Duration::from_secs(1);

pub(super) struct Session {
    connection: Connection,
    pub(super) channel: Channel,
    events: Pin<Box<dyn Stream<Item = Event> + Send>>,
}

/// What happened to a session.
pub(super) enum Change {
    Blocked(String),
    Unblocked,
    Lost(String),
}

impl Session {
    /// At the first node that answers. `prepare` gets the channel ready for its work. A node has ten seconds to answer, and ten for the rest.
    pub(super) async fn open<T>(
        address: &Address,
        name: &str,
        prepare: impl AsyncFnOnce(&Channel) -> lapin::Result<T>,
    ) -> Result<(Self, T), OpenError> {
        let (connection, node) = connect(address, name).await?;
        within_limit(node, Self::begin(connection, node, prepare)).await
    }

    async fn begin<T>(
        connection: Connection,
        node: &Node,
        prepare: impl AsyncFnOnce(&Channel) -> lapin::Result<T>,
    ) -> Result<(Self, T), OpenError> {
        let unreachable = |source| unreachable(node, source);
        let events = Box::pin(connection.events_listener());
        let channel = connection.create_channel().await.map_err(unreachable)?;
        let declared = topology::declare(&channel).await;
        declared.map_err(|(name, source)| OpenError::Topology {
            address: node.shown.clone(),
            name,
            source,
        })?;
        let prepared = prepare(&channel).await.map_err(unreachable)?;
        let session = Self {
            connection,
            channel,
            events,
        };
        Ok((session, prepared))
    }

    /// The next change; `suspicion` makes it look at once.
    pub(super) async fn changed(&mut self, suspicion: &Notify) -> Change {
        loop {
            if !self.connection.status().connected() || !self.channel.status().connected() {
                return Change::Lost("connection or channel closed".to_owned());
            }
            tokio::select! {
                event = self.events.next() => match event {
                    Some(Event::ConnectionBlocked(reason)) => return Change::Blocked(reason),
                    Some(Event::ConnectionUnblocked) => return Change::Unblocked,
                    Some(Event::Error(error)) => return Change::Lost(error.to_string()),
                    Some(_) => {}
                    None => return Change::Lost("connection ended".to_owned()),
                },
                () = suspicion.notified() => {}
                () = sleep(CHECK_EVERY) => {}
            }
        }
    }
}

async fn connect<'a>(address: &'a Address, name: &str) -> Result<(Connection, &'a Node), OpenError> {
    let mut nodes = address.in_turn();
    let mut node = nodes.next();
    loop {
        let tried = node.expect("an address has at least one node");
        let properties = ConnectionProperties::default().with_connection_name(name.into());
        let connection = Connection::connect_uri(tried.uri.clone(), properties);
        let connected = within_limit(tried, async {
            connection.await.map_err(|source| unreachable(tried, source))
        });
        node = nodes.next();
        match connected.await {
            Err(away) if away.is_broker_away() && node.is_some() => {
                tracing::warn!(error = with_causes(&away), "trying the next node of RabbitMQ");
            }
            connected => return connected.map(|connection| (connection, tried)),
        }
    }
}

async fn within_limit<T>(node: &Node, work: impl Future<Output = Result<T, OpenError>>) -> Result<T, OpenError> {
    timeout(CONNECT_TIMEOUT, work).await.unwrap_or_else(|_| {
        Err(OpenError::Silent {
            address: node.shown.clone(),
            after: CONNECT_TIMEOUT,
        })
    })
}

fn unreachable(node: &Node, source: lapin::Error) -> OpenError {
    OpenError::Unreachable {
        address: node.shown.clone(),
        source,
    }
}

/// The error with its causes.
pub(super) fn with_causes(error: &OpenError) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

/// Pauses between attempts: doubling, with jitter so that many processes do not come back at once.
#[derive(Debug)]
pub(crate) struct Backoff(Duration);

impl Backoff {
    pub(crate) fn new() -> Self {
        Self(FIRST_PAUSE)
    }

    /// Between half and the whole of the current step.
    pub(crate) fn next(&mut self) -> Duration {
        let step = self.0;
        self.0 = (step * 2).min(LONGEST_PAUSE);
        // The hasher's keys come from the system's random source.
        let random = RandomState::new().hash_one(step) as u32;
        step.mul_f64(0.5 + f64::from(random) / f64::from(u32::MAX) / 2.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backs_off_to_five_seconds() {
        let mut backoff = Backoff::new();
        let pauses: Vec<Duration> = (0..10).map(|_| backoff.next()).collect();
        assert!((FIRST_PAUSE / 2..=FIRST_PAUSE).contains(&pauses[0]), "{pauses:?}");
        assert!((LONGEST_PAUSE / 2..=LONGEST_PAUSE).contains(&pauses[9]), "{pauses:?}");
    }
}
