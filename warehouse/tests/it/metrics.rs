//! The live page's metrics, against numbers worked out by hand. The rows hold copies, and no merge takes them away.

use event::{EnrichedEvent, EventType, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;
use warehouse::{EventRow, Warehouse};

use crate::database;
use crate::sample::bare;

/// 2026-11-22T10:00:00Z.
const TEN: i64 = 1_795_341_600_000;
const PERIOD: [(&str, &str); 4] = [
    ("site", "shop"),
    ("from", "2026-11-22 10:00:00.000"),
    ("to", "2026-11-22 10:05:00.000"),
    ("bots", "0"),
];

fn seen(
    id: u128,
    session: &'static str,
    page: &'static str,
    element: &'static str,
    second: i64,
) -> EnrichedEvent<'static> {
    let mut event = bare(id);
    event.event.session_id = session.into();
    event.event.url = page.into();
    event.event.payload.element_id = element.into();
    event.event.created_at = Timestamp(TEN + second * 1_000);
    event.received_at = event.event.created_at;
    event
}

fn titled(event_type: EventType, title: &'static str, event: EnrichedEvent<'static>) -> EnrichedEvent<'static> {
    let mut event = clicked(event);
    event.event.event_type = event_type;
    event.event.payload.event_title = title.into();
    event
}

fn clicked(mut event: EnrichedEvent<'static>) -> EnrichedEvent<'static> {
    event.event.event_type = EventType::Click;
    event
}

/// Two pages, three sessions, and everything that could be counted wrongly.
pub(crate) fn visits() -> Vec<EnrichedEvent<'static>> {
    const TEA: &str = "https://shop.example/tea";
    const CUPS: &str = "https://shop.example/cups?sort=price";
    let mut ahead = seen(11, "anna", TEA, "#ahead", 30 * 60);
    ahead.clock_skew_ms = Some(-27 * 60 * 1_000);
    let mut slightly_off = seen(12, "anna", TEA, "#off", 126);
    slightly_off.clock_skew_ms = Some(200_000);
    let mut bot = seen(8, "carl", TEA, "#never-seen", 123);
    bot.client.bot_reason = "headless".into();
    let mut elsewhere = seen(13, "dora", TEA, "#add", 120);
    elsewhere.event.site = "other".into();
    vec![
        titled(EventType::View, "page_view", seen(1, "anna", TEA, "#page", 10)),
        seen(2, "anna", TEA, "#add", 20),
        clicked(seen(3, "anna", TEA, "#add", 30)),
        clicked(seen(4, "anna", TEA, "#add", 31)),
        seen(5, "bert", TEA, "#add", 120),
        seen(6, "bert", CUPS, "#add", 121),
        clicked(seen(7, "bert", TEA, "#never-seen", 122)),
        bot,
        titled(EventType::Server, "order_paid", seen(9, "anna", TEA, "#add", 124)),
        titled(EventType::Click, "add_to_cart", seen(10, "anna", TEA, "", 125)),
        ahead,
        slightly_off,
        elsewhere,
        seen(14, "anna", TEA, "#too-late", 900),
    ]
}

/// Stores the visits twice, the second copies five minutes later, in parts that stay apart.
async fn visited() -> Warehouse {
    let warehouse = database().await;
    warehouse.execute("SYSTEM STOP MERGES events", &[]).await.unwrap();
    let first = visits();
    let mut again = visits();
    for event in &mut again {
        event.received_at = Timestamp(event.received_at.0 + 300_000);
    }
    for (events, token) in [(first, "first"), (again, "again")] {
        let rows: Vec<_> = events.iter().map(|event| EventRow::new(event, Uuid::nil())).collect();
        warehouse.insert_events(&rows, token).await.unwrap();
    }
    warehouse
}

async fn ask(warehouse: &Warehouse, name: &str, given: &[(&str, &str)]) -> Vec<Value> {
    let answer = warehouse.metric(name, given).await.unwrap();
    let mut answer: Value = serde_json::from_slice(&answer).unwrap();
    serde_json::from_value(answer["data"].take()).unwrap()
}

/// The fields of each row, numbers as numbers: the server may write 64 bits as text.
fn columns(rows: &[Value], names: &[&str]) -> Vec<Value> {
    let plain = |value: &Value| match value.as_str().and_then(|text| text.parse::<u64>().ok()) {
        Some(number) => json!(number),
        None => value.clone(),
    };
    rows.iter()
        .map(|row| names.iter().map(|name| plain(&row[*name])).collect())
        .collect()
}

const MINUTE: [&str; 7] = [
    "minute",
    "events",
    "page_views",
    "element_views",
    "clicks",
    "other_events",
    "sessions",
];

#[tokio::test]
async fn counts_each_minute_once() {
    let rows = ask(&visited().await, "events_per_minute", &PERIOD).await;
    let expected = [
        json!(["2026-11-22 10:00:00", 4, 1, 1, 2, 0, 1]),
        json!(["2026-11-22 10:01:00", 0, 0, 0, 0, 0, 0]),
        json!(["2026-11-22 10:02:00", 6, 0, 3, 1, 2, 2]),
        json!(["2026-11-22 10:03:00", 1, 0, 1, 0, 0, 1]),
        json!(["2026-11-22 10:04:00", 0, 0, 0, 0, 0, 0]),
    ];
    assert_eq!(columns(&rows, &MINUTE), expected);
}

#[tokio::test]
async fn fills_minutes_of_silent_site() {
    let until = ("to", "2026-11-22 10:04:30.000");
    let rows = ask(
        &database().await,
        "events_per_minute",
        &[PERIOD[0], PERIOD[1], until, PERIOD[3]],
    )
    .await;
    assert_eq!(columns(&rows, &["events"]), vec![json!([0]); 5]);
}

#[tokio::test]
async fn rates_pairs_not_clicks() {
    let warehouse = visited().await;
    let names = ["element_id", "views", "clicks", "seen", "seen_and_clicked", "ctr"];
    // Of the minute before the quarter's end: the whole quarter counts.
    let period = [PERIOD[0], PERIOD[1], ("to", "2026-11-22 10:14:00.000"), ("limit", "10")];
    let rows = ask(&warehouse, "element_ctr", &[&period[..], &PERIOD[3..]].concat()).await;
    let expected = [
        json!(["#add", 3, 2, 3, 1, 1.0 / 3.0]),
        json!(["#never-seen", 0, 1, 0, 0, null]),
        json!(["#ahead", 1, 0, 1, 0, 0]),
        json!(["#off", 1, 0, 1, 0, 0]),
    ];
    assert_eq!(columns(&rows, &names), expected);
    let with_bots = [&period[..], &[("bots", "1")]].concat();
    let rows = ask(&warehouse, "element_ctr", &with_bots).await;
    assert_eq!(columns(&rows, &names)[1], json!(["#never-seen", 1, 1, 1, 0, 0]));
}

#[tokio::test]
async fn lists_each_event_once() {
    let warehouse = visited().await;
    let id = |last: u128| json!(Uuid::from_u128(last));
    let rows = ask(&warehouse, "last_events", &[&PERIOD[..], &[("limit", "3")]].concat()).await;
    let latest: Vec<_> = rows.iter().map(|row| row["id"].clone()).collect();
    assert_eq!(latest, [id(11), id(12), id(10)]);
    let rows = ask(&warehouse, "last_events", &[&PERIOD[..], &[("limit", "100")]].concat()).await;
    assert_eq!(rows.len(), 11);
    assert_eq!(rows[0]["received_at"], "2026-11-22 10:35:00.000");
    assert_eq!(rows[0]["corrected_at"], "2026-11-22 10:03:00.000");
}
