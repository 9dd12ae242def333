use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::StreamExt;
use lapin::Channel;
use lapin::options::{BasicAckOptions, BasicConsumeOptions, BasicQosOptions, BasicRejectOptions};
use lapin::types::FieldTable;
use tokio::sync::{Notify, mpsc, watch};
use tokio::time::sleep;
use tokio_util::task::AbortOnDropHandle;
use uuid::Uuid;

use super::address::Address;
use super::publisher::Publisher;
use super::session::{Backoff, Change, Session, with_causes};
use super::topology::EVENTS;
use crate::{ConsumeError, Delivery, Group, OpenError, Settings, Tag};

/// Deliveries of one connection after another, under tags that run through.
#[derive(Debug)]
pub(crate) struct Consumer {
    incoming: mpsc::Receiver<Incoming>,
    link: watch::Receiver<Link>,
    suspicion: Arc<Notify>,
    /// Handed out and not acknowledged, oldest first. The broker's prefetch bounds it.
    outstanding: VecDeque<Outstanding>,
    next_tag: u64,
    quarantine: Publisher,
    _supervisor: AbortOnDropHandle<()>,
}

/// The connection in use; each has the next generation.
#[derive(Debug, Clone)]
struct Link {
    generation: u64,
    channel: Channel,
}

#[derive(Debug)]
struct Incoming {
    generation: u64,
    delivery_tag: u64,
    redelivered: bool,
    group: Group,
}

#[derive(Debug)]
struct Outstanding {
    tag: Tag,
    generation: u64,
    delivery_tag: u64,
}

struct Supervisor {
    address: Address,
    prefetch: u16,
    suspicion: Arc<Notify>,
    link: watch::Sender<Link>,
    deliveries: mpsc::Sender<Incoming>,
}

impl Consumer {
    pub(crate) async fn open(url: &str, settings: &Settings) -> Result<Self, OpenError> {
        let address = Address::parse(url)?;
        let quarantine = Publisher::open(url, settings).await?;
        let (session, stream) = open_session(&address, settings.queue_prefetch).await?;
        let (link, follow) = watch::channel(Link {
            generation: 0,
            channel: session.channel.clone(),
        });
        let (deliveries, incoming) = mpsc::channel(usize::from(settings.queue_prefetch).max(1));
        let suspicion = Arc::new(Notify::new());
        let supervisor = Supervisor {
            address,
            prefetch: settings.queue_prefetch,
            suspicion: Arc::clone(&suspicion),
            link,
            deliveries,
        };
        Ok(Self {
            incoming,
            link: follow,
            suspicion,
            outstanding: VecDeque::new(),
            next_tag: 0,
            quarantine,
            _supervisor: AbortOnDropHandle::new(tokio::spawn(supervisor.run(session, stream))),
        })
    }

    pub(crate) async fn next(&mut self) -> Result<Delivery, ConsumeError> {
        loop {
            let incoming = self.incoming.recv().await.ok_or(ConsumeError::Closed)?;
            // The broker delivers again what a lost connection left here.
            if incoming.generation == self.link.borrow().generation {
                return Ok(self.hand_out(incoming));
            }
        }
    }

    fn hand_out(&mut self, incoming: Incoming) -> Delivery {
        let tag = Tag(self.next_tag);
        self.next_tag += 1;
        // Nothing can be acknowledged any more for an older connection.
        self.outstanding
            .retain(|earlier| earlier.generation == incoming.generation);
        self.outstanding.push_back(Outstanding {
            tag,
            generation: incoming.generation,
            delivery_tag: incoming.delivery_tag,
        });
        Delivery {
            tag,
            group: incoming.group,
            redelivered: incoming.redelivered,
        }
    }

