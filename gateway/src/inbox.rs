//! The door for programs that speak AMQP: messages of the queue `clickpath.in`, read like the bodies of `POST /events`.
//!
//! A message is acknowledged when its accepted events and its refused ones are in the queue. While they cannot be, the door
//! waits and so do the messages; what was not acknowledged comes again, with the same ids.

mod message;
mod metrics;

use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesOrdered;
use queue::{ConsumeError, Inbox, Message, OpenError, Tag};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::State;
use crate::settings::at_least_one;
use message::Work;
pub(crate) use metrics::InboxMetrics;

#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
pub struct Settings {
    /// Whether the gateway takes raw events from RabbitMQ's queue clickpath.in; needs --amqp-url.
    #[arg(long, env = "CLICKPATH_INBOX", default_value_t = true, action = clap::ArgAction::Set)]
    pub inbox: bool,
    /// Messages of clickpath.in worked on at once.
    #[arg(long, env = "CLICKPATH_INBOX_IN_FLIGHT", default_value = "64", value_parser = at_least_one)]
    pub inbox_in_flight: usize,
}

/// The queue of raw events, where the queue is RabbitMQ and the settings want it.
pub async fn open_inbox(settings: &crate::Settings, queue: &queue::Settings) -> Result<Option<Inbox>, OpenError> {
    match queue.amqp_url.is_some() && settings.inbox.inbox {
        true => queue::open_inbox(queue).await.map(Some),
        false => Ok(None),
    }
}

/// Bytes of messages worked on at once; one larger message still passes alone.
const BYTES_IN_FLIGHT: usize = 8 * 1024 * 1024;

/// Takes messages until `shutdown`, then waits for those it has at hand, for `grace` at most.
pub(crate) async fn run(
    mut inbox: Inbox,
    state: State,
    shutdown: CancellationToken,
    grace: Duration,
) -> Result<(), ConsumeError> {
    let mut working = FuturesOrdered::new();
    let mut bytes = 0;
    loop {
        let has_room = working.len() < state.settings.inbox.inbox_in_flight && (bytes < BYTES_IN_FLIGHT || bytes == 0);
        tokio::select! {
            biased;
            () = shutdown.cancelled() => break,
            Some(done) = working.next() => {
                let Done { tag, length } = done;
                bytes -= length;
                state.metrics.inbox.in_flight.dec();
                let Some(tag) = tag else { break };
                inbox.acknowledge(tag).await?;
            }
            message = inbox.next(), if has_room => {
                let message = message?;
                bytes += message.body.len();
                state.metrics.inbox.in_flight.inc();
                working.push_back(work(&state, message, &shutdown));
            }
        }
    }
    let finish = async {
        while let Some(Done { tag: Some(tag), .. }) = working.next().await {
            inbox.acknowledge(tag).await?;
        }
        Ok(())
    };
    // What is not finished by then comes again.
    timeout(grace, finish).await.unwrap_or(Ok(()))
}

struct Done {
    /// `None` when it was given up, because the gateway stops.
    tag: Option<Tag>,
    length: usize,
}

/// Tries until the message's events are in the queue.
async fn work(state: &State, message: Message, shutdown: &CancellationToken) -> Done {
    let length = message.body.len();
    let tag = message.tag;
    state.metrics.inbox.count(&message);
    let mut work = Work::new(state, message);
    loop {
        let Err(wait) = work.publish().await else {
            return Done { tag: Some(tag), length };
        };
        state.metrics.inbox.waits.inc();
        if shutdown.run_until_cancelled(tokio::time::sleep(wait)).await.is_none() {
            return Done { tag: None, length };
        }
    }
}
