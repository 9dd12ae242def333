use event::EnrichedEvent;
use event::entity::{self, Entity};
use event::group;
use event::quarantine::{Form, Record};
use event::{Source, Timestamp};
use queue::{Delivery, Group};
use uuid::Uuid;
use warehouse::WarehouseError;

use crate::batch::{DECODED, made_ms};

/// An event that the database refused, as a group of one.
pub(crate) fn refused_event(event: &EnrichedEvent<'_>, group: &Group, code: i32, message: &str) -> Record<'static> {
    let mut alone = Vec::new();
    group::append(event, &mut alone).expect("the event was decoded from this form");
    Record {
        id: event.event.id,
        site: event.event.site.to_string().into(),
        reason: "database".into(),
        code,
        field: "".into(),
        message: message.to_owned().into(),
        source: event.source,
        received_at: event.received_at,
        group_id: group.id,
        form: Form::Event,
        accepted: true,
        user_agent: event.client.user_agent.to_string().into(),
        ip: event.ip,
        bytes: group::seal(&alone).into(),
    }
}

/// The event of a group that was decoded before.
pub(crate) fn nth<'a>(opened: &'a group::Opened, event: usize) -> EnrichedEvent<'a> {
    let event = opened.events().nth(event).expect("the event was inserted before");
    event.expect(DECODED)
}

/// A group that does not decode, whole.
pub(crate) fn broken_group<'a>(group: &'a Group, message: String, now_ms: i64) -> Record<'a> {
    Record {
        reason: "codec".into(),
        form: Form::Group,
        accepted: true,
        ..whole(group, message, now_ms)
    }
}

/// A group of entities that does not decode, whole. The ledger owes nothing for it: it is about events.
pub(crate) fn broken_entities<'a>(group: &'a Group, message: &'a str, now_ms: i64) -> Record<'a> {
    Record {
        reason: "codec".into(),
        form: Form::Group,
        source: Source::Http,
        ..whole(group, message.to_owned(), now_ms)
    }
}

/// An entity that the database refused, as a group of one; `id` is the same when it is put aside again.
pub(crate) fn refused_entity(entity: &Entity<'_>, id: Uuid, group: &Group, error: &WarehouseError) -> Record<'static> {
    let mut alone = Vec::new();
    entity::append(entity, &mut alone).expect("the entity was decoded from this form");
    Record {
        id,
        site: entity.site.to_string().into(),
        reason: "database".into(),
        code: error.code().unwrap_or_default(),
        field: "".into(),
        message: error.to_string().into(),
        source: Source::Http,
        received_at: entity.received_at,
        group_id: group.id,
        form: Form::Group,
        accepted: false,
        user_agent: "".into(),
        ip: None,
        bytes: entity::seal(&alone).into(),
    }
}

/// What came into quarantine without being one of its records.
pub(crate) fn stranger<'a>(delivery: &'a Delivery, message: String, now_ms: i64) -> Record<'a> {
    let group = &delivery.group;
    let whole = whole(group, message, now_ms);
    match &delivery.dead_letter {
        // It was handed out again and again, and whoever took it died. It is not looked into here either.
        Some(died) if died.reason == "delivery_limit" && died.queue == "clickpath.events" => Record {
            reason: "delivery_limit".into(),
            form: Form::Group,
            accepted: true,
            ..whole
        },
        Some(died) if died.reason == "delivery_limit" && died.queue == "clickpath.entities" => Record {
            reason: "delivery_limit".into(),
            form: Form::Group,
            ..whole
        },
        Some(died) if died.reason == "delivery_limit" => Record {
            reason: "delivery_limit".into(),
            ..whole
        },
        _ => whole,
    }
}

fn whole(group: &Group, message: String, now_ms: i64) -> Record<'_> {
    Record {
        id: group.id,
        site: "".into(),
        reason: "unreadable".into(),
        code: 0,
        field: "".into(),
        message: message.into(),
        // The door is not known; only the broker's brings strangers.
        source: Source::Amqp,
        received_at: Timestamp(made_ms(group).map_or(now_ms, |made_ms| made_ms as i64)),
        group_id: group.id,
        form: Form::Message,
        accepted: false,
        user_agent: "".into(),
        ip: None,
        bytes: (&group.body[..]).into(),
    }
}