    pub(crate) async fn acknowledge(&mut self, tag: Tag) -> Result<(), ConsumeError> {
        if tag.0 >= self.next_tag {
            return Err(ConsumeError::UnknownTag(tag));
        }
        let covered = self.outstanding.partition_point(|delivery| delivery.tag <= tag);
        let Some(last) = self.outstanding.drain(..covered).next_back() else {
            return Ok(());
        };
        let Link { generation, channel } = self.link.borrow().clone();
        if generation != last.generation {
            return Ok(());
        }
        if let Err(lost) = channel
            .basic_ack(last.delivery_tag, BasicAckOptions { multiple: true })
            .await
        {
            // No harm: the broker delivers again what the connection had, and says so.
            tracing::warn!(error = %lost, "an acknowledgement went down with its connection");
            self.suspicion.notify_one();
        }
        Ok(())
    }

    pub(crate) async fn quarantine(&mut self, group: &Group, reason: &str) -> Result<(), ConsumeError> {
        let kept = self.quarantine.quarantine(group, reason).await;
        kept.map_err(|source| ConsumeError::Quarantine { id: group.id, source })
    }
}

impl Supervisor {
    async fn run(self, mut session: Session, mut stream: lapin::Consumer) {
        let mut generation = 0;
        loop {
            let reason = self.forward(&mut session, &mut stream, generation).await;
            tracing::error!(
                address = self.address.shown,
                reason,
                "lost RabbitMQ; consuming goes on when it is back"
            );
            drop(session);
            (session, stream) = self.reopen().await;
            tracing::info!(address = self.address.shown, "consuming from RabbitMQ again");
            generation += 1;
            let channel = session.channel.clone();
            self.link.send_replace(Link { generation, channel });
        }
    }

    /// Returns when the connection or the subscription is lost, with the reason.
    async fn forward(&self, session: &mut Session, stream: &mut lapin::Consumer, generation: u64) -> String {
        loop {
            let delivery = tokio::select! {
                delivery = stream.next() => match delivery {
                    Some(Ok(delivery)) => delivery,
                    Some(Err(lost)) => return lost.to_string(),
                    None => return "the broker ended the subscription".to_owned(),
                },
                change = session.changed(&self.suspicion) => match change {
                    Change::Lost(reason) => return reason,
                    // Concerns connections that publish.
                    Change::Blocked(_) | Change::Unblocked => continue,
                },
            };
            let Some(id) = group_id(&delivery) else {
                tracing::error!(routing_key = %delivery.routing_key, "a message without a group id goes to quarantine");
                if let Err(lost) = delivery.acker.reject(BasicRejectOptions { requeue: false }).await {
                    return lost.to_string();
                }
                continue;
            };
            let incoming = Incoming {
                generation,
                delivery_tag: delivery.delivery_tag,
                redelivered: delivery.redelivered,
                group: Group {
                    id,
                    body: Bytes::from(delivery.data),
                },
            };
            if self.deliveries.send(incoming).await.is_err() {
                return "the consumer was dropped".to_owned();
            }
        }
    }

    async fn reopen(&self) -> (Session, lapin::Consumer) {
        let mut backoff = Backoff::new();
        loop {
            sleep(backoff.next()).await;
            match open_session(&self.address, self.prefetch).await {
                Ok(opened) => return opened,
                Err(failed) => tracing::warn!(error = with_causes(&failed), "RabbitMQ is still away"),
            }
        }
    }
}

async fn open_session(address: &Address, prefetch: u16) -> Result<(Session, lapin::Consumer), OpenError> {
    let subscription = async |channel: &Channel| {
        channel.basic_qos(prefetch, BasicQosOptions::default()).await?;
        // The broker makes a name for the consumer.
        let options = BasicConsumeOptions::default();
        channel
            .basic_consume(EVENTS.into(), "".into(), options, FieldTable::default())
            .await
    };
    Session::open(address, "clickpath consumer", subscription).await
}

fn group_id(delivery: &lapin::message::Delivery) -> Option<Uuid> {
    let id = delivery.properties.message_id().as_ref()?;
    Uuid::try_parse(id.as_str()).ok()
}
