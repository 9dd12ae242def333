//! Things that are no events: one row per thing, typed as the seeds type them, and what the loader asks about them.

use event::Timestamp;
use event::entity::{Entity, Stream};
use serde_json::{Value, json};
use warehouse::{EntityKey, EntityRow, StoredEntity, Warehouse};

use crate::database;
use crate::sample::AT;

/// Values that would end a text of SQL, or a row of most formats.
const HOSTILE: &str = "it's \\ a\ttab\n\0 ⚡ ') OR 1 = 1 --";

fn entity<'a>(stream: Stream, key: &'a str, payload: &'a str) -> Entity<'a> {
    Entity {
        site: "shop".into(),
        stream,
        key: key.into(),
        version: Timestamp(AT),
        digest: [7; 16],
        email_hash: "e1".into(),
        phone_hash: "".into(),
        received_at: Timestamp(AT + 1),
        payload: payload.into(),
    }
}

/// Under a token that no other insert has.
async fn insert(warehouse: &Warehouse, entities: &[Entity<'_>]) {
    let rows: Vec<_> = entities.iter().map(EntityRow::new).collect();
    let token = format!("{entities:?}");
    warehouse.insert_entities(&rows, &token).await.unwrap();
}

async fn answer(warehouse: &Warehouse, sql: &str) -> Vec<Value> {
    warehouse.rows(sql, &[]).await.unwrap()
}

async fn count(warehouse: &Warehouse, view: &str) -> Value {
    answer(warehouse, &format!("SELECT count() AS n FROM {view}")).await[0]["n"].clone()
}

#[tokio::test]
async fn has_one_row_per_thing() {
    let warehouse = &database().await;
    warehouse.execute("SYSTEM STOP MERGES entities", &[]).await.unwrap();
    for arrival in 0..3 {
        for stream in Stream::ALL {
            let keys: Vec<String> = (0..45).map(|key| key.to_string()).collect();
            let entities: Vec<_> = keys
                .iter()
                .map(|key| Entity {
                    version: Timestamp(AT + arrival),
                    ..entity(stream, key, "{}")
                })
                .collect();
            insert(warehouse, &entities).await;
        }
    }
    assert_eq!(count(warehouse, "entities").await, 3 * 5 * 45, "nothing is merged yet");
    let views = [
        "stores_raw",
        "products_raw",
        "customers_raw",
        "purchases_raw",
        "products",
        "users",
    ];
    for view in views {
        assert_eq!(count(warehouse, view).await, 45, "{view}");
    }
}

#[tokio::test]
async fn keeps_the_payload_byte_for_byte() {
    let warehouse = &database().await;
    let payload =
        "{ \"id\":1,\"balance\": 10.10, \"big\": 18446744073709551615,\n \"email\":\"gAAAAA==\", \"é\\u00e9\": 1e2 }";
    insert(warehouse, &[entity(Stream::Customers, HOSTILE, payload)]).await;
    let sql = "SELECT key, payload, email_hash, phone_hash, site, toUnixTimestamp64Milli(version) AS version,
        toUnixTimestamp64Milli(received_at) AS received_at FROM customers_raw";
    let expect = json!({
        "key": HOSTILE, "payload": payload, "email_hash": "e1", "phone_hash": "", "site": "shop",
        "version": AT, "received_at": AT + 1,
    });
    assert_eq!(answer(warehouse, sql).await, [expect]);
}

#[tokio::test]
async fn shows_the_latest_version_in_whatever_order_they_came() {
    let warehouse = &database().await;
    let version = |version: i64, payload| Entity {
        version: Timestamp(AT + version),
        ..entity(Stream::Stores, "1", payload)
    };
    let payload = async || answer(warehouse, "SELECT payload FROM stores_raw").await[0]["payload"].clone();
    insert(warehouse, &[version(5, "five")]).await;
    insert(warehouse, &[version(3, "three")]).await;
    assert_eq!(payload().await, "five");
    insert(warehouse, &[version(5, "five again")]).await;
    assert_eq!(payload().await, "five again", "of two equal versions the later arrival");
    warehouse.execute("OPTIMIZE TABLE entities FINAL", &[]).await.unwrap();
    assert_eq!(payload().await, "five again", "also when merged");
}

#[tokio::test]
async fn reads_products_with_their_ratings() {
    let warehouse = &database().await;
    let full = r#"{"id": 1, "title": "Backpack", "price": 109.95, "category": "men's clothing", "description": "fits",
        "image": "https://shop.example/1.jpg", "rating": {"rate": 3.9, "count": 120}}"#;
    let other = r#"{"id": "p-2", "name": "Kefir", "price": "10.10", "rating": null}"#;
    let bare = r#"{"id": 3, "price": "dear", "rating": {"rate": "high"}}"#;
    let entities = [("1", full), ("p-2", other), ("3", bare)];
    insert(
        warehouse,
        &entities.map(|(key, payload)| entity(Stream::Products, key, payload)),
    )
    .await;
    let sql = "SELECT id, title, toString(price) AS price, category, description, image, rating_rate, rating_count,
        toUnixTimestamp64Milli(updated_at) AS updated_at FROM products ORDER BY title DESC";
    let expect = [
        json!({"id": "p-2", "title": "Kefir", "price": "10.1", "category": "", "description": "", "image": "",
            "rating_rate": null, "rating_count": null, "updated_at": AT}),
        json!({"id": "1", "title": "Backpack", "price": "109.95", "category": "men's clothing", "description": "fits",
            "image": "https://shop.example/1.jpg", "rating_rate": 3.9, "rating_count": 120, "updated_at": AT}),
        json!({"id": "3", "title": "", "price": null, "category": "", "description": "", "image": "",
            "rating_rate": null, "rating_count": null, "updated_at": AT}),
    ];
    assert_eq!(answer(warehouse, sql).await, expect);
}

