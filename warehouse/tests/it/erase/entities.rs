use serde_json::{Value, json};
use warehouse::Warehouse;

use super::{ANN, BOB, ann, rows};
use crate::database;

pub(super) async fn add_entities(warehouse: &Warehouse) {
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
