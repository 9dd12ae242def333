use crate::{ConsumeError, Delivery, OpenError, Publisher, Route, Settings, Tag, embedded, publisher, rabbitmq};

#[derive(Debug)]
pub struct Consumer(Backend);

#[derive(Debug)]
enum Backend {
    Embedded(embedded::Consumer),
    RabbitMq(rabbitmq::Consumer),
}

/// A log of the embedded queue has one consumer, in the process of its publisher; a queue of RabbitMQ any number, of
/// `clickpath.events` and `clickpath.entities` one of them active.
///
/// Without a publisher the route's log is opened, and locked, for this consumer alone.
pub async fn open_consumer(
    settings: &Settings,
    publisher: Option<&Publisher>,
    route: Route,
) -> Result<Consumer, OpenError> {
    let backend = match (&settings.amqp_url, publisher.map(|publisher| &publisher.0)) {
        (None, None) => Backend::Embedded(embedded::open_route(settings, route).await?.consumer()?),
        (None, Some(publisher::Backend::Embedded(logs))) => Backend::Embedded(logs.of(route).consumer()?),
        (Some(url), _) => Backend::RabbitMq(rabbitmq::Consumer::open(url, settings, route).await?),
        (None, Some(publisher::Backend::RabbitMq(_) | publisher::Backend::Spooled(_))) => {
            return Err(OpenError::OtherQueue);
        }
    };
    Ok(Consumer(backend))
}

impl Consumer {
    /// The next delivery. Cancel-safe. Waits through a lost connection.
    pub async fn next(&mut self) -> Result<Delivery, ConsumeError> {
        match &mut self.0 {
            Backend::Embedded(consumer) => consumer.next().await,
            Backend::RabbitMq(consumer) => consumer.next().await,
        }
    }

    /// Acknowledges this delivery and every earlier one. A delivery whose connection was lost meanwhile comes again,
    /// marked [`Delivery::redelivered`], whatever was acknowledged.
    pub async fn acknowledge(&mut self, tag: Tag) -> Result<(), ConsumeError> {
        match &mut self.0 {
            Backend::Embedded(consumer) => consumer.acknowledge(tag).await,
            Backend::RabbitMq(consumer) => consumer.acknowledge(tag).await,
        }
    }

    /// Groups that are handed out ahead of their acknowledgement; `None` where nothing bounds them.
    pub fn prefetch(&self) -> Option<u16> {
        match &self.0 {
            Backend::Embedded(_) => None,
            Backend::RabbitMq(consumer) => Some(consumer.prefetch()),
        }
    }

    /// Groups that wait and were not handed out, of all publishers. Zero is exact; larger numbers may count a few
    /// that are just arriving twice, or that a failed write or damage took.
    ///
    /// RabbitMQ's queue may be empty because another consumer has everything in hand: where that cannot be told, before an
    /// epoch's first delivery, the answer is [`ConsumeError::Elsewhere`] rather than zero.
    pub async fn backlog(&mut self) -> Result<u64, ConsumeError> {
        match &mut self.0 {
            Backend::Embedded(consumer) => consumer.backlog().await,
            Backend::RabbitMq(consumer) => consumer.backlog().await,
        }
    }
}
