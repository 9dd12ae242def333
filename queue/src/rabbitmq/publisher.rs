use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot, watch};
use tokio::time::{Instant, sleep};
use tokio_util::task::AbortOnDropHandle;

use super::address::Address;
use super::link::{Link, Requests, supervise};
use super::outlet::{Inlet, Outcome};
use super::parcel::Parcel;
use crate::{Group, MAX_GROUP_BYTES, OpenError, Outgoing, PublishError, Route, Settings};

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
    requests: Arc<Requests>,
    in_flight: Arc<Semaphore>,
    timeout: Duration,
    _supervisor: AbortOnDropHandle<()>,
}

/// A group on its way.
#[derive(Debug)]
pub(crate) struct Sent {
    outcome: oneshot::Receiver<Outcome>,
    requests: Arc<Requests>,
}

impl Publisher {
    /// Connects first; a broker that is away is no error where the caller can `wait` for it.
    pub(crate) async fn open(url: &str, settings: &Settings, wait: bool) -> Result<Self, OpenError> {
        let address = Address::parse(url)?;
        let requests = Arc::new(Requests::default());
        let (link, supervisor) = supervise(address, Arc::clone(&requests), wait).await?;
        Ok(Self(Arc::new(Shared {
            link,
            requests,
            in_flight: Arc::new(Semaphore::new(IN_FLIGHT_BYTES)),
            timeout: settings.publish_timeout(),
            _supervisor: supervisor,
        })))
    }

    pub(crate) fn is_ready(&self) -> bool {
        matches!(&*self.0.link.borrow(), Link::Up(_))
    }

    /// Returns at once when the link is lost or blocked.
    pub(crate) async fn publish(
        &self,
        route: Route,
        group: Group,
        traceparent: Option<&str>,
    ) -> Result<(), PublishError> {
        self.publish_parcel(Parcel::of_group(route, group, traceparent)).await
    }

    /// As [`Publisher::publish`], into `clickpath.in`.
    pub(crate) async fn publish_events(&self, events: Outgoing<'_>) -> Result<(), PublishError> {
        self.publish_parcel(Parcel::of_events(events)).await
    }

    async fn publish_parcel(&self, parcel: Parcel) -> Result<(), PublishError> {
        let id = parcel.id;
        let late = sleep(self.0.timeout);
        let mut link = self.0.link.clone();
        let sending = async {
            let room = self.room(&parcel).await?;
            self.send_within(room, parcel)?.outcome(id).await
        };
        tokio::select! {
            biased;
            sent = sending => sent,
            () = goes_down(&mut link) => Err(self.unavailable()),
            () = late => Err(PublishError::Timeout { id, after: self.0.timeout }),
        }
    }

    /// Sends the group behind those sent before, and does not wait for its confirm.
    pub(crate) async fn send(&self, route: Route, group: Group) -> Result<Sent, PublishError> {
        let parcel = Parcel::of_group(route, group, None);
        let room = self.room(&parcel).await?;
        self.send_within(room, parcel)
    }

    fn send_within(&self, room: OwnedSemaphorePermit, parcel: Parcel) -> Result<Sent, PublishError> {
        Ok(Sent {
            outcome: self.inlet()?.send(parcel, room),
            requests: Arc::clone(&self.0.requests),
        })
    }

    /// Waits until the broker takes publishes.
    pub(crate) async fn up(&self) {
        let mut link = self.0.link.clone();
        if link.wait_for(|link| matches!(link, Link::Up(_))).await.is_err() {
            // The supervisor is gone, so the publisher is too, and nobody waits for this.
            std::future::pending().await
        }
    }

    /// Connects anew, and thereby declares the topology again.
    pub(crate) fn renew(&self) {
        self.0.requests.renew.notify_one();
    }

    async fn room(&self, parcel: &Parcel) -> Result<OwnedSemaphorePermit, PublishError> {
        let bytes = parcel.body.len();
        if bytes > MAX_GROUP_BYTES {
            return Err(PublishError::TooLarge {
                id: parcel.id,
                bytes,
                max_bytes: MAX_GROUP_BYTES,
            });
        }
        let room = Arc::clone(&self.0.in_flight).acquire_many_owned(bytes as u32);
        room.await.map_err(|_| PublishError::Closed)
    }

    fn inlet(&self) -> Result<Inlet, PublishError> {
        match &*self.0.link.borrow() {
            Link::Up(inlet) => Ok(inlet.clone()),
            Link::Blocked(_) | Link::Down { .. } => Err(self.unavailable()),
        }
    }

    fn unavailable(&self) -> PublishError {
        let (retry_after, reason) = match &*self.0.link.borrow() {
            // It came back meanwhile.
            Link::Up(_) => (RETRY_BROKEN, "the connection was lost".to_owned()),
            Link::Blocked(reason) => (RETRY_BLOCKED, format!("publishing is blocked: {reason}")),
            Link::Down { reason, next_attempt } => (*next_attempt - Instant::now(), reason.clone()),
        };
        PublishError::Unavailable {
            retry_after: retry_after.max(RETRY_BROKEN),
            reason,
        }
    }
}

impl Sent {
    /// Cancel-safe. Waits as long as the channel lives.
    pub(crate) async fn outcome(&mut self, id: uuid::Uuid) -> Result<(), PublishError> {
        let unavailable = |reason: String| PublishError::Unavailable {
            retry_after: RETRY_BROKEN,
            reason,
        };
        match (&mut self.outcome).await {
            Ok(Outcome::Confirmed) => {
                self.requests.confirmed();
                Ok(())
            }
            Ok(Outcome::Nacked) => {
                self.requests.nacked();
                Err(PublishError::Nacked { id })
            }
            Ok(Outcome::Returned { code, text }) => Err(PublishError::Returned { id, code, text }),
            Ok(Outcome::Lost(lost)) => {
                self.requests.look.notify_one();
                Err(unavailable(lost.to_string()))
            }
            Err(_) => Err(unavailable("the connection was lost".to_owned())),
        }
    }
}

/// Returns when the link is no longer up; never while it is.
async fn goes_down(link: &mut watch::Receiver<Link>) {
    // An error is the supervisor's end.
    drop(link.wait_for(|link| !matches!(link, Link::Up(_))).await);
}