#[tokio::test]
async fn users_have_numbers_that_stay() {
    let warehouse = &database().await;
    let keys = [
        "17",
        "0",
        "18446744073709551615",
        "18446744073709551616",
        "007",
        "-1",
        "u-17",
        "",
    ];
    let payload = r#"{"fio": "Иванова Анна Петровна", "country": "RU"}"#;
    insert(warehouse, &keys.map(|key| entity(Stream::Users, key, payload))).await;
    let sql = "SELECT user_id, toString(users.id) AS id, toTypeName(users.id) AS type, fio, country FROM users ORDER BY user_id";
    let rows = answer(warehouse, sql).await;
    let id = |key: &str| rows.iter().find(|row| row["user_id"] == key).unwrap()["id"].clone();
    for number in ["17", "0", "18446744073709551615"] {
        assert_eq!(id(number), number);
    }
    // SipHash-2-4 under the zero key: another function would move every user.
    assert_eq!(id("u-17"), "10254452210263486324");
    let distinct: std::collections::HashSet<_> = keys.iter().map(|key| id(key).to_string()).collect();
    assert_eq!(distinct.len(), keys.len(), "{rows:?}");
    for row in &rows {
        assert_eq!(
            (&row["type"], &row["fio"], &row["country"]),
            (&json!("UInt64"), &json!("Иванова Анна Петровна"), &json!("RU"))
        );
    }
}

#[tokio::test]
async fn finds_what_is_stored() {
    let warehouse = &database().await;
    let of = |stream: Stream, site: &'static str, key: &'static str, version: i64, digest: u8| Entity {
        site: site.into(),
        version: Timestamp(AT + version),
        digest: [digest; 16],
        ..entity(stream, key, "{}")
    };
    insert(
        warehouse,
        &[
            of(Stream::Stores, "shop", HOSTILE, 0, 1),
            of(Stream::Stores, HOSTILE, "2", 0, 2),
            of(Stream::Users, "shop", "3", 0, 3),
        ],
    )
    .await;
    insert(warehouse, &[of(Stream::Users, "shop", "3", 9, 4)]).await;
    let key = |stream: Stream, site: &'static str, key: &'static str| EntityKey {
        stream: stream.as_str(),
        site,
        key,
    };
    let stored = |stream: Stream, site: &str, key: &str, version: i64, digest: u8| StoredEntity {
        stream: stream.as_str().to_owned(),
        site: site.to_owned(),
        key: key.to_owned(),
        version_ms: AT + version,
        digest: [digest; 16],
    };
    let asked = [
        key(Stream::Stores, "shop", HOSTILE),
        key(Stream::Stores, HOSTILE, "2"),
        key(Stream::Users, "shop", "3"),
        key(Stream::Stores, "shop", "3"),
        key(Stream::Users, "blog", "3"),
    ];
    let mut found = warehouse.stored_entities(&asked).await.unwrap();
    found.sort_by_key(|stored| stored.digest);
    let expect = [
        stored(Stream::Stores, "shop", HOSTILE, 0, 1),
        stored(Stream::Stores, HOSTILE, "2", 0, 2),
        stored(Stream::Users, "shop", "3", 9, 4),
    ];
    assert_eq!(found, expect);
    assert_eq!(warehouse.stored_entities(&[]).await.unwrap(), []);
}
