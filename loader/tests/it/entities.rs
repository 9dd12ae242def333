//! Things that are no events, from the queue to their views: one row each, whatever comes twice or late.

mod crash;
mod refusal;

use event::Timestamp;
use event::entity::{self, Entity, Stream};
use queue::testing::RabbitMq;
use queue::{Group, Route};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::setup::{Load, Setup, wait_for};

/// 2026-11-22T10:00:00.000Z.
const AT: i64 = 1_795_341_600_000;

/// A version of the store `key`; the payload tells which, and the digest is made of `content`.
fn store(key: u64, version: i64, content: &'static str) -> Entity<'static> {
    let mut digest = [0; 16];
    digest[..content.len()].copy_from_slice(content.as_bytes());
    Entity {
        site: "shop".into(),
        stream: Stream::Stores,
        key: key.to_string().into(),
        version: Timestamp(AT + version),
        digest,
        email_hash: "".into(),
        phone_hash: "".into(),
        received_at: Timestamp(AT + version),
        payload: format!(r#"{{"id": {key}, "is": "{content}"}}"#).into(),
    }
}

fn group(id: u128, entities: &[Entity<'_>]) -> Group {
    let mut bytes = Vec::new();
    for entity in entities {
        entity::append(entity, &mut bytes).unwrap();
    }
    Group {
        id: Uuid::from_u128(id),
        body: entity::seal(&bytes).into(),
    }
}

async fn publish(load: &Load, groups: impl IntoIterator<Item = Group>) {
    for group in groups {
        load.publisher.publish(Route::Entities, group).await.unwrap();
    }
}

fn counted(outcome: &str, count: u64) -> String {
    format!("entities_total{{stream=\"stores\",outcome=\"{outcome}\"}} {count}")
}

/// The view, with everything that could change.
async fn stores(setup: &Setup) -> Vec<Value> {
    let sql = "SELECT key, payload, toUnixTimestamp64Milli(version) AS version,
        toUnixTimestamp64Milli(received_at) AS received_at FROM stores_raw ORDER BY toUInt64(key)";
    setup.rows(sql).await
}

/// What the stores are, by key.
async fn contents(setup: &Setup) -> Vec<String> {
    let rows = setup.rows("SELECT JSONExtractString(payload, 'is') AS text FROM stores_raw ORDER BY toUInt64(key)");
    let rows = rows.await;
    rows.iter()
        .map(|row| row["text"].as_str().unwrap().to_owned())
        .collect()
}

async fn rows(setup: &Setup) -> u64 {
    setup.number("SELECT count() AS n FROM entities").await
}

/// So that every row that was written can be counted.
async fn without_merges() -> Setup {
    let setup = Setup::new().await;
    setup
        .warehouse
        .execute("SYSTEM STOP MERGES entities", &[])
        .await
        .unwrap();
    setup
}

/// All stores, published again with other moments: `round` is the second of the publication.
fn all_stores(round: i64) -> Group {
    let stores: Vec<_> = (1..=45).map(|key| store(key, round * 1_000, "open")).collect();
    group(100 + round as u128, &stores)
}

async fn changes_nothing_the_second_time(setup: Setup) {
    let load = setup.load(&setup.engine).await;
    publish(&load, [all_stores(0)]).await;
    load.wait_for_metric(&counted("new", 45)).await;
    let first = stores(&setup).await;
    assert_eq!(first.len(), 45);
    let expect = json!({"key": "1", "payload": r#"{"id": 1, "is": "open"}"#, "version": AT, "received_at": AT});
    assert_eq!(first[0], expect);
    publish(&load, [all_stores(1), all_stores(2)]).await;
    load.wait_for_metric(&counted("unchanged", 90)).await;
    assert_eq!(stores(&setup).await, first, "not even received_at");
    assert_eq!(rows(&setup).await, 45, "and no row was written");
    load.stop().await.unwrap();
}

#[tokio::test]
async fn changes_nothing_the_second_time_embedded() {
    changes_nothing_the_second_time(without_merges().await).await;
}

#[tokio::test]
async fn changes_nothing_the_second_time_through_rabbitmq() {
    let rabbitmq = RabbitMq::start().await.unwrap();
    let mut setup = without_merges().await;
    setup.queue = queue::Settings::rabbitmq(rabbitmq.url());
    changes_nothing_the_second_time(setup).await;
}

#[tokio::test]
async fn keeps_the_latest_of_reordered_versions() {
    let setup = without_merges().await;
    let load = setup.load(&setup.engine).await;
    // In one batch, and then one after another.
    publish(
        &load,
        [group(
            1,
            &[store(1, 5, "five"), store(1, 3, "three"), store(2, 1, "one")],
        )],
    )
    .await;
    load.wait_for_metric(&counted("new", 2)).await;
    load.wait_for_metric(&counted("outdated", 1)).await;
    assert_eq!(contents(&setup).await, ["five", "one"]);
    publish(&load, [group(2, &[store(1, 4, "four"), store(2, 2, "two")])]).await;
    load.wait_for_metric(&counted("outdated", 2)).await;
    load.wait_for_metric(&counted("changed", 1)).await;
    assert_eq!(contents(&setup).await, ["five", "two"]);
    publish(&load, [group(3, &[store(1, 5, "five too")])]).await;
    load.wait_for_metric(&counted("changed", 2)).await;
    assert_eq!(
        contents(&setup).await,
        ["five too", "two"],
        "of equal versions the later arrival"
    );
    assert_eq!(rows(&setup).await, 4);
    load.stop().await.unwrap();
}

/// The moment of a route's mark.
async fn marked(setup: &Setup, mark: &str) -> i64 {
    let sql = format!("SELECT toUnixTimestamp64Milli(max(until)) AS ms FROM ledger_marks FINAL WHERE mark = '{mark}'");
    setup.rows(&sql).await[0]["ms"].as_i64().unwrap()
}

/// An erasure waits for this.
#[tokio::test]
async fn says_of_each_route_until_when_it_is_stored() {
    let mut setup = Setup::new().await;
    setup.settings.loader_slack_ms = 0;
    let load = setup.load(&setup.engine).await;
    let rename = async |from: &str, to: &str| {
        let sql = format!("RENAME TABLE {from} TO {to}");
        setup.warehouse.execute(&sql, &[]).await.unwrap();
    };
    rename("entities", "away").await;
    publish(&load, [all_stores(0)]).await;
    load.wait_for_retries(1).await;
    let waits = marked(&setup, "settled_entities").await;
    for mark in ["settled", "settled_quarantine"] {
        let before = marked(&setup, mark).await;
        wait_for(mark, async || marked(&setup, mark).await > before).await;
    }
    assert_eq!(marked(&setup, "settled_entities").await, waits);
    rename("away", "entities").await;
    wait_for("the entities", async || {
        marked(&setup, "settled_entities").await > waits
    })
    .await;
    assert_eq!(rows(&setup).await, 45);
    load.stop().await.unwrap();
}
