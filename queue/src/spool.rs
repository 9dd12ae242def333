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

/// What waits in a publisher's spool, all routes together.
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
    entities: Lane,
}

impl Publisher {
    /// Opens also while the broker is away. What an earlier run left is published first.
    pub(crate) async fn open(url: &str, settings: &Settings) -> Result<Self, OpenError> {
        let folder = settings.queue_dir.join("spool");
        let open = async |route| Lane::open(route, &folder, settings).await;
        let (events, quarantine) = (open(Route::Events).await?, open(Route::Quarantine).await?);
        let entities = open(Route::Entities).await?;
        let broker = rabbitmq::Publisher::open(url, settings, true).await?;
        Ok(Self(Arc::new(Lanes {
            id: id::of_folder(&folder)?,
            events: events.start(broker.clone()),
            quarantine: quarantine.start(broker.clone()),
            entities: entities.start(broker.clone()),
            broker,
        })))
    }

    pub(crate) async fn publish(
        &self,
        route: Route,
        group: Group,
        traceparent: Option<&str>,
    ) -> Result<(), PublishError> {
        self.lane(route).publish(&self.0.broker, group, traceparent).await
    }

    pub(crate) fn is_ready(&self) -> bool {
        self.0.all().all(|lane| lane.is_ready(&self.0.broker))
    }

    pub(crate) fn damaged(&self) -> u64 {
        self.0.all().map(Lane::damaged).sum()
    }

    pub(crate) fn spool(&self) -> Spool {
        let lanes = &self.0;
        Spool {
            id: lanes.id,
            groups: lanes.all().map(Lane::groups).sum(),
            bytes: lanes.all().map(Lane::bytes).sum(),
            oldest_ms: lanes.all().filter_map(Lane::oldest_ms).min(),
        }
    }

    fn lane(&self, route: Route) -> &Lane {
        match route {
            Route::Events => &self.0.events,
            Route::Quarantine => &self.0.quarantine,
            Route::Entities => &self.0.entities,
        }
    }
}

impl Lanes {
    fn all(&self) -> impl Iterator<Item = &Lane> {
        [&self.events, &self.quarantine, &self.entities].into_iter()
    }
}
