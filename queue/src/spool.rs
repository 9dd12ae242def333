//! The way to RabbitMQ with a place to wait: logs on this machine's disk that take groups while the broker does not.
//!
//! Each route has a lane. A lane whose log is empty publishes directly; a group that the broker does not take goes to the log, and as long
//! as the log is not empty all groups go there, behind it. One task per lane publishes the log in order and forgets what
//! was confirmed. What must stay true: a group that was spooled before a publish began is confirmed before that publish is
//! sent directly; so a lane is direct only when no append is on its way and everything in the log is acknowledged.

mod drain;
mod id;
mod lane;

use std::sync::Arc;

use uuid::Uuid;

use crate::{Group, OpenError, PublishError, Route, Settings, rabbitmq};
use lane::Lane;

/// What waits in a publisher's spool, both routes together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spool {
    /// The same as long as the folder lives.
    pub id: Uuid,
    /// Zero is exact; larger numbers may count a few that a failed write or damage took.
    pub groups: u64,
    /// On disk; room comes back by whole files.
    pub bytes: u64,
    /// No waiting group is older, by the UUIDv7 time of its id in milliseconds since 1970; `None` when none waits. It may
    /// be early by the time a publish waits for its confirm.
    pub oldest_ms: Option<i64>,
}

#[derive(Debug, Clone)]
pub(crate) struct Publisher(Arc<Lanes>);

#[derive(Debug)]
struct Lanes {
    id: Uuid,
    broker: rabbitmq::Publisher,
    events: Lane,
    quarantine: Lane,
}

impl Publisher {
    /// Opens also while the broker is away. What an earlier run left is published first.
    pub(crate) async fn open(url: &str, settings: &Settings) -> Result<Self, OpenError> {
        let folder = settings.queue_dir.join("spool");
        let open = async |route| Lane::open(route, &folder, settings).await;
        let (events, quarantine) = (open(Route::Events).await?, open(Route::Quarantine).await?);
        let broker = rabbitmq::Publisher::open(url, settings, true).await?;
        Ok(Self(Arc::new(Lanes {
            id: id::of_folder(&folder)?,
            events: events.start(broker.clone()),
            quarantine: quarantine.start(broker.clone()),
            broker,
        })))
    }

    pub(crate) async fn publish(&self, route: Route, group: Group) -> Result<(), PublishError> {
        self.lane(route).publish(&self.0.broker, group).await
    }

    pub(crate) fn is_ready(&self) -> bool {
        let Lanes {
            broker,
            events,
            quarantine,
            ..
        } = &*self.0;
        events.is_ready(broker) && quarantine.is_ready(broker)
    }

    pub(crate) fn damaged(&self) -> u64 {
        self.0.events.damaged() + self.0.quarantine.damaged()
    }

    pub(crate) fn spool(&self) -> Spool {
        let Lanes {
            id, events, quarantine, ..
        } = &*self.0;
        let oldest = [events.oldest_ms(), quarantine.oldest_ms()];
        Spool {
            id: *id,
            groups: events.groups() + quarantine.groups(),
            bytes: events.bytes() + quarantine.bytes(),
            oldest_ms: oldest.into_iter().flatten().min(),
        }
    }

    fn lane(&self, route: Route) -> &Lane {
        match route {
            Route::Events => &self.0.events,
            Route::Quarantine => &self.0.quarantine,
        }
    }
}
