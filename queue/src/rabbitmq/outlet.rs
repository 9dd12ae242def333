//! One task per channel that sends what it is given, in order, and says for each message what became of it.
//!
//! It stands between the publishers and lapin for two reasons. lapin numbers a publish and queues its frames in two
//! steps, so that two tasks on one channel can swap the confirms of their messages. And it hands a returned message to
//! whichever publish it settles next, in random order where one acknowledgement covers several: a returned group could
//! pass for a stored one. Here sending is one after another, and an acknowledgement is looked at as a whole.

use std::collections::HashMap;

use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use lapin::message::BasicReturnMessage;
use lapin::options::BasicPublishOptions;
use lapin::{Channel, Confirmation, PublisherConfirm};
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};
use tokio_util::task::AbortOnDropHandle;
use uuid::Uuid;

use super::parcel::Parcel;
use super::topology::EXCHANGE;

/// Where a channel's messages go in; ends with its [`Outlet`].
#[derive(Debug, Clone)]
pub(super) struct Inlet(mpsc::UnboundedSender<Request>);

/// Dropping it tells all who wait that the channel is lost.
pub(super) struct Outlet {
    pub(super) inlet: Inlet,
    _task: AbortOnDropHandle<()>,
}

/// What became of a message. No answer: the channel was lost, and it may or may not be stored.
#[derive(Debug)]
pub(super) enum Outcome {
    Confirmed,
    Nacked,
    Returned { code: u16, text: String },
    Lost(lapin::Error),
}

struct Request {
    parcel: Parcel,
    answer: oneshot::Sender<Outcome>,
    /// Taken until the broker has answered, also when the caller gave up.
    _room: OwnedSemaphorePermit,
}

type Settled = (Request, lapin::Result<Confirmation>);

impl Inlet {
    /// Queues the message behind those given before; the bound on what is queued is `room`.
    pub(super) fn send(&self, parcel: Parcel, room: OwnedSemaphorePermit) -> oneshot::Receiver<Outcome> {
        let (answer, outcome) = oneshot::channel();
        let request = Request {
            parcel,
            answer,
            _room: room,
        };
        // A closed channel drops the request, and with it the answer's sender: the receiver learns.
        drop(self.0.send(request));
        outcome
    }
}

impl Outlet {
    /// For a channel that confirms.
    pub(super) fn open(channel: Channel) -> Self {
        let (sender, requests) = mpsc::unbounded_channel();
        Self {
            inlet: Inlet(sender),
            _task: AbortOnDropHandle::new(tokio::spawn(work(channel, requests))),
        }
    }
}

async fn work(channel: Channel, mut requests: mpsc::UnboundedReceiver<Request>) {
    let mut unconfirmed = FuturesUnordered::new();
    let mut returned = HashMap::new();
    loop {
        tokio::select! {
            request = requests.recv() => {
                let Some(mut request) = request else { return };
                match publish(&channel, &mut request.parcel).await {
                    Ok(confirm) => unconfirmed.push(async { (request, confirm.await) }),
                    Err(lost) => answer(request, Outcome::Lost(lost)),
                }
            }
            Some(first) = unconfirmed.next() => {
                wait_for_whole_acknowledgement(&channel);
                let mut settled = vec![first];
                while let Some(Some(next)) = unconfirmed.next().now_or_never() {
                    settled.push(next);
                }
                settle(settled, &mut returned);
            }
        }
    }
}

/// Returns when the message's frames are written.
async fn publish(channel: &Channel, parcel: &mut Parcel) -> lapin::Result<PublisherConfirm> {
    let options = BasicPublishOptions {
        mandatory: true,
        ..BasicPublishOptions::default()
    };
    let sent = channel.basic_publish(
        EXCHANGE.into(),
        parcel.routing_key.into(),
        options,
        &parcel.body,
        std::mem::take(&mut parcel.properties),
    );
    sent.await
}

/// lapin settles what an acknowledgement covers one by one, under a lock that the first poll of this call takes too:
/// then all of it is settled.
fn wait_for_whole_acknowledgement(channel: &Channel) {
    drop(channel.wait_for_confirms().now_or_never());
}

/// `returned` keeps the returns whose publish is not settled yet: the broker sends a return before the publish's own
/// acknowledgement.
fn settle(settled: Vec<Settled>, returned: &mut HashMap<Uuid, (u16, String)>) {
    for (_, confirmation) in &settled {
        if let Ok(Confirmation::Ack(Some(message)) | Confirmation::Nack(Some(message))) = confirmation {
            returned.extend(id_of(message).map(|id| (id, (message.reply_code, message.reply_text.to_string()))));
        }
    }
    let ids: Vec<Uuid> = settled.iter().map(|(request, _)| request.parcel.id).collect();
    for (request, confirmation) in settled {
        let outcome = match (confirmation, returned.get(&request.parcel.id)) {
            (Err(lost), _) => Outcome::Lost(lost),
            (Ok(_), Some((code, text))) => Outcome::Returned {
                code: *code,
                text: text.clone(),
            },
            (Ok(Confirmation::Ack(_)), None) => Outcome::Confirmed,
            // `NotRequested` cannot be: every session selects confirms. If it were, nothing would be durable.
            (Ok(Confirmation::Nack(_) | Confirmation::NotRequested), None) => Outcome::Nacked,
        };
        answer(request, outcome);
    }
    ids.iter().for_each(|id| drop(returned.remove(id)));
}

fn id_of(message: &BasicReturnMessage) -> Option<Uuid> {
    Uuid::try_parse(message.properties.message_id().as_ref()?.as_str()).ok()
}

/// Nobody to answer means that the publish was given up; then nobody was told anything.
fn answer(request: Request, outcome: Outcome) {
    drop(request.answer.send(outcome));
}
