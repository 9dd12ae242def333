use crate::{ConsumeError, Delivery, Group, OpenError, Publisher, Settings, Tag, embedded, publisher, rabbitmq};

#[derive(Debug)]
pub struct Consumer(Backend);

#[derive(Debug)]
enum Backend {
    Embedded(embedded::Consumer),
    RabbitMq(rabbitmq::Consumer),
}

/// The embedded queue has one consumer, in the process of its publisher; RabbitMQ any number, one of them active.
///
/// Without a publisher the embedded queue is opened, and locked, for this consumer alone.
pub async fn open_consumer(settings: &Settings, publisher: Option<&Publisher>) -> Result<Consumer, OpenError> {
    let backend = match (&settings.amqp_url, publisher.map(|publisher| &publisher.0)) {
        (None, None) => Backend::Embedded(embedded::Queue::open(settings).await?.consumer()?),
        (None, Some(publisher::Backend::Embedded(queue))) => Backend::Embedded(queue.consumer()?),
        (Some(url), _) => Backend::RabbitMq(rabbitmq::Consumer::open(url, settings).await?),
        (None, Some(publisher::Backend::RabbitMq(_))) => return Err(OpenError::OtherQueue),
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

    /// Puts the group's bytes aside durably with the reason; the caller acknowledges it afterwards like a stored one.
    pub async fn quarantine(&mut self, group: &Group, reason: &str) -> Result<(), ConsumeError> {
        match &mut self.0 {
            Backend::Embedded(consumer) => consumer.quarantine(group, reason).await,
            Backend::RabbitMq(consumer) => consumer.quarantine(group, reason).await,
        }
    }
}
