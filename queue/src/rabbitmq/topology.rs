//! Exchange, queues and bindings. Every process declares them; a queue that exists with other arguments is an error.

use event::entity::{self, Stream};
use lapin::options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{Channel, ExchangeKind};

use crate::{Group, Route};

pub(super) const EXCHANGE: &str = "clickpath";
const EVENTS: &str = "clickpath.events";
/// Raw JSON events from other programs.
pub(super) const IN: &str = "clickpath.in";
const QUARANTINE: &str = "clickpath.quarantine";
const ENTITIES: &str = "clickpath.entities";

const EVENTS_KEY: &str = "events";
pub(super) const IN_KEY: &str = "in";
const QUARANTINE_KEY: &str = "quarantine";
/// Of all streams: `entities.stores` and so on. Whoever wants one stream binds a queue to its key.
const ENTITIES_KEYS: &str = "entities.*";

/// Of the messages that a publisher makes.
pub(super) const CONTENT_TYPES: [&str; 3] = [GROUP, RECORDS, ENTITY_GROUP];
const GROUP: &str = "application/vnd.clickpath.group";
const RECORDS: &str = "application/vnd.clickpath.quarantine";
const ENTITY_GROUP: &str = "application/vnd.clickpath.entities";

pub(super) fn queue_of(route: Route) -> &'static str {
    match route {
        Route::Events => EVENTS,
        Route::Quarantine => QUARANTINE,
        Route::Entities => ENTITIES,
    }
}

pub(super) fn routing_key(route: Route, group: &Group) -> &'static str {
    match route {
        Route::Events => EVENTS_KEY,
        Route::Quarantine => QUARANTINE_KEY,
        Route::Entities => entities_key(group),
    }
}

fn entities_key(group: &Group) -> &'static str {
    match entity::stream_of(&group.body) {
        Ok(Stream::Stores) => "entities.stores",
        Ok(Stream::Products) => "entities.products",
        Ok(Stream::Customers) => "entities.customers",
        Ok(Stream::Purchases) => "entities.purchases",
        Ok(Stream::Users) => "entities.users",
        Err(error) => {
            // The loader gets it all the same, and stores it or puts it aside; who took one stream only has no claim to it.
            tracing::error!(group = %group.id, %error, "a group of entities has no stream");
            "entities.none"
        }
    }
}

pub(super) fn content_type(route: Route) -> &'static str {
    match route {
        Route::Events => GROUP,
        Route::Quarantine => RECORDS,
        Route::Entities => ENTITY_GROUP,
    }
}

/// The version of the form that the route's bodies have.
pub(super) fn schema_version(route: Route) -> u8 {
    match route {
        Route::Events => event::group::VERSION,
        Route::Quarantine => event::quarantine::VERSION,
        Route::Entities => event::entity::VERSION,
    }
}

/// A group that was handed out so often and never acknowledged kills its reader: it goes to quarantine. Large, because each
/// restart of a loader whose database is away counts too.
const DELIVERY_LIMIT: i32 = 100;

/// Names what the broker refused.
pub(super) async fn declare(channel: &Channel) -> Result<(), (&'static str, lapin::Error)> {
    let durable = ExchangeDeclareOptions {
        durable: true,
        ..ExchangeDeclareOptions::default()
    };
    let exchange = channel.exchange_declare(EXCHANGE.into(), ExchangeKind::Topic, durable, FieldTable::default());
    exchange.await.map_err(|refused| (EXCHANGE, refused))?;
    declare_queue(channel, QUARANTINE, QUARANTINE_KEY, quorum()).await?;
    declare_queue(channel, IN, IN_KEY, dead_lettered(quorum())).await?;
    declare_queue(channel, EVENTS, EVENTS_KEY, one_at_a_time(dead_lettered(quorum()))).await?;
    declare_queue(channel, ENTITIES, ENTITIES_KEYS, one_at_a_time(dead_lettered(quorum()))).await
}

fn quorum() -> FieldTable {
    let mut arguments = FieldTable::default();
    arguments.insert("x-queue-type".into(), text("quorum"));
    arguments
}

fn dead_lettered(mut arguments: FieldTable) -> FieldTable {
    arguments.insert("x-delivery-limit".into(), AMQPValue::LongInt(DELIVERY_LIMIT));
    arguments.insert("x-dead-letter-exchange".into(), text(EXCHANGE));
    arguments.insert("x-dead-letter-routing-key".into(), text(QUARANTINE_KEY));
    // A dead letter leaves its queue when the quarantine has confirmed it; the broker wants `reject-publish` for that.
    arguments.insert("x-dead-letter-strategy".into(), text("at-least-once"));
    arguments.insert("x-overflow".into(), text("reject-publish"));
    arguments
}

/// One consumer gets everything until it is gone.
fn one_at_a_time(mut arguments: FieldTable) -> FieldTable {
    arguments.insert("x-single-active-consumer".into(), AMQPValue::Boolean(true));
    arguments
}

async fn declare_queue(
    channel: &Channel,
    name: &'static str,
    key: &str,
    arguments: FieldTable,
) -> Result<(), (&'static str, lapin::Error)> {
    let durable = QueueDeclareOptions {
        durable: true,
        ..QueueDeclareOptions::default()
    };
    let refused = |error| (name, error);
    channel
        .queue_declare(name.into(), durable, arguments)
        .await
        .map_err(refused)?;
    let bound = channel.queue_bind(
        name.into(),
        EXCHANGE.into(),
        key.into(),
        QueueBindOptions::default(),
        FieldTable::default(),
    );
    bound.await.map_err(refused)
}

fn text(value: &str) -> AMQPValue {
    AMQPValue::LongString(value.into())
}
