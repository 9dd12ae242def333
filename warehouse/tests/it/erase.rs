//! One user taken out: nothing is left of them, and everybody else's numbers are what they would be without them.

use std::collections::BTreeSet;

use event::entity::{self, Entity, Stream};
use event::{EnrichedEvent, EventType, Money, Timestamp, group};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;
use warehouse::{EraseError, EventRow, LowCardinality, Milliseconds, QuarantineRow, Subject, Warehouse};

use crate::database;
use crate::recount::{assert_equal, held, recounted};
use crate::sample::bare;

/// An id that could be read as something else anywhere on its way.
const ANN: &str = "o'hara\\\t\"{user:String}\" --ü";
const BOB: &str = "bob";
const PAGE: &str = "https://shop.example/tea";
/// 2026-11-22T10:00:00Z.
const TEN: i64 = 1_795_341_600_000;

fn event(id: u128, user: &'static str, session: &'static str, element: &'static str) -> EnrichedEvent<'static> {
    let mut event = bare(id);
    event.event.user_id = user.into();
    event.event.session_id = session.into();
    event.event.url = PAGE.into();
    event.event.created_at = Timestamp(TEN + id as i64 * 1_000);
    event.received_at = event.event.created_at;
    event.event.payload.element_id = element.into();
    event
}

fn clicked(mut event: EnrichedEvent<'static>) -> EnrichedEvent<'static> {
    event.event.event_type = EventType::Click;
    event.event.payload.x = Some(10);
    event.event.payload.y = Some(20);
    event.event.payload.latency_ms = Some(7);
    event
}

fn ordered(mut event: EnrichedEvent<'static>, title: &'static str, order: &'static str) -> EnrichedEvent<'static> {
    event.event.event_type = EventType::Server;
    event.event.payload.event_title = title.into();
    event.event.payload.order_id = order.into();
    event.event.payload.price = Some(Money(105_000));
    event.event.payload.latency_ms = Some(9);
    event
}

fn elsewhere(mut event: EnrichedEvent<'static>) -> EnrichedEvent<'static> {
    event.event.site = "other".into();
    event
}

/// Ann's, with what belongs to her and does not bear her id.
fn hers() -> Vec<EnrichedEvent<'static>> {
    vec![
        event(1, ANN, "a1", "#buy"),
        clicked(event(2, ANN, "a1", "#buy")),
        event(3, "", "a1", "#login"),
        event(6, ANN, "shared", "#buy"),
        ordered(event(9, ANN, "a1", ""), "order_created", "oa"),
        ordered(event(10, "", "backend", ""), "order_paid", "oa"),
    ]
}

fn hers_elsewhere() -> Vec<EnrichedEvent<'static>> {
    vec![
        elsewhere(event(13, ANN, "a1", "#buy")),
        elsewhere(clicked(event(14, ANN, "a2", "#sell"))),
    ]
}

fn others() -> Vec<EnrichedEvent<'static>> {
    vec![
        event(4, BOB, "b1", "#buy"),
        clicked(event(5, BOB, "b1", "#buy")),
        event(7, BOB, "shared", "#buy"),
        event(8, "", "shared", "#buy"),
        ordered(event(11, BOB, "b1", ""), "order_created", "ob"),
        ordered(event(12, "", "backend", ""), "order_paid", "ob"),
        elsewhere(event(15, BOB, "a1", "#buy")),
        event(16, "", "nobody", "#buy"),
        ordered(event(17, "", "backend", ""), "order_paid", ""),
    ]
}

async fn store(warehouse: &Warehouse, events: &[EnrichedEvent<'_>], cut: usize) {
    for (index, events) in events.chunks(cut).enumerate() {
        let rows: Vec<_> = events
            .iter()
            .map(|event| EventRow::new(event, Uuid::from_u128(0x99)))
            .collect();
        warehouse.insert_events(&rows, &format!("{cut} {index}")).await.unwrap();
    }
}

/// Everybody's events, each twice and in other cuts.
async fn filled() -> Warehouse {
    let warehouse = database().await;
    let all = [hers(), others(), hers_elsewhere()].concat();
    store(&warehouse, &all, 4).await;
    store(&warehouse, &all, 7).await;
    warehouse
}

async fn without_her() -> Warehouse {
    let warehouse = database().await;
    store(&warehouse, &others(), 4).await;
    warehouse
}

fn ann() -> Subject {
    Subject {
        user: ANN.to_owned(),
        site: None,
    }
}

async fn rows<T: serde::de::DeserializeOwned>(warehouse: &Warehouse, sql: &str) -> Vec<T> {
    warehouse.rows(sql, &[]).await.unwrap()
}

async fn ids(warehouse: &Warehouse, sql: &str) -> BTreeSet<u128> {
    #[derive(Deserialize)]
    struct Row {
        id: Uuid,
    }
    let found: Vec<Row> = rows(warehouse, sql).await;
    found.into_iter().map(|row| row.id.as_u128()).collect()
}

fn own(events: &[EnrichedEvent<'_>]) -> BTreeSet<u128> {
    events.iter().map(|event| event.event.id.as_u128()).collect()
}

#[tokio::test]
async fn leaves_nothing_of_the_user_and_all_of_others() {
    let warehouse = &filled().await;
    let erased = warehouse.erase_user(&ann(), false).await.unwrap();
    assert!(erased.is_proven(), "{:?}", erased.left);
    assert!(erased.left.len() >= 9, "{:?}", erased.left);
    let found = erased.found.iter().find(|count| count.table == "events").unwrap();
    assert_eq!(found.rows, 8);
    assert_eq!(ids(warehouse, "SELECT id FROM events").await, own(&others()));
    let held = held(warehouse).await;
    assert_equal(&held, &crate::recount::held(&without_her().await).await);
    assert_equal(&held, &recounted(warehouse).await);
    let text: Vec<String> = held.values().flatten().map(Value::to_string).collect();
    assert!(!text.iter().any(|row| row.contains("o'hara")), "{text:?}");
    let working: Vec<Value> = rows(
        warehouse,
        "SELECT name FROM system.tables WHERE database = currentDatabase() AND startsWith(name, 'erasing')",
    )
    .await;
    assert_eq!(working, [] as [Value; 0]);
    let again = warehouse.erase_user(&ann(), false).await.unwrap();
    assert!(
        again.is_proven() && again.found.iter().all(|count| count.rows == 0),
        "{again:?}"
    );
}

#[tokio::test]
async fn erases_on_one_site_only() {
    let warehouse = &filled().await;
    let subject = Subject {
        site: Some("shop".to_owned()),
        ..ann()
    };
    assert!(warehouse.erase_user(&subject, false).await.unwrap().is_proven());
    let stays = [others(), hers_elsewhere()].concat();
    assert_eq!(ids(warehouse, "SELECT id FROM events").await, own(&stays));
    let expected = &database().await;
    store(expected, &stays, 5).await;
    assert_equal(&held(warehouse).await, &held(expected).await);
}

#[tokio::test]
async fn erases_from_marts_whose_events_have_expired() {
    let warehouse = &filled().await;
    let expire = "ALTER TABLE events DELETE WHERE true SETTINGS mutations_sync = 2";
    warehouse.execute(expire, &[]).await.unwrap();
    let erased = warehouse.erase_user(&ann(), false).await.unwrap();
    assert!(erased.is_proven(), "{:?}", erased.left);
    let held = held(warehouse).await;
    let text: Vec<String> = held.values().flatten().map(Value::to_string).collect();
    assert!(!text.iter().any(|row| row.contains("o'hara")), "{text:?}");
    for (mart, key) in [
        ("sessions", "b1"),
        ("element_pairs", "b1"),
        ("orders_fact", "ob"),
        ("daily_users", BOB),
    ] {
        let rows: Vec<_> = held[mart].iter().filter(|row| row.to_string().contains(key)).collect();
        assert!(!rows.is_empty(), "{mart} lost {key}: {:?}", held[mart]);
    }
    for (mart, key) in [("sessions", "a1"), ("element_pairs", "\"a2\""), ("orders_fact", "oa")] {
        let rows: Vec<_> = held[mart]
            .iter()
            .filter(|row| row.to_string().contains(key) && !row.to_string().contains("other"))
            .collect();
        assert!(rows.is_empty(), "{mart} kept {rows:?}");
    }
}

fn sealed(events: &[EnrichedEvent<'_>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    events
        .iter()
        .for_each(|event| group::append(event, &mut bytes).unwrap());
    group::seal(&bytes)
}

/// Rows of each form: hers, others', both; and what nobody can read. The even ids are about her, whole or in part.
async fn put_aside(warehouse: &Warehouse) {
    let json = |user: Value| {
        json!({"user_id": user, "session_id": "x", "type": "nonsense"})
            .to_string()
            .into_bytes()
    };
    let anonymous = json!({"session_id": "a1", "type": "nonsense"}).to_string().into_bytes();
    let array = format!(
        "[{}, {{\"user_id\": \"bob\", \"price\": 10.10}}]",
        String::from_utf8(json(ANN.into())).unwrap()
    );
    let forms = [
        (2, "json", json(ANN.into())),
        (3, "json", json(BOB.into())),
        (4, "json", anonymous),
        (6, "event", sealed(&[event(20, ANN, "a9", "#x")])),
        (7, "event", sealed(&[event(21, BOB, "b9", "#x")])),
        (
            8,
            "group",
            sealed(&[event(22, ANN, "a9", "#x"), event(23, BOB, "b9", "#x")]),
        ),
        (10, "message", array.into_bytes()),
        (12, "message", format!("\u{0}broken {ANN}, broken").into_bytes()),
        (13, "message", b"\x00\xff broken".to_vec()),
    ];
    for (id, form, bytes) in &forms {
        let row = QuarantineRow {
            // Not those of the events.
            id: Uuid::from_u128(100 + *id),
            form: LowCardinality(form),
            bytes,
            replayed_at: (*id == 8).then_some(Milliseconds(TEN)),
            ..crate::quarantine::row(1)
        };
        warehouse.insert_quarantine(&[row], &id.to_string()).await.unwrap();
    }
}

#[tokio::test]
async fn takes_the_user_out_of_quarantine() {
    let warehouse = &filled().await;
    put_aside(warehouse).await;
    let erased = warehouse.erase_user(&ann(), false).await.unwrap();
    assert!(erased.is_proven(), "{:?}", erased.left);
    let found = erased.found.iter().find(|count| count.table == "quarantine").unwrap();
    assert_eq!((found.rows, erased.unreadable), (6, 1));
    // Without FINAL: no older version is left either.
    let left = ids(warehouse, "SELECT id FROM quarantine").await;
    assert_eq!(left, BTreeSet::from([103, 107, 108, 110, 113]));
    #[derive(Deserialize)]
    struct Row {
        hex: String,
        replayed: bool,
    }
    let bytes = |id: u128| {
        let id = Uuid::from_u128(id);
        format!(
            "SELECT hex(bytes) AS hex, toBool(replayed_at IS NOT NULL) AS replayed FROM quarantine WHERE id = '{id}'"
        )
    };
    let unhex = |hex: &str| -> Vec<u8> {
        let digit = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
        (0..hex.len()).step_by(2).map(digit).collect()
    };
    let group: Vec<Row> = rows(warehouse, &bytes(108)).await;
    assert_eq!(group.len(), 1);
    assert!(group[0].replayed);
    assert_eq!(unhex(&group[0].hex), sealed(&[event(23, BOB, "b9", "#x")]));
    let array: Vec<Row> = rows(warehouse, &bytes(110)).await;
    assert_eq!(unhex(&array[0].hex), b"[{\"user_id\": \"bob\", \"price\": 10.10}]");
}

async fn add_entities(warehouse: &Warehouse) {
    let sql = "INSERT INTO entities (stream, site, key, version, email_hash, phone_hash, received_at, payload)
        SELECT {stream:String}, 'shop', {key:String}, now64(3), {email:String}, {phone:String}, now64(3), {payload:String}";
    let purchase = |customer: &str| json!({"purchase_id": 1, "customer_id": customer}).to_string();
    for (stream, key, email, phone, payload) in [
        (
            "users",
            ANN,
            "hash-a",
            "phone-1",
            json!({"fio": "Ann", "n": 1}).to_string(),
        ),
        ("users", BOB, "hash-b", "phone-1", "{}".to_owned()),
        ("customers", "customer-7", "hash-a", "", "{\"price\":10.10}".to_owned()),
        ("customers", "customer-8", "", "phone-1", "{}".to_owned()),
        ("customers", "customer-9", "hash-c", "", "{}".to_owned()),
        ("purchases", "p-1", "", "", purchase(ANN)),
        ("purchases", "p-2", "", "", purchase("customer-7")),
        ("purchases", "p-3", "", "", purchase(BOB)),
        ("stores", ANN, "hash-a", "", "{}".to_owned()),
    ] {
        let values = [
            ("stream", stream),
            ("key", key),
            ("email", email),
            ("phone", phone),
            ("payload", &payload),
        ];
        warehouse.execute(sql, &values).await.unwrap();
    }
}

#[tokio::test]
async fn takes_out_entities_by_key_and_by_hash() {
    let warehouse = &database().await;
    add_entities(warehouse).await;
    let erased = warehouse.erase_user(&ann(), false).await.unwrap();
    assert!(erased.is_proven(), "{:?}", erased.left);
    let found = erased.found.iter().find(|count| count.table == "entities").unwrap();
    assert_eq!(found.rows, 5);
    let left: Vec<Value> = rows(
        warehouse,
        "SELECT concat(stream, ' ', key) AS thing FROM entities ORDER BY thing",
    )
    .await;
    let left: Vec<_> = left.iter().map(|row| row["thing"].as_str().unwrap()).collect();
    assert_eq!(
        left,
        [
            "customers customer-9",
            "purchases p-3",
            &format!("stores {ANN}"),
            "users bob"
        ]
    );
}

fn thing(stream: Stream, key: &str, email: &str, mut payload: Value) -> Entity<'static> {
    // Long enough to be compressed: no id can be found by looking at the bytes.
    payload["text"] = "x".repeat(2_000).into();
    let payload = payload.to_string();
    Entity {
        site: "shop".into(),
        stream,
        key: key.to_owned().into(),
        version: Timestamp(TEN),
        digest: [0; 16],
        email_hash: email.to_owned().into(),
        phone_hash: "".into(),
        received_at: Timestamp(TEN),
        payload: payload.into(),
    }
}

fn sealed_entities(entities: &[Entity<'_>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    entities
        .iter()
        .for_each(|entity| entity::append(entity, &mut bytes).unwrap());
    entity::seal(&bytes)
}

/// Refused by the database or given up by the broker; the even ids are about her.
async fn put_entities_aside(warehouse: &Warehouse) {
    let hers = thing(Stream::Users, ANN, "hash-q", json!({"id": ANN}));
    let same_address = thing(Stream::Customers, "customer-q", "hash-q", json!({"id": 1}));
    let stored_address = thing(Stream::Customers, "customer-a", "hash-a", json!({"id": 2}));
    let his = thing(Stream::Users, BOB, "hash-b", json!({"id": BOB}));
    let bought = |buyer: &str| thing(Stream::Purchases, "p", "", json!({"customer_id": buyer}));
    let store = thing(Stream::Stores, ANN, "hash-q", json!({"id": ANN}));
    for (id, entities) in [
        (30, vec![hers]),
        (31, vec![his.clone()]),
        (32, vec![same_address, his.clone()]),
        (34, vec![bought("customer-q")]),
        (35, vec![bought(BOB)]),
        (36, vec![bought(ANN)]),
        (37, vec![store]),
        (38, vec![stored_address]),
    ] {
        let bytes = sealed_entities(&entities);
        let row = QuarantineRow {
            id: Uuid::from_u128(100 + id),
            form: LowCardinality("group"),
            bytes: &bytes,
            accepted: false,
            ..crate::quarantine::row(1)
        };
        warehouse.insert_quarantine(&[row], &id.to_string()).await.unwrap();
    }
}

#[tokio::test]
async fn takes_entities_out_of_quarantine() {
    let warehouse = &database().await;
    add_entities(warehouse).await;
    put_entities_aside(warehouse).await;
    let mut lines = Vec::new();
    let ann = ann();
    let exported = warehouse.export_user(&ann, |name, line| {
        lines.push((name.to_owned(), serde_json::from_str::<Value>(line).unwrap()));
        Ok(())
    });
    exported.await.unwrap();
    lines.retain(|(_, line)| line["stored_in"] == "quarantine");
    assert_eq!(lines.len(), 5);
    assert!(
        lines.iter().all(|(name, _)| name == "entities"),
        "whose values are sealed"
    );
    let both = lines
        .iter()
        .find(|(_, line)| line["id"] == Uuid::from_u128(132).to_string());
    let entities = both.unwrap().1["entities"].as_array().unwrap();
    assert_eq!((entities.len(), &entities[0]["key"]), (1, &json!("customer-q")));
    assert_eq!(entities[0]["payload"]["id"], 1);

    let erased = warehouse.erase_user(&ann, false).await.unwrap();
    assert!(erased.is_proven(), "{:?}", erased.left);
    let found = erased.found.iter().find(|count| count.table == "quarantine").unwrap();
    assert_eq!((found.rows, erased.unreadable), (5, 0));
    let left = ids(warehouse, "SELECT id FROM quarantine").await;
    assert_eq!(left, BTreeSet::from([131, 132, 135, 137]));
    #[derive(Deserialize)]
    struct Row {
        hex: String,
    }
    let sql = format!(
        "SELECT hex(bytes) AS hex FROM quarantine WHERE id = '{}'",
        Uuid::from_u128(132)
    );
    let row: Vec<Row> = rows(warehouse, &sql).await;
    let his = sealed_entities(&[thing(Stream::Users, BOB, "hash-b", json!({"id": BOB}))]);
    let hex: String = his.iter().map(|byte| format!("{byte:02X}")).collect();
    assert_eq!(row[0].hex, hex, "what the message says of others stays");
}

#[tokio::test]
async fn exports_all_of_the_user_and_nothing_of_others() {
    let warehouse = &filled().await;
    put_aside(warehouse).await;
    add_entities(warehouse).await;
    let mut lines: Vec<Value> = Vec::new();
    let mut text = String::new();
    let ann = ann();
    let counts = warehouse.export_user(&ann, |_, line| {
        text.push_str(line);
        lines.push(serde_json::from_str(line).unwrap());
        Ok(())
    });
    let counts = counts.await.unwrap();
    let of = |table: &str| {
        lines
            .iter()
            .filter(|line| line["stored_in"] == table)
            .collect::<Vec<_>>()
    };
    for count in &counts {
        assert_eq!(of(&count.table).len() as u64, count.rows, "{}", count.table);
    }
    let id = |line: &&Value| line["id"].as_str().unwrap().parse::<Uuid>().unwrap().as_u128();
    let events: BTreeSet<_> = of("events").iter().map(id).collect();
    assert_eq!(events, own(&[hers(), hers_elsewhere()].concat()));
    assert_eq!(of("events").len(), 8, "no copies");
    assert_eq!(
        of("quarantine").iter().map(id).collect::<BTreeSet<_>>(),
        BTreeSet::from([102, 104, 106, 108, 110, 112])
    );
    let keys: BTreeSet<_> = of("entities")
        .iter()
        .map(|line| line["key"].as_str().unwrap())
        .collect();
    assert_eq!(keys, BTreeSet::from([ANN, "customer-7", "customer-8", "p-1", "p-2"]));
    assert!(text.contains("\"price\":10.10"), "a payload is as it was sent");
    assert_eq!(of("orders").len(), 1);
    assert_eq!(of("user_first_seen").len(), 2, "sites");
    assert!(of("sessions").len() >= 3);
    assert!(!of("sessions").is_empty() && !of("daily_users").is_empty());
    assert!(
        !text.contains("\"b1\"") && !text.contains("\"ob\"") && !text.contains("p-3"),
        "{text}"
    );
    let none = Subject {
        user: "nobody".to_owned(),
        site: None,
    };
    let counts = warehouse.export_user(&none, |_, line| panic!("{line}")).await.unwrap();
    assert!(counts.iter().all(|count| count.rows == 0));
}

#[tokio::test]
async fn keeps_a_second_erasure_from_starting() {
    let warehouse = &filled().await;
    warehouse
        .execute("CREATE TABLE erasing (x UInt8) ENGINE = MergeTree ORDER BY x", &[])
        .await
        .unwrap();
    let error = warehouse.erase_user(&ann(), false).await.unwrap_err();
    assert!(matches!(error, EraseError::Running { .. }), "{error}");
    assert_eq!(
        warehouse.count_user(&ann()).await.unwrap()[0].rows,
        8,
        "nothing was taken out"
    );
    assert!(warehouse.erase_user(&ann(), true).await.unwrap().is_proven());
}

#[tokio::test]
async fn stops_at_a_view_it_does_not_know() {
    let warehouse = &filled().await;
    for sql in [
        "CREATE TABLE copies (key String) ENGINE = ReplacingMergeTree ORDER BY key",
        "CREATE MATERIALIZED VIEW mv_copies TO copies AS SELECT key FROM entities",
    ] {
        warehouse.execute(sql, &[]).await.unwrap();
    }
    let error = warehouse.erase_user(&ann(), false).await.unwrap_err();
    assert!(
        matches!(&error, EraseError::UnknownSource { view } if view == "mv_copies"),
        "{error}"
    );
    assert_eq!(
        warehouse.count_user(&ann()).await.unwrap()[0].rows,
        8,
        "nothing was taken out"
    );
}

#[tokio::test]
async fn books_stay_even() {
    let warehouse = &filled().await;
    put_aside(warehouse).await;
    let before = warehouse
        .ledger(Some("shop"), TEN - 60_000, TEN + 3_600_000)
        .await
        .unwrap();
    assert!(warehouse.erase_user(&ann(), false).await.unwrap().is_proven());
    let after = warehouse
        .ledger(Some("shop"), TEN - 60_000, TEN + 3_600_000)
        .await
        .unwrap();
    let there = |ledger: &warehouse::Ledger| -> u64 {
        ledger
            .entries
            .iter()
            .map(|entry| entry.stored + entry.quarantined + entry.erased)
            .sum()
    };
    let erased: u64 = after.entries.iter().map(|entry| entry.erased).sum();
    assert_eq!(there(&before), there(&after));
    // Six events, and four rows of the quarantine that were hers alone.
    assert_eq!(erased, 10);
}
