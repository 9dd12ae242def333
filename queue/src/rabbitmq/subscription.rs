mod supervisor;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use lapin::Channel;
use lapin::message::Delivery;
use lapin::options::{BasicAckOptions, QueueDeclareOptions};
use lapin::types::FieldTable;
use tokio::sync::{Notify, mpsc, oneshot, watch};
use tokio::time::timeout;
use tokio_util::task::AbortOnDropHandle;

use super::address::Address;
use super::session::with_causes;
use crate::{ConsumeError, OpenError, Tag};
use supervisor::{Opened, Supervisor, open_session};

/// Deliveries that have arrived are taken over in microseconds.
const ARRIVAL_LIMIT: Duration = Duration::from_secs(1);

/// Deliveries of one queue, of one connection after another, under tags that run through.
#[derive(Debug)]
pub(super) struct Subscription {
    incoming: mpsc::Receiver<Incoming>,
    link: watch::Receiver<Option<Link>>,
    suspicion: Arc<Notify>,
    /// Each is answered when everything that has arrived is in `incoming`.
    arrivals: mpsc::Sender<oneshot::Sender<()>>,
    queue: &'static str,
    /// The connection that delivered last.
    last_epoch: Option<u64>,
    /// Handed out and not acknowledged, oldest first. The broker's prefetch bounds it.
    outstanding: VecDeque<Outstanding>,
    next_tag: u64,
    _supervisor: AbortOnDropHandle<()>,
}

/// A message with what this side knows about it.
#[derive(Debug)]
pub(super) struct Received {
    pub(super) tag: Tag,
    /// The connection's number; each new one has the next.
    pub(super) epoch: u64,
    pub(super) message: Delivery,
}

/// What to subscribe to.
#[derive(Debug, Clone)]
pub(super) struct Source {
    pub(super) address: Address,
    pub(super) queue: &'static str,
    pub(super) prefetch: u16,
    /// The connection's name, for the operator.
    pub(super) name: &'static str,
    /// Whether a message belongs here; others go to quarantine by the queue's dead-letter rule.
    pub(super) takes: fn(&Delivery) -> bool,
}

/// The connection in use.
#[derive(Debug, Clone)]
struct Link {
    epoch: u64,
    channel: Channel,
}

#[derive(Debug)]
struct Incoming {
    epoch: u64,
    message: Delivery,
}

#[derive(Debug)]
struct Outstanding {
    tag: Tag,
    epoch: u64,
    delivery_tag: u64,
}

impl Subscription {
    /// Connects first, so that what waiting does not mend is told at once; a broker that is away is waited for in the background.
    pub(super) async fn open(source: Source) -> Result<Self, OpenError> {
        match open_session(&source).await {
            Ok(opened) => Ok(Self::start(source, Some(opened))),
            Err(away) if away.is_broker_away() => {
                tracing::error!(
                    address = source.address.shown,
                    queue = source.queue,
                    reason = with_causes(&away),
                    "RabbitMQ is away; consuming begins when it is there"
                );
                Ok(Self::start(source, None))
            }
            Err(failed) => Err(failed),
        }
    }

    /// Connects in the background, now or when the broker is there.
    pub(super) fn open_later(source: Source) -> Self {
        Self::start(source, None)
    }

    fn start(source: Source, opened: Option<Opened>) -> Self {
        let (link, follow) = watch::channel(None);
        let (deliveries, incoming) = mpsc::channel(usize::from(source.prefetch).max(1));
        let (arrivals, arrived) = mpsc::channel(1);
        let suspicion = Arc::new(Notify::new());
        let queue = source.queue;
        let supervisor = Supervisor {
            source,
            suspicion: Arc::clone(&suspicion),
            link,
            deliveries,
            arrivals: arrived,
        };
        Self {
            incoming,
            link: follow,
            suspicion,
            arrivals,
            queue,
            last_epoch: None,
            outstanding: VecDeque::new(),
            next_tag: 0,
            _supervisor: AbortOnDropHandle::new(tokio::spawn(supervisor.run(opened))),
        }
    }

