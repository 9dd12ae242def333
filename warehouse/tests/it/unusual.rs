//! What the generator's visitors never do, so that its truth cannot tell a metric that gets it wrong. Numbers worked out by hand; every
//! row is there twice.

use event::{EnrichedEvent, EventType, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;
use warehouse::{EventRow, Warehouse};

use crate::database;
use crate::sample::bare;

/// 2026-11-22T10:00:00Z.
const TEN: i64 = 1_795_341_600_000;
const MINUTE_MS: i64 = 60_000;

fn at(ms: i64, session: &'static str, event_type: EventType, title: &'static str) -> EnrichedEvent<'static> {
    let mut event = bare(0);
    event.event.event_type = event_type;
    event.event.session_id = session.into();
    event.event.user_id = session.into();
    event.event.url = "https://shop.example/tea".into();
    event.event.created_at = Timestamp(TEN + ms);
    event.received_at = event.event.created_at;
    event.event.payload.event_title = title.into();
    event
}

fn page(ms: i64, session: &'static str) -> EnrichedEvent<'static> {
    at(ms, session, EventType::View, "page_view")
}

fn on(element: &'static str, mut event: EnrichedEvent<'static>) -> EnrichedEvent<'static> {
    event.event.payload.element_id = element.into();
    event
}

fn with_status(status: &'static str, mut event: EnrichedEvent<'static>) -> EnrichedEvent<'static> {
    event.event.payload.status = status.into();
    event
}

fn of_a_bot(mut event: EnrichedEvent<'static>) -> EnrichedEvent<'static> {
    event.client.bot_reason = "headless".into();
    event
}

async fn stored(mut events: Vec<EnrichedEvent<'static>>) -> Warehouse {
    let warehouse = database().await;
    for (number, event) in events.iter_mut().enumerate() {
        event.event.id = Uuid::from_u128(1 + number as u128);
    }
    for token in ["once", "again"] {
        let rows: Vec<_> = events.iter().map(|event| EventRow::new(event, Uuid::nil())).collect();
        warehouse.insert_events(&rows, token).await.unwrap();
    }
    warehouse
}

/// Rows of the hour after ten o'clock, without bots; of each the fields.
async fn ask(warehouse: &Warehouse, metric: &str, more: &[(&str, &str)], fields: &[&str]) -> Vec<Value> {
    let usual = [
        ("site", "shop"),
        ("from", "2026-11-22 10:00:00.000"),
        ("to", "2026-11-22 11:00:00.000"),
        ("bots", "0"),
        ("limit", "100"),
        ("tz", "UTC"),
    ];
    let metric = warehouse::metrics().iter().find(|one| one.name == metric).unwrap();
    let has = |name: &str| metric.parameters.iter().any(|parameter| parameter.name == name);
    let is_given = |name: &str| more.iter().any(|(given, _)| *given == name);
    let given = usual
        .iter()
        .filter(|(name, _)| has(name) && !is_given(name))
        .chain(more);
    let given: Vec<_> = given.copied().collect();
    let answer = warehouse.metric(&metric.name, &given).await.unwrap();
    let answer: Value = serde_json::from_slice(&answer).unwrap();
    let rows = answer["data"].as_array().unwrap().iter();
    rows.map(|row| fields.iter().map(|field| row[*field].clone()).collect())
        .collect()
}

#[tokio::test]
async fn a_second_view_is_no_second_pair() {
    let warehouse = &stored(vec![
        on("#add", at(0, "anna", EventType::View, "")),
        on("#add", at(1_000, "anna", EventType::View, "")),
        on("#add", at(2_000, "anna", EventType::View, "")),
        on("#add", at(3_000, "anna", EventType::Click, "")),
        on("#add", at(4_000, "bert", EventType::View, "")),
    ])
    .await;
    let fields = ["views", "clicks", "seen", "seen_and_clicked", "ctr", "raw_ctr"];
    let rows = ask(warehouse, "element_ctr", &[], &fields).await;
    assert_eq!(rows, [json!([4, 1, 2, 1, 0.5, 0.25])]);
}

#[tokio::test]
async fn a_visit_without_a_page_does_not_bounce() {
    let warehouse = &stored(vec![
        page(0, "one page"),
        on("#add", at(1_000, "one page", EventType::Click, "")),
        page(0, "two pages"),
        page(1_000, "two pages"),
        on("#add", at(0, "no page", EventType::Click, "")),
        of_a_bot(page(0, "robot")),
    ])
    .await;
    let rows = ask(warehouse, "bounce_rate", &[], &["sessions", "bounced", "bounce_rate"]).await;
    assert_eq!(rows, [json!([2, 1, 0.5])]);
}

#[tokio::test]
async fn live_are_the_last_minutes_to_the_millisecond() {
    let to = 30 * MINUTE_MS;
    let warehouse = &stored(vec![
        page(to - 5 * MINUTE_MS - 1, "too early"),
        page(to - 5 * MINUTE_MS, "just in time"),
        on("#add", at(to - 2, "just in time", EventType::Click, "")),
        // On no element.
        at(to - 1, "just in time", EventType::Click, "tick"),
        at(to - 1, "back end", EventType::Server, "order_paid"),
        of_a_bot(page(to - 1, "robot")),
        page(to, "too late"),
    ])
    .await;
    let fields = ["users", "sessions", "page_views", "clicks", "events"];
    let until = ("to", "2026-11-22 10:30:00.000");
    let live = async |minutes| ask(warehouse, "live", &[until, ("minutes", minutes)], &fields).await;
    assert_eq!(live("5").await, [json!([1, 1, 1, 1, 4])]);
    assert_eq!(live("6").await, [json!([2, 2, 2, 1, 5])]);
    assert_eq!(live("4").await, [json!([1, 1, 0, 1, 3])]);
}

#[tokio::test]
async fn pulse_knows_whose_beat_it_is() {
    let attempt = |ms, session| at(ms, session, EventType::Server, "payment_attempt");
    let answered = |latency_ms, mut event: EnrichedEvent<'static>| {
        event.event.payload.latency_ms = Some(latency_ms);
        event
    };
    let half = 30 * MINUTE_MS;
    let warehouse = &stored(vec![
        // The back end comes first: the session begins with its visitor.
        with_status("ok", attempt(0, "anna")),
        answered(200, page(half, "anna")),
        answered(100, page(half + 1, "anna")),
        with_status("error", attempt(half + 2, "anna")),
        // Neither is known to be refused or not.
        attempt(half + 3, "anna"),
        with_status("error", at(half + 4, "anna", EventType::Server, "order_cancelled")),
        // No visitor ever came.
        with_status("error", attempt(half, "nobody")),
        of_a_bot(answered(9_000, page(half, "robot"))),
        of_a_bot(with_status("error", attempt(half, "robot"))),
        page(2 * half, "after it"),
    ])
    .await;
    let fields = [
        "time",
        "sessions",
        "events",
        "bot_events",
        "payment_attempts",
        "payment_errors",
        "responses",
        "p95_ms",
    ];
    let rows = ask(warehouse, "pulse", &[("minutes", "30")], &fields).await;
    let expected = [
        json!(["2026-11-22 10:00:00", 0, 1, 0, 1, 0, 0, null]),
        json!(["2026-11-22 10:30:00", 1, 8, 2, 2, 2, 2, 200]),
    ];
    assert_eq!(rows, expected);
}
