use std::sync::Arc;
use std::time::Duration;

use lapin::options::{BasicPublishOptions, ConfirmSelectOptions};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, Channel, Confirmation};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::task::AbortOnDropHandle;

use super::address::Address;
use super::session::{Backoff, Change, Session, with_causes};
use super::topology::{EXCHANGE, content_type, routing_key, schema_version};
use crate::{Group, MAX_GROUP_BYTES, OpenError, PublishError, Route, Settings};

const PERSISTENT: u8 = 2;
/// Bodies sent and not confirmed; a publish beyond it waits for room.
const IN_FLIGHT_BYTES: usize = 64 * 1024 * 1024;
/// Alarms last as long as it takes to free memory or disk.
const RETRY_BLOCKED: Duration = Duration::from_secs(5);
const RETRY_BROKEN: Duration = Duration::from_secs(1);

#[derive(Debug, Clone)]
pub(crate) struct Publisher(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    link: watch::Receiver<Link>,
    suspicion: Arc<Notify>,
    in_flight: Arc<Semaphore>,
    timeout: Duration,
    _supervisor: AbortOnDropHandle<()>,
}

#[derive(Debug, Clone)]
enum Link {
    Up(Channel),
    /// Memory or disk alarm.
    Blocked(String),
    Down {
        reason: String,
        next_attempt: Instant,
    },
}

struct Message {
    route: Route,
    group: Group,
}

impl Publisher {
    pub(crate) async fn open(url: &str, settings: &Settings) -> Result<Self, OpenError> {
        let address = Address::parse(url)?;
        let session = open_session(&address).await?;
        let (link, follow) = watch::channel(Link::Up(session.channel.clone()));
        let suspicion = Arc::new(Notify::new());
        let supervisor = tokio::spawn(supervise(session, address, link, Arc::clone(&suspicion)));
        Ok(Self(Arc::new(Shared {
            link: follow,
            suspicion,
            in_flight: Arc::new(Semaphore::new(IN_FLIGHT_BYTES)),
            timeout: settings.publish_timeout(),
            _supervisor: AbortOnDropHandle::new(supervisor),
        })))
    }

    pub(crate) fn is_ready(&self) -> bool {
        matches!(&*self.0.link.borrow(), Link::Up(_))
    }

    pub(crate) async fn publish(&self, route: Route, group: Group) -> Result<(), PublishError> {
        self.send(Message { route, group }).await
    }

    async fn send(&self, message: Message) -> Result<(), PublishError> {
        let id = message.group.id;
        let room = self.room(&message).await?;
        let channel = self.channel()?;
        // A task of its own: the room stays taken until the broker has answered, also when the caller gave up.
        let confirmed = tokio::spawn(async move {
            let confirmation = publish(&channel, message).await;
            drop(room);
            confirmation
        });
        let confirmation = match timeout(self.0.timeout, confirmed).await {
            Err(_) => {
                let after = self.0.timeout;
                return Err(PublishError::Timeout { id, after });
            }
            Ok(Err(failed)) => match failed.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_) => return Err(PublishError::Closed),
            },
            Ok(Ok(confirmation)) => confirmation,
        };
        match confirmation {
            Ok(Confirmation::Ack(None)) => Ok(()),
            Ok(Confirmation::Ack(Some(returned)) | Confirmation::Nack(Some(returned))) => Err(PublishError::Returned {
                id,
                code: returned.reply_code,
                text: returned.reply_text.to_string(),
            }),
            // `NotRequested` cannot be: every session selects confirms. If it were, nothing would be durable.
            Ok(Confirmation::Nack(None) | Confirmation::NotRequested) => Err(PublishError::Nacked { id }),
            Err(lost) => {
                self.0.suspicion.notify_one();
                Err(PublishError::Unavailable {
                    retry_after: RETRY_BROKEN,
                    reason: lost.to_string(),
                })
            }
        }
    }

    async fn room(&self, message: &Message) -> Result<OwnedSemaphorePermit, PublishError> {
        let bytes = message.group.body.len();
        if bytes > MAX_GROUP_BYTES {
            return Err(PublishError::TooLarge {
                id: message.group.id,
                bytes,
                max_bytes: MAX_GROUP_BYTES,
            });
        }
        // An answer at once, rather than after waiting for room that a lost connection will not give.
        self.channel()?;
        let room = Arc::clone(&self.0.in_flight).acquire_many_owned(bytes as u32);
        match timeout(self.0.timeout, room).await {
            Ok(room) => room.map_err(|_| PublishError::Closed),
            Err(_) => Err(PublishError::Unavailable {
                retry_after: RETRY_BROKEN,
                reason: format!("{IN_FLIGHT_BYTES} bytes wait for their confirms"),
            }),
        }
    }

    fn channel(&self) -> Result<Channel, PublishError> {
        let (retry_after, reason) = match &*self.0.link.borrow() {
            Link::Up(channel) => return Ok(channel.clone()),
            Link::Blocked(reason) => (RETRY_BLOCKED, format!("publishing is blocked: {reason}")),
            Link::Down { reason, next_attempt } => (*next_attempt - Instant::now(), reason.clone()),
        };
        Err(PublishError::Unavailable {
            retry_after: retry_after.max(RETRY_BROKEN),
            reason,
        })
    }
}

