use crate::{Group, OpenError, PublishError, Route, Settings, Spool, embedded, rabbitmq, spool};

/// What the log of a route holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backlog {
    /// Not acknowledged by the loader.
    pub groups: u64,
    /// On disk; room comes back by whole files.
    pub bytes: u64,
}

/// Cheap to clone; clones share one connection or one log.
#[derive(Debug, Clone)]
pub struct Publisher(pub(crate) Backend);

#[derive(Debug, Clone)]
pub(crate) enum Backend {
    Embedded(embedded::Logs),
    RabbitMq(rabbitmq::Publisher),
    Spooled(spool::Publisher),
}

/// Connects to the broker, or opens the folder, and declares what is needed. A broker that is away is no error: with a spool groups
/// wait on disk, without one they are refused until it is there.
pub async fn open_publisher(settings: &Settings) -> Result<Publisher, OpenError> {
    let backend = match &settings.amqp_url {
        Some(url) if settings.queue_spool => Backend::Spooled(spool::Publisher::open(url, settings).await?),
        Some(url) => Backend::RabbitMq(rabbitmq::Publisher::open(url, settings, true).await?),
        None => Backend::Embedded(embedded::Logs::open(settings).await?),
    };
    Ok(Publisher(backend))
}

impl Publisher {
    /// Returns when the group is durable: confirmed by the broker, or written to log or spool by the policy of
    /// [`Fsync`](crate::Fsync).
    /// After an error, and after dropping the future, the group may still be delivered.
    pub async fn publish(&self, route: Route, group: Group) -> Result<(), PublishError> {
        self.publish_traced(route, group, None).await
    }

    /// [`Publisher::publish`] with the `traceparent` that [`Delivery::traceparent`](crate::Delivery) is to have.
    pub async fn publish_traced(
        &self,
        route: Route,
        group: Group,
        traceparent: Option<&str>,
    ) -> Result<(), PublishError> {
        match &self.0 {
            Backend::Embedded(logs) => logs.of(route).publish(group).await,
            Backend::RabbitMq(publisher) => publisher.publish(route, group, traceparent).await,
            Backend::Spooled(publisher) => publisher.publish(route, group, traceparent).await,
        }
    }

    /// Whether a publish would be taken right now, by the broker or by the spool.
    pub fn is_ready(&self) -> bool {
        match &self.0 {
            Backend::Embedded(logs) => logs.is_ready(),
            Backend::RabbitMq(publisher) => publisher.is_ready(),
            Backend::Spooled(publisher) => publisher.is_ready(),
        }
    }

    /// Stretches of the logs on this machine that did not read and lie in a folder `damaged`.
    pub fn damaged(&self) -> u64 {
        match &self.0 {
            Backend::Embedded(logs) => logs.damaged(),
            Backend::RabbitMq(_) => 0,
            Backend::Spooled(publisher) => publisher.damaged(),
        }
    }

    /// What waits in the embedded queue; `None` with RabbitMQ, which tells of its queues itself.
    pub fn backlog(&self, route: Route) -> Option<Backlog> {
        match &self.0 {
            Backend::Embedded(logs) => {
                let log = logs.of(route);
                Some(Backlog {
                    groups: log.waiting(),
                    bytes: log.used_bytes(),
                })
            }
            Backend::RabbitMq(_) | Backend::Spooled(_) => None,
        }
    }

    /// What waits on this machine for the broker; `None` without a spool.
    pub fn spool(&self) -> Option<Spool> {
        match &self.0 {
            Backend::Embedded(_) | Backend::RabbitMq(_) => None,
            Backend::Spooled(publisher) => Some(publisher.spool()),
        }
    }
}
