//! Seed 003's and seed 001's entities, from the files to the tables.

use std::fs;

use tempfile::TempDir;

use crate::pipeline::{FERNET_KEY, Pipeline};
use crate::{check_failure, clickpath};

const DOOR: [&str; 3] = ["--entities", "--fernet-key", FERNET_KEY];

#[test]
fn missing_folder_names_the_command_that_makes_it() {
    let folder = TempDir::new().unwrap();
    let output = clickpath(folder.path(), &["entities", "publish", "--data", "nowhere"]);
    check_failure(
        &output,
        &["nowhere/stores holds no *.json", "clickpath entities generate"],
    );
}

#[test]
fn files_become_one_row_each_and_stay_so() {
    let pipeline = Pipeline::start(&DOOR);
    let made = clickpath(pipeline.path(), &["entities", "generate", "--users", "1500"]);
    assert_eq!(made.status.code(), Some(0), "{made:?}");
    let said = pipeline.sends(&["entities", "publish"]);
    assert!(
        said.contains("45 stores, 100 products, 200 customers, 500 purchases, 1500 users accepted; 0 refused"),
        "{said}"
    );
    let streams = "SELECT stream, count() FROM entities GROUP BY stream ORDER BY stream";
    let all = "customers\t200\nproducts\t100\npurchases\t500\nstores\t45\nusers\t1500";
    pipeline.wait_until(streams, all);
    for (view, count) in [
        ("stores_raw", "45"),
        ("products_raw", "100"),
        ("customers_raw", "200"),
        ("purchases_raw", "500"),
    ] {
        assert_eq!(pipeline.sql(&format!("SELECT count() FROM {view}")), count, "{view}");
    }
    phones_and_addresses_are_sealed(&pipeline);
    everything_else_is_as_in_the_file(&pipeline);
    users_join_events(&pipeline);

    pipeline.sends(&["entities", "publish"]);
    // What comes after the second time is stored after it.
    let product = pipeline.path().join("data/products/product-007.json");
    let text = fs::read_to_string(&product).unwrap();
    let marked = text.replacen("\"organic\": ", "\"organic\": true, \"was_organic\": ", 1);
    fs::write(&product, marked).unwrap();
    pipeline.sends(&["entities", "publish", "products"]);
    pipeline.wait_until(
        "SELECT payload LIKE '%was_organic%' FROM products_raw WHERE key = 'product-007'",
        "1",
    );
    let all = all.replace("products\t100", "products\t101");
    assert_eq!(pipeline.sql(streams), all, "one version of one product was written");
    assert_eq!(pipeline.sql("SELECT count() FROM products_raw"), "100");
    pipeline.stop();
}

fn phones_and_addresses_are_sealed(pipeline: &Pipeline) {
    assert_eq!(
        pipeline.sql("SELECT countIf(position(payload, '@') > 0) FROM entities"),
        "0"
    );
    // A customer's in a purchase has the same hash: that is what it is for.
    let joined =
        "SELECT countIf(c.key = JSONExtractString(p.payload, 'customer', 'customer_id')) = count() AND count() > 100
        FROM purchases_raw AS p JOIN customers_raw AS c ON c.email_hash = p.email_hash";
    assert_eq!(pipeline.sql(joined), "1");
}

/// Whitespace and digits included.
fn everything_else_is_as_in_the_file(pipeline: &Pipeline) {
    let file = fs::read_to_string(pipeline.path().join("data/customers/customer-0001.json")).unwrap();
    let payload = pipeline.sql("SELECT payload FROM customers_raw WHERE key = 'customer-0001' FORMAT TSVRaw");
    let sealed = |line: &&str| line.contains("\"phone\": \"") || line.contains("\"email\": \"");
    let rest = |text: &str| {
        text.trim_end()
            .lines()
            .filter(|line| !sealed(line))
            .collect::<Vec<_>>()
            .join("\n")
    };
    assert_eq!(rest(&payload), rest(&file));
    let tokens = payload.lines().filter(sealed).collect::<Vec<_>>();
    assert!(
        tokens.len() == 2 && tokens.iter().all(|line| line.contains("\": \"gAAAAA")),
        "{payload}"
    );
}

fn users_join_events(pipeline: &Pipeline) {
    pipeline.sends(&["generate", "--count", "2000"]);
    pipeline.wait_until("SELECT uniqExact(id) FROM events", "2000");
    let strangers =
        "SELECT uniqExactIf(e.user_id, u.fio = '') FROM events AS e LEFT JOIN users AS u ON u.user_id = e.user_id
        WHERE toUInt64OrZero(e.user_id) BETWEEN 1001 AND 2500";
    assert_eq!(pipeline.sql(strangers), "0", "visitors who are no users");
    let joined = "SELECT uniqExact(u.id) > 50 FROM events AS e JOIN users AS u ON toString(u.id) = e.user_id";
    assert_eq!(pipeline.sql(joined), "1");
}

#[test]
fn refused_entities_are_listed_with_their_file() {
    let pipeline = Pipeline::start(&DOOR);
    let stores = pipeline.path().join("data/stores");
    fs::create_dir_all(&stores).unwrap();
    fs::write(
        stores.join("a.json"),
        r#"{"store_id": "a", "manager": {"phone": "none of yours"}}"#,
    )
    .unwrap();
    fs::write(
        stores.join("b.json"),
        r#"{"store_id": "b", "manager": {"phone": "+49 30 901820"}}"#,
    )
    .unwrap();
    fs::write(stores.join(".c.json"), r#"{"store_id": "c", "unfin"#).unwrap();
    let output = pipeline.send(&["entities", "publish", "stores"]);
    check_failure(&output, &["1 entities were refused"]);
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("data/stores/a.json: manager.phone: "), "{said}");
    assert!(said.contains("1 stores accepted; 1 refused"), "{said}");
    pipeline.wait_until("SELECT groupArray(key) FROM stores_raw", "['b']");

    let nothing = pipeline.send(&["entities", "publish", "products"]);
    check_failure(&nothing, &["data/products"]);
    fs::write(stores.join("a.json"), "{\"store_id\": ").unwrap();
    check_failure(
        &pipeline.send(&["entities", "publish", "stores"]),
        &["data/stores/a.json is not JSON", "line 1 column"],
    );
    pipeline.stop();
}

#[test]
fn closed_door_says_how_it_opens() {
    let pipeline = Pipeline::start(&[]);
    let made = clickpath(pipeline.path(), &["entities", "generate", "--users", "1"]);
    assert_eq!(made.status.code(), Some(0), "{made:?}");
    check_failure(
        &pipeline.send(&["entities", "publish", "stores"]),
        &["404", "--entities"],
    );
    pipeline.stop();
}
