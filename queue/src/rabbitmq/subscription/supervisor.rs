use std::sync::Arc;

use futures_util::StreamExt;
use lapin::Channel;
use lapin::options::{BasicConsumeOptions, BasicQosOptions, BasicRejectOptions};
use lapin::types::FieldTable;
use tokio::sync::{Notify, mpsc, oneshot, watch};
use tokio::time::sleep;

use super::{Incoming, Link, Source};
use crate::OpenError;
use crate::rabbitmq::session::{Backoff, Change, Session, with_causes};

/// Keeps a connection to the queue, and hands over what it delivers.
pub(super) struct Supervisor {
    pub(super) source: Source,
    pub(super) suspicion: Arc<Notify>,
    pub(super) link: watch::Sender<Option<Link>>,
    pub(super) deliveries: mpsc::Sender<Incoming>,
    pub(super) arrivals: mpsc::Receiver<oneshot::Sender<()>>,
}

pub(super) type Opened = (Session, lapin::Consumer);

impl Supervisor {
    pub(super) async fn run(mut self, opened: Option<Opened>) {
        let mut epoch = 0;
        let (mut session, mut stream) = match opened {
            Some(opened) => opened,
            None => self.reopen().await,
        };
        loop {
            let channel = session.channel.clone();
            self.link.send_replace(Some(Link { epoch, channel }));
            let reason = self.forward(&mut session, &mut stream, epoch).await;
            let (address, queue) = (&self.source.address.shown, self.source.queue);
            tracing::error!(
                address,
                queue,
                reason,
                "lost RabbitMQ; consuming goes on when it is back"
            );
            // All three hold the connection open, and with it what the broker thinks is in hand here.
            self.link.send_replace(None);
            drop((session, stream));
            (session, stream) = self.reopen().await;
            tracing::info!(address, queue, "consuming from RabbitMQ again");
            epoch += 1;
        }
    }

    /// Returns when the connection or the subscription is lost, with the reason.
    async fn forward(&mut self, session: &mut Session, stream: &mut lapin::Consumer, epoch: u64) -> String {
        loop {
            let message = tokio::select! {
                biased;
                message = stream.next() => match message {
                    Some(Ok(message)) => message,
                    Some(Err(lost)) => return lost.to_string(),
                    None => return "the broker ended the subscription".to_owned(),
                },
                change = session.changed(&self.suspicion) => match change {
                    Change::Lost(reason) => return reason,
                    // Concerns connections that publish.
                    Change::Blocked(_) | Change::Unblocked => continue,
                },
                Some(answer) = self.arrivals.recv() => {
                    if answer.send(()).is_err() {
                        // Its caller knows by now: the backlog is unavailable.
                        tracing::debug!(queue = self.source.queue, "a question for the backlog was given up");
                    }
                    continue;
                }
            };
            if !(self.source.takes)(&message) {
                tracing::error!(
                    queue = self.source.queue,
                    "a message that is no group goes to quarantine"
                );
                if let Err(lost) = message.acker.reject(BasicRejectOptions { requeue: false }).await {
                    return lost.to_string();
                }
                continue;
            }
            if self.deliveries.send(Incoming { epoch, message }).await.is_err() {
                return "the consumer was dropped".to_owned();
            }
        }
    }

    async fn reopen(&self) -> Opened {
        let mut backoff = Backoff::new();
        loop {
            sleep(backoff.next()).await;
            match open_session(&self.source).await {
                Ok(opened) => return opened,
                Err(failed) => tracing::warn!(
                    queue = self.source.queue,
                    error = with_causes(&failed),
                    "RabbitMQ is still away"
                ),
            }
        }
    }
}

pub(super) async fn open_session(source: &Source) -> Result<Opened, OpenError> {
    let subscription = async |channel: &Channel| {
        channel.basic_qos(source.prefetch, BasicQosOptions::default()).await?;
        // The broker makes a name for the consumer.
        let options = BasicConsumeOptions::default();
        channel
            .basic_consume(source.queue.into(), "".into(), options, FieldTable::default())
            .await
    };
    Session::open(&source.address, source.name, subscription).await
}
