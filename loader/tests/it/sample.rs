use event::{
    Channel, Client, DeviceType, EnrichedEvent, Event, EventType, Location, Payload, Platform, Source, Timestamp, Utm,
    group,
};
use queue::Group;
use uuid::Uuid;

/// 2026-11-22T10:00:00.000Z.
const AT: i64 = 1_795_341_600_000;

pub(crate) fn click(id: u128) -> EnrichedEvent<'static> {
    EnrichedEvent {
        event: Event {
            id: Uuid::from_u128(id),
            site: "shop".into(),
            event_type: EventType::Click,
            created_at: Timestamp(AT + id as i64),
            session_id: format!("session-{}", id % 7).into(),
            user_id: "".into(),
            url: "https://shop.example/".into(),
            referrer: "".into(),
            user_agent: "".into(),
            ip: None,
            payload: Payload {
                element_id: "#buy".into(),
                ..Payload::default()
            },
        },
        source: Source::Tracker,
        received_at: Timestamp(AT + id as i64),
        clock_skew_ms: None,
        client: Client {
            user_agent: "".into(),
            browser: "".into(),
            browser_version: "".into(),
            os: "".into(),
            os_version: "".into(),
            device_type: DeviceType::Desktop,
            platform: Platform::Web,
            bot_reason: "".into(),
        },
        location: Location::default(),
        channel: Channel::Direct,
        utm: Utm::default(),
        ip: None,
    }
}

/// A click the table's constraint refuses: no clock of the contract stands at 1970.
pub(crate) fn too_early(id: u128) -> EnrichedEvent<'static> {
    let mut click = click(id);
    click.event.created_at = Timestamp(0);
    click
}

pub(crate) fn group(id: u128, events: &[EnrichedEvent<'_>]) -> Group {
    let mut bytes = Vec::new();
    for event in events {
        group::append(event, &mut bytes).unwrap();
    }
    Group {
        id: Uuid::from_u128(id),
        body: group::seal(&bytes).into(),
    }
}

/// A group of clicks with these ids.
pub(crate) fn clicks(id: u128, ids: impl IntoIterator<Item = u128>) -> Group {
    group(id, &ids.into_iter().map(click).collect::<Vec<_>>())
}