    /// Cancel-safe.
    pub(super) async fn next(&mut self) -> Result<Received, ConsumeError> {
        loop {
            let Incoming { epoch, message } = self.incoming.recv().await.ok_or(ConsumeError::Closed)?;
            // The broker delivers again what a lost connection left here.
            if self.link.borrow().as_ref().is_some_and(|link| link.epoch == epoch) {
                let tag = self.hand_out(epoch, message.delivery_tag);
                return Ok(Received { tag, epoch, message });
            }
        }
    }

    fn hand_out(&mut self, epoch: u64, delivery_tag: u64) -> Tag {
        self.last_epoch = Some(epoch);
        let tag = Tag(self.next_tag);
        self.next_tag += 1;
        // Nothing can be acknowledged any more for an older connection.
        self.outstanding.retain(|earlier| earlier.epoch == epoch);
        self.outstanding.push_back(Outstanding {
            tag,
            epoch,
            delivery_tag,
        });
        tag
    }

    pub(super) async fn acknowledge(&mut self, tag: Tag) -> Result<(), ConsumeError> {
        if tag.0 >= self.next_tag {
            return Err(ConsumeError::UnknownTag(tag));
        }
        let covered = self.outstanding.partition_point(|delivery| delivery.tag <= tag);
        let Some(last) = self.outstanding.drain(..covered).next_back() else {
            return Ok(());
        };
        let Some(link) = self.link.borrow().clone().filter(|link| link.epoch == last.epoch) else {
            return Ok(());
        };
        let options = BasicAckOptions { multiple: true };
        if let Err(lost) = link.channel.basic_ack(last.delivery_tag, options).await {
            // No harm: the broker delivers again what the connection had, and says so.
            tracing::warn!(error = %lost, "an acknowledgement went down with its connection");
            self.suspicion.notify_one();
        }
        Ok(())
    }

    /// Messages that no consumer has and those that are here and not handed out.
    pub(super) async fn backlog(&mut self) -> Result<u64, ConsumeError> {
        let unavailable = |reason: String| ConsumeError::Unavailable { reason };
        let Some(Link { epoch, channel }) = self.link.borrow().clone() else {
            return Err(unavailable("no connection".to_owned()));
        };
        let suspicion = Arc::clone(&self.suspicion);
        let counted = async || match count(&channel, self.queue).await {
            Ok(counted) => counted.map_err(unavailable),
            Err(lost) => {
                suspicion.notify_one();
                Err(unavailable(lost.to_string()))
            }
        };
        let waiting = counted().await?;
        // What left the queue before the first answer is here before the second. So the first counts: what leaves in between
        // may count twice, and would not count at all in the second.
        counted().await?;
        if self.incoming.capacity() > 0 {
            let (answer, arrived) = oneshot::channel();
            // The question has to wait too: one that was given up may be in its place.
            let all_arrived = async { self.arrivals.send(answer).await.is_ok() && arrived.await.is_ok() };
            if !timeout(ARRIVAL_LIMIT, all_arrived).await.unwrap_or(false) {
                return Err(unavailable("deliveries are arriving".to_owned()));
            }
        }
        let waiting = waiting + self.incoming.len() as u64;
        if waiting == 0 && self.last_epoch != Some(epoch) {
            return Err(ConsumeError::Elsewhere { queue: self.queue });
        }
        Ok(waiting)
    }
}

/// Messages in the queue that no consumer has, or why they cannot be counted now.
async fn count(channel: &Channel, queue: &'static str) -> lapin::Result<Result<u64, String>> {
    let passive = QueueDeclareOptions {
        passive: true,
        ..QueueDeclareOptions::default()
    };
    let declared = channel
        .queue_declare(queue.into(), passive, FieldTable::default())
        .await?;
    // RabbitMQ says 0 and 0 while the queue has no leader, and this subscription alone makes it more.
    let counts = declared.consumer_count() > 0;
    Ok(counts
        .then(|| u64::from(declared.message_count()))
        .ok_or_else(|| format!("{queue} does not count its messages now")))
}
