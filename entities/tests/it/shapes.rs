use std::collections::{BTreeMap, BTreeSet};

use entities::generate;
use event::Money;
use serde_json::Value;
use tempfile::TempDir;

use crate::{contents, settings};

/// The stream's entities in the order of their files.
fn generated(stream: &str) -> Vec<Value> {
    let data = TempDir::new().unwrap();
    generate(&settings(data.path(), 42)).unwrap();
    let texts = contents(&data.path().join(stream)).into_values();
    texts.map(|text| serde_json::from_str(&text).unwrap()).collect()
}

fn text<'v>(value: &'v Value, path: &str) -> &'v str {
    value
        .pointer(path)
        .and_then(Value::as_str)
        .unwrap_or_else(|| panic!("no text {path} in {value:#}"))
}

fn amount(value: &Value, path: &str) -> i64 {
    text(value, path).parse::<Money>().unwrap().0
}

fn keys(entities: &[Value], field: &str) -> BTreeSet<String> {
    let keys = entities.iter().map(|entity| entity[field].as_str().unwrap().to_owned());
    keys.collect()
}

fn count(entities: &[Value], field: &str) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for entity in entities {
        *counts.entry(entity[field].as_str().unwrap().to_owned()).or_default() += 1;
    }
    counts
}

#[test]
fn stores_are_of_two_networks() {
    let stores = generated("stores");
    assert_eq!(
        count(&stores, "network"),
        [("Almost".to_owned(), 30), ("Maybe".to_owned(), 15)].into()
    );
    assert_eq!(keys(&stores, "store_id").len(), 45);
}

#[test]
fn categories_have_twenty_products_each() {
    let products = generated("products");
    assert_eq!(count(&products, "category").into_values().collect::<Vec<_>>(), [20; 5]);
    assert_eq!(keys(&products, "title").len(), 100);
}

#[test]
fn every_store_has_a_customer() {
    let (stores, customers) = (generated("stores"), generated("customers"));
    assert_eq!(keys(&customers, "home_store_id"), keys(&stores, "store_id"));
}

#[test]
fn purchases_add_up_and_name_what_exists() {
    let (stores, products, customers) = (generated("stores"), generated("products"), generated("customers"));
    let (stores, customers) = (keys(&stores, "store_id"), keys(&customers, "customer_id"));
    let prices = products
        .iter()
        .map(|product| (text(product, "/product_id"), text(product, "/price")));
    let prices = prices.collect::<BTreeMap<_, _>>();
    for purchase in generated("purchases") {
        assert!(stores.contains(text(&purchase, "/store/store_id")), "{purchase:#}");
        assert!(
            customers.contains(text(&purchase, "/customer/customer_id")),
            "{purchase:#}"
        );
        let mut subtotal = 0;
        for item in purchase["items"].as_array().unwrap() {
            assert_eq!(prices[text(item, "/product_id")], text(item, "/price"), "{item:#}");
            assert_eq!(
                amount(item, "/price") * item["quantity"].as_i64().unwrap(),
                amount(item, "/total"),
                "{item:#}"
            );
            subtotal += amount(item, "/total");
        }
        assert!(subtotal > 0);
        assert_eq!(amount(&purchase, "/totals/subtotal"), subtotal, "{purchase:#}");
        let total = subtotal - amount(&purchase, "/totals/discount") + amount(&purchase, "/totals/delivery");
        assert_eq!(amount(&purchase, "/totals/total"), total, "{purchase:#}");
    }
}

#[test]
fn personal_values_can_be_normalised() {
    let (mut phones, mut mails) = (BTreeSet::new(), BTreeSet::new());
    for stream in ["stores", "customers"] {
        for entity in generated(stream) {
            let person = if stream == "stores" { "/manager" } else { "/contact" };
            let phone = text(&entity, &format!("{person}/phone")).to_owned();
            enrich::seal::normalise_phone(&phone, None).unwrap_or_else(|error| panic!("{phone}: {error}"));
            let email = text(&entity, &format!("{person}/email")).to_owned();
            enrich::seal::normalise_email(&email).unwrap_or_else(|error| panic!("{email}: {error}"));
            phones.insert(phone);
            mails.insert(email);
        }
    }
    assert_eq!(
        (phones.len(), mails.len()),
        (245, 245),
        "nobody shares a number or an address"
    );
    assert!(phones.iter().any(|phone| phone.contains("(0)")), "spellings differ");
    assert!(mails.iter().any(|mail| mail.to_lowercase() != *mail), "cases differ");
}

#[test]
fn amounts_keep_their_last_digit() {
    let data = TempDir::new().unwrap();
    generate(&settings(data.path(), 42)).unwrap();
    let products = contents(&data.path().join("products"))
        .into_values()
        .collect::<String>();
    assert!(
        products.contains(r#""price": "10."#) && products.contains("0\",\n  \"currency\""),
        "a price such as 10.10"
    );
    let stores = contents(&data.path().join("stores")).into_values().collect::<String>();
    assert!(
        stores.contains("0,\n      \"longitude\""),
        "a coordinate that ends in 0"
    );
}

#[test]
fn users_are_the_generators_people() {
    let users = generated("users");
    let users = users[0].as_array().unwrap();
    let countries = users
        .iter()
        .map(|user| (user["id"].as_u64().unwrap(), text(user, "/country")));
    let countries = countries.collect::<BTreeMap<_, _>>();
    let pace = generator::Pace::Even {
        start: event::Timestamp(1_795_341_600_000),
        interval_us: 10_000,
    };
    let traffic = generator::Traffic::new(42, pace, generator::Scenario::default());
    let mut met = BTreeSet::new();
    for occurrence in traffic.take(3_000).filter(|occurrence| !occurrence.visitor.is_bot()) {
        let id = occurrence.visitor.user_id();
        if let Some(country) = countries.get(&id) {
            assert_eq!(*country, occurrence.visitor.place.country, "user {id}");
            met.insert(id);
        }
    }
    assert!(met.len() > 40, "{} of 50 users met", met.len());
    for user in users {
        let words = text(user, "/fio").split(' ').collect::<Vec<_>>();
        let cyrillic = |word: &&str| {
            word.chars()
                .all(|letter| ('А'..='я').contains(&letter) || "Ёё".contains(letter))
        };
        assert!(words.len() == 3 && words.iter().all(cyrillic), "{user}");
    }
}
