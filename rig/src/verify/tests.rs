use std::sync::Arc;
use std::time::Duration;

use embedded_clickhouse::testing;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Database, marts, rows};
use crate::client::{CURRENCY, Entry, Event, Fate, Log};

const NOW_MS: i64 = 1_795_341_600_123;

/// A database of its own, and a log of clicks in one session.
struct Setup {
    database: Database,
    log: Log,
    /// Keeps it running.
    _engine: Arc<testing::TestEngine>,
}

impl Setup {
    async fn new() -> Self {
        let engine = testing::engine().await;
        let name = engine.database();
        let warehouse = warehouse::Warehouse::new(&warehouse::Settings::new(engine.url(), &name));
        warehouse::migrate::run(&warehouse).await.unwrap();
        Self {
            database: Database::named(engine.url(), &name).unwrap(),
            log: Log::default(),
            _engine: engine,
        }
    }

    fn logs(&mut self, event: &Event, fate: Fate) {
        let entry = Entry {
            event: Arc::new(event.clone()),
            sent: 1,
            accepted: 1,
            fate,
            given_up: false,
        };
        self.log.events.insert(event.id, entry);
    }

    async fn stores(&self, event: &Event) {
        let row = row(event).to_string().into_bytes();
        let statement = "INSERT INTO events FORMAT JSONEachRow";
        self.database.insert(statement, "", row).await.unwrap();
    }

    async fn rows(&self) -> rows::RowReport {
        rows::settle(&self.log, &self.database, Duration::ZERO).await.unwrap()
    }

    async fn marts(&self) -> Vec<String> {
        let stored = self.rows().await.stored;
        let compared = marts::compare(&self.log, &stored, &self.database, Duration::ZERO).await;
        compared.unwrap()
    }
}

fn click(number: u128) -> Event {
    Event {
        id: Uuid::from_u128(number),
        site: "shop",
        kind: "click",
        created_at: NOW_MS + number as i64,
        session_id: "session".to_owned(),
        user_id: "user".to_owned(),
        url: "https://shop/catalog?sort=price".to_owned(),
        title: "click",
        element_id: "#cart-link".to_owned(),
        ..Event::default()
    }
}

fn row(event: &Event) -> Value {
    let moment = format!("{}.{:03}", event.created_at / 1_000, event.created_at % 1_000);
    json!({
        "site": event.site,
        "id": event.id,
        "type": event.kind,
        "event_title": event.title,
        "created_at": moment,
        "received_at": moment,
        "session_id": event.session_id,
        "user_id": event.user_id,
        "url": event.url,
        "element_id": event.element_id,
        "price": (!event.price.is_empty()).then_some(event.price),
        "currency": if event.price.is_empty() { "" } else { CURRENCY },
        "quantity": event.quantity,
        "order_id": event.order_id,
        "status": event.status,
    })
}

#[tokio::test]
async fn finds_every_row_that_is_wrong() {
    let mut setup = Setup::new().await;
    let [good, lost, refused, foreign, doubled, altered, given_up] = [1, 2, 3, 4, 5, 6, 7].map(click);
    for event in [&good, &lost, &doubled, &altered] {
        setup.logs(event, Fate::Accepted);
    }
    setup.logs(&refused, Fate::Refused("missing".to_owned()));
    setup.logs(&given_up, Fate::Unknown);
    let later = Event {
        created_at: doubled.created_at + 1,
        ..doubled.clone()
    };
    let changed = Event {
        user_id: "another".to_owned(),
        ..altered
    };
    for event in [&good, &good, &refused, &foreign, &doubled, &later, &changed, &given_up] {
        setup.stores(event).await;
    }
    let report = setup.rows().await;
    assert!(!report.is_good());
    let counts = report.findings().map(|(name, finding)| (name, finding.count));
    let expected = [
        ("lost", 1),
        ("duplicated", 1),
        ("never sent", 1),
        ("refused and stored", 1),
        ("altered", 1),
    ];
    assert_eq!(counts, expected);
    assert_eq!((report.rows, report.given_up_and_stored), (7, 1));
}

#[tokio::test]
async fn takes_copies_that_collapse_for_one() {
    let mut setup = Setup::new().await;
    for event in [1, 2, 3].map(click) {
        setup.logs(&event, Fate::Accepted);
        setup.stores(&event).await;
        setup.stores(&event).await;
    }
    let report = setup.rows().await;
    assert!(report.is_good(), "{report:?}");
    assert_eq!(setup.marts().await, Vec::<String>::new());
}

#[tokio::test]
async fn names_the_mart_that_differs() {
    for (mart, table) in [
        ("daily_users", "daily_users"),
        ("element_stats", "quarters"),
        ("sessions", "sessions"),
    ] {
        let mut setup = Setup::new().await;
        setup.logs(&click(1), Fate::Accepted);
        setup.stores(&click(1)).await;
        setup.database.bytes(&format!("TRUNCATE TABLE {table}")).await.unwrap();
        let differences = setup.marts().await;
        assert!(differences.iter().all(|line| line.starts_with(mart)), "{differences:?}");
        assert!(!differences.is_empty(), "{mart}");
    }
}

#[tokio::test]
async fn recounts_an_order_over_its_stages() {
    let mut setup = Setup::new().await;
    let order = |number, title, status| Event {
        kind: "server",
        title,
        status,
        element_id: String::new(),
        order_id: "order-1".to_owned(),
        price: "14.50",
        quantity: Some(3),
        ..click(number)
    };
    let stages = [
        order(1, "order_created", ""),
        order(2, "payment_attempt", "error"),
        order(3, "payment_attempt", "ok"),
        order(4, "order_paid", ""),
    ];
    for event in &stages {
        setup.logs(event, Fate::Accepted);
        setup.stores(event).await;
    }
    assert_eq!(setup.marts().await, Vec::<String>::new());
    // What nobody sent changes its state.
    setup.stores(&order(5, "order_cancelled", "")).await;
    let differences = setup.marts().await.join("; ");
    assert!(
        differences.contains("orders_fact: 1 of 1 lines missing"),
        "{differences}"
    );
}
