use std::net::{IpAddr, Ipv6Addr};

use event::EnrichedEvent;
use event::group::VERSION;
use uuid::Uuid;

use crate::column::{LowCardinality, Milliseconds, Price};

crate::column::row! {
    /// One row of `events`; names, order and types equal the table's stored columns (`sql/migrations/0001_events.sql`).
    EventRow<'a>,
    /// Rows of `events` by column, as ClickHouse's Native format wants them.
    EventColumns as event_columns,
    site: LowCardinality<'a>,
    id: Uuid,
    r#type: LowCardinality<'a>,
    event_title: LowCardinality<'a>,
    created_at: Milliseconds,
    received_at: Milliseconds,
    clock_skew_ms: Option<i64>,
    session_id: &'a str,
    user_id: &'a str,
    url: &'a str,
    referrer: &'a str,
    element_id: LowCardinality<'a>,
    x: Option<i32>,
    y: Option<i32>,
    element_x: Option<i32>,
    element_y: Option<i32>,
    viewport_w: Option<u32>,
    viewport_h: Option<u32>,
    page_w: Option<u32>,
    page_h: Option<u32>,
    product_id: &'a str,
    category: LowCardinality<'a>,
    price: Option<Price>,
    currency: LowCardinality<'a>,
    quantity: Option<u32>,
    order_id: &'a str,
    status: LowCardinality<'a>,
    error_code: LowCardinality<'a>,
    latency_ms: Option<u32>,
    payload: &'a str,
    user_agent: LowCardinality<'a>,
    browser: LowCardinality<'a>,
    browser_version: LowCardinality<'a>,
    os: LowCardinality<'a>,
    os_version: LowCardinality<'a>,
    device_type: LowCardinality<'a>,
    platform: LowCardinality<'a>,
    is_bot: bool,
    bot_reason: LowCardinality<'a>,
    country: LowCardinality<'a>,
    region: LowCardinality<'a>,
    city: LowCardinality<'a>,
    channel: LowCardinality<'a>,
    channel_group: LowCardinality<'a>,
    utm_source: LowCardinality<'a>,
    utm_medium: LowCardinality<'a>,
    utm_campaign: LowCardinality<'a>,
    utm_term: LowCardinality<'a>,
    utm_content: LowCardinality<'a>,
    /// IPv4 as `::ffff:a.b.c.d`.
    ip: Option<Ipv6Addr>,
    source: LowCardinality<'a>,
    schema_version: u8,
    group_id: Uuid,
}

impl<'a> EventRow<'a> {
    /// The one place where an event becomes a row.
    pub fn new(enriched: &'a EnrichedEvent<'a>, group_id: Uuid) -> Self {
        let EnrichedEvent {
            event,
            client,
            location,
            utm,
            ..
        } = enriched;
        let payload = &event.payload;
        Self {
            site: LowCardinality(&event.site),
            id: event.id,
            r#type: LowCardinality(event.event_type.as_str()),
            event_title: LowCardinality(&payload.event_title),
            created_at: Milliseconds(event.created_at.0),
            received_at: Milliseconds(enriched.received_at.0),
            clock_skew_ms: enriched.clock_skew_ms,
            session_id: &event.session_id,
            user_id: &event.user_id,
            url: &event.url,
            referrer: &event.referrer,
            element_id: LowCardinality(&payload.element_id),
            x: payload.x,
            y: payload.y,
            element_x: payload.element_x,
            element_y: payload.element_y,
            viewport_w: payload.viewport_w,
            viewport_h: payload.viewport_h,
            page_w: payload.page_w,
            page_h: payload.page_h,
            product_id: &payload.product_id,
            category: LowCardinality(&payload.category),
            price: payload.price.map(|price| Price(price.0)),
            currency: LowCardinality(&payload.currency),
            quantity: payload.quantity,
            order_id: &payload.order_id,
            status: LowCardinality(&payload.status),
            error_code: LowCardinality(&payload.error_code),
            latency_ms: payload.latency_ms,
            payload: &payload.rest,
            user_agent: LowCardinality(&client.user_agent),
            browser: LowCardinality(&client.browser),
            browser_version: LowCardinality(&client.browser_version),
            os: LowCardinality(&client.os),
            os_version: LowCardinality(&client.os_version),
            device_type: LowCardinality(client.device_type.as_str()),
            platform: LowCardinality(client.platform.as_str()),
            is_bot: client.is_bot(),
            bot_reason: LowCardinality(&client.bot_reason),
            country: LowCardinality(&location.country),
            region: LowCardinality(&location.region),
            city: LowCardinality(&location.city),
            channel: LowCardinality(enriched.channel.as_str()),
            channel_group: LowCardinality(enriched.channel.group().as_str()),
            utm_source: LowCardinality(&utm.source),
            utm_medium: LowCardinality(&utm.medium),
            utm_campaign: LowCardinality(&utm.campaign),
            utm_term: LowCardinality(&utm.term),
            utm_content: LowCardinality(&utm.content),
            ip: enriched.ip.map(as_ipv6),
            source: LowCardinality(enriched.source.as_str()),
            schema_version: VERSION,
            group_id,
        }
    }
}

pub(crate) fn as_ipv6(ip: IpAddr) -> Ipv6Addr {
    match ip {
        IpAddr::V4(ip) => ip.to_ipv6_mapped(),
        IpAddr::V6(ip) => ip,
    }
}