async fn publish(channel: &Channel, message: Message) -> lapin::Result<Confirmation> {
    let options = BasicPublishOptions {
        mandatory: true,
        ..BasicPublishOptions::default()
    };
    let Message { route, group } = message;
    let mut headers = FieldTable::default();
    let version = AMQPValue::ShortShortUInt(schema_version(route));
    headers.insert("schema_version".into(), version);
    let properties = BasicProperties::default()
        .with_content_type(content_type(route).into())
        .with_delivery_mode(PERSISTENT)
        .with_message_id(group.id.to_string().into())
        .with_headers(headers);
    let sent = channel.basic_publish(
        EXCHANGE.into(),
        routing_key(route).into(),
        options,
        &group.body,
        properties,
    );
    sent.await?.await
}

async fn open_session(address: &Address) -> Result<Session, OpenError> {
    let confirms = async |channel: &Channel| channel.confirm_select(ConfirmSelectOptions::default()).await;
    let (session, ()) = Session::open(address, "clickpath publisher", confirms).await?;
    Ok(session)
}

/// Keeps `link` true until the publisher is dropped.
async fn supervise(mut session: Session, address: Address, link: watch::Sender<Link>, suspicion: Arc<Notify>) {
    loop {
        let reason = follow(&mut session, &link, &suspicion).await;
        tracing::error!(
            address = address.shown,
            reason,
            "lost RabbitMQ; publishing fails until it is back"
        );
        drop(session);
        session = reopen(&address, &link, reason).await;
        tracing::info!(address = address.shown, "connected to RabbitMQ again");
        link.send_replace(Link::Up(session.channel.clone()));
    }
}

/// Returns when the session is lost, with the reason.
async fn follow(session: &mut Session, link: &watch::Sender<Link>, suspicion: &Notify) -> String {
    loop {
        match session.changed(suspicion).await {
            Change::Blocked(reason) => {
                tracing::error!(reason, "RabbitMQ blocks publishing");
                link.send_replace(Link::Blocked(reason));
            }
            Change::Unblocked => {
                tracing::info!("RabbitMQ takes publishes again");
                link.send_replace(Link::Up(session.channel.clone()));
            }
            Change::Lost(reason) => return reason,
        }
    }
}

async fn reopen(address: &Address, link: &watch::Sender<Link>, mut reason: String) -> Session {
    let mut backoff = Backoff::new();
    loop {
        let next_attempt = Instant::now() + backoff.next();
        link.send_replace(Link::Down {
            reason: reason.clone(),
            next_attempt,
        });
        sleep_until(next_attempt).await;
        match open_session(address).await {
            Ok(session) => return session,
            Err(failed) => {
                reason = with_causes(&failed);
                tracing::warn!(error = reason, "RabbitMQ is still away");
            }
        }
    }
}
