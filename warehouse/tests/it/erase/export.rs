use std::collections::BTreeSet;

use serde_json::Value;
use uuid::Uuid;
use warehouse::Subject;

use super::entities::add_entities;
use super::quarantine::put_aside;
use super::{ANN, ann, filled, hers, hers_elsewhere, own};

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
    assert_eq!(of("events").len(), 9, "no copies");
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
