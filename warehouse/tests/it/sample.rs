use event::{
    Channel, Client, DeviceType, EnrichedEvent, Event, EventType, Location, Money, Payload, Platform, Source,
    Timestamp, Utm,
};
use uuid::Uuid;

/// 2026-11-22T10:00:00.123Z.
pub(crate) const AT: i64 = 1_795_341_600_123;

/// A click with every field filled.
pub(crate) fn full(id: u128) -> EnrichedEvent<'static> {
    EnrichedEvent {
        event: Event {
            id: Uuid::from_u128(id),
            site: "shop".into(),
            event_type: EventType::Click,
            created_at: Timestamp(AT),
            session_id: "session-1".into(),
            user_id: "1001".into(),
            url: "https://shop.example/catalog?foo=bar".into(),
            referrer: "https://www.google.com/".into(),
            user_agent: "".into(),
            ip: None,
            payload: Payload {
                event_title: "add_to_cart".into(),
                element_id: "#submit-button".into(),
                x: Some(-445),
                y: Some(315),
                element_x: Some(0),
                element_y: Some(i32::MAX),
                viewport_w: Some(1280),
                viewport_h: Some(720),
                page_w: Some(u32::MAX),
                page_h: Some(0),
                product_id: "p-1".into(),
                category: "schöne Töpfe".into(),
                price: Some(Money(123_456)),
                currency: "EUR".into(),
                quantity: Some(2),
                order_id: "o-1".into(),
                status: "paid".into(),
                error_code: "E1".into(),
                latency_ms: Some(17),
                rest: r#"{"colour":"red; 'quoted'"}"#.into(),
            },
        },
        source: Source::Tracker,
        received_at: Timestamp(AT + 5),
        clock_skew_ms: Some(600_000),
        client: Client {
            user_agent: "Mozilla/5.0".into(),
            browser: "Chrome".into(),
            browser_version: "131".into(),
            os: "Windows".into(),
            os_version: "10".into(),
            device_type: DeviceType::Desktop,
            platform: Platform::Web,
            bot_reason: "headless".into(),
        },
        location: Location {
            country: "DE".into(),
            region: "BY".into(),
            city: "München".into(),
        },
        channel: Channel::OrganicSearch,
        utm: Utm {
            source: "s".into(),
            medium: "m".into(),
            campaign: "c".into(),
            term: "t".into(),
            content: "n".into(),
        },
        ip: Some("192.0.2.0".parse().unwrap()),
    }
}

/// A view with nothing that may be absent.
pub(crate) fn bare(id: u128) -> EnrichedEvent<'static> {
    let full = full(id);
    EnrichedEvent {
        event: Event {
            event_type: EventType::View,
            user_id: "".into(),
            referrer: "".into(),
            payload: Payload::default(),
            ..full.event
        },
        clock_skew_ms: None,
        client: Client {
            bot_reason: "".into(),
            ..full.client
        },
        location: Location::default(),
        utm: Utm::default(),
        ip: None,
        ..full
    }
}
