use std::collections::BTreeSet;

use event::entity::{self, Entity, Stream};
use event::{EnrichedEvent, Timestamp, group};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;
use warehouse::{LowCardinality, Milliseconds, QuarantineRow, Warehouse};

use super::entities::add_entities;
use super::{ANN, BOB, TEN, ann, event, filled, ids, rows};
use crate::database;

fn sealed(events: &[EnrichedEvent<'_>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    events
        .iter()
        .for_each(|event| group::append(event, &mut bytes).unwrap());
    group::seal(&bytes)
}

/// Rows of each form: hers, others', both; and what nobody can read. The even ids are about her, whole or in part.
pub(super) async fn put_aside(warehouse: &Warehouse) {
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
