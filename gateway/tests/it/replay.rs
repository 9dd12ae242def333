//! What is in quarantine goes through again: against a real engine; the loader's part is done by hand.

use axum::body::Body;
use axum::http::Request;
use embedded_clickhouse::testing;
use event::entity::{self, Entity, Stream};
use event::quarantine::{Form, Record};
use event::{Source, Timestamp, group};
use serde_json::{Value, json};
use uuid::Uuid;
use warehouse::{EventRow, Milliseconds, QuarantineRow, Warehouse};

use crate::support::{Answer, TestGateway, call_from, click, id, listen, wait_for};

const KEY: &str = "an operator's key";
const KEY_OF_DOOR: &str = "Y2hhbmdlLW1lLWNoYW5nZS1tZS1jaGFuZ2UtbWUtMzI=";

struct Setup {
    gateway: TestGateway,
    warehouse: Warehouse,
    stored: usize,
}

impl Setup {
    async fn new() -> Self {
        Self::with(&[]).await
    }

    async fn with(arguments: &[&str]) -> Self {
        let engine = testing::engine().await;
        let database = engine.database();
        let warehouse = Warehouse::new(&warehouse::Settings::new(engine.url(), &database));
        warehouse::migrate::run(&warehouse).await.unwrap();
        let url = format!("--clickhouse-url={}", engine.url());
        let database = format!("--clickhouse-database={database}");
        let key = format!("--operator-key={KEY}");
        Self {
            gateway: TestGateway::with(
                &[&[&*url, &*database, &*key, "--ledger-write-interval=0.05"], arguments].concat(),
            )
            .await,
            warehouse,
            stored: 0,
        }
    }

    /// As the loader does with what comes from the queue.
    async fn put_aside(&self, records: &[Record<'_>]) {
        let at = Milliseconds(gateway::now().0);
        let rows: Vec<_> = records.iter().map(|record| QuarantineRow::new(record, at)).collect();
        let token = format!("{} {}", records[0].id, at.0);
        self.warehouse.insert_quarantine(&rows, &token).await.unwrap();
    }

    /// Stores all groups until `events` have come, and returns their ids.
    async fn store(&mut self, events: usize) -> Vec<String> {
        let mut ids = Vec::new();
        while ids.len() < events {
            let group = self.gateway.next_group().await;
            let rows: Vec<_> = group.iter().map(|event| EventRow::new(event, Uuid::nil())).collect();
            let token = format!("{} {}", self.stored, rows[0].id);
            self.warehouse.insert_events(&rows, &token).await.unwrap();
            self.stored += 1;
            ids.extend(rows.iter().map(|row| row.id.to_string()));
        }
        ids.sort();
        ids
    }

    async fn rows(&self, sql: &str) -> u64 {
        let rows: Vec<Value> = self.warehouse.rows(sql, &[]).await.unwrap();
        rows[0]["n"].as_u64().unwrap()
    }

    async fn replay(&self, query: &str) -> Value {
        let answer = self.call(query, Some(KEY)).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()
    }

    async fn call(&self, query: &str, key: Option<&str>) -> Answer {
        let mut request = Request::post(format!("/replay?{query}"));
        if let Some(key) = key {
            request = request.header("authorization", format!("Bearer {key}"));
        }
        self.gateway.call(request.body(Body::empty()).unwrap()).await
    }
}

fn counts(summary: &Value) -> [u64; 5] {
    ["found", "replayed", "refused", "skipped", "events"].map(|name| summary[name].as_u64().unwrap())
}

fn group_of(event: &event::EnrichedEvent<'_>) -> Vec<u8> {
    let mut events = Vec::new();
    group::append(event, &mut events).unwrap();
    group::seal(&events)
}

fn record<'r>(number: u64, reason: &'r str, form: Form, bytes: &'r [u8]) -> Record<'r> {
    Record {
        id: id(number).parse().unwrap(),
        site: "shop".into(),
        reason: reason.into(),
        code: 0,
        field: "".into(),
        message: "what was wrong".into(),
        source: Source::Http,
        received_at: Timestamp(gateway::now().0 - 3_600_000 + i64::try_from(number).unwrap()),
        group_id: Uuid::nil(),
        form,
        accepted: form == Form::Event,
        user_agent: "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0".into(),
        ip: Some([203, 0, 113, 0].into()),
        bytes: bytes.into(),
    }
}

#[tokio::test]
async fn sends_each_form_again_and_stores_it_once() {
    let mut setup = Setup::new().await;
    let (_, shutdown, server) = listen(&setup.gateway.state).await;
    // Accepted, and then refused by the database.
    setup.gateway.post("/events", &click(3)).await;
    let accepted = setup.gateway.next_group().await.remove(0);
    let database = group_of(&accepted);
    let mut nameless = click(1);
    nameless.as_object_mut().unwrap().remove("id");
    nameless["ip"] = json!("192.0.2.1");
    let nameless = nameless.to_string();
    let mut bad = click(5);
    bad["type"] = json!("scroll");
    // No message of one array may pass for an event of the day.
    let smuggled = json!([click(8), click(9)]).to_string();
    let message = json!([click(4), bad]).to_string();
    let bad = bad.to_string();
    let records = [
        record(1, "unknown_site", Form::Json, nameless.as_bytes()),
        record(2, "malformed", Form::Json, bad.as_bytes()),
        record(3, "database", Form::Event, &database),
        record(6, "unreadable", Form::Message, message.as_bytes()),
        record(7, "wrong_type", Form::Json, smuggled.as_bytes()),
    ];
    setup.put_aside(&records).await;

    let dry = setup.replay("dry_run=1").await;
    assert_eq!(counts(&dry), [5, 3, 2, 0, 3], "{dry}");
    let done = setup.replay("").await;
    assert_eq!(counts(&done), [5, 3, 2, 0, 3], "{done}");
    let again = |summary: &Value| {
        let again = summary["refused_again"].as_array().unwrap().iter();
        again
            .map(|one| one["reason"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(again(&done), ["malformed", "wrong_type"]);
    assert_eq!(done["reasons"][0]["reason"], "unknown_site");
    assert_eq!(setup.store(3).await, [id(1), id(3), id(4)]);
    let stored: Vec<Value> = setup
        .warehouse
        .rows("SELECT toString(id) AS id, browser, toString(ip) AS ip, toUnixTimestamp64Milli(received_at) AS at FROM events ORDER BY id", &[])
        .await
        .unwrap();
    assert_eq!(
        (&stored[0]["browser"], &stored[0]["ip"]),
        (&json!("Firefox"), &json!("::ffff:203.0.113.0")),
        "enriched from what was kept; a stranger's own word for its address does not count"
    );
    assert_eq!(
        stored[1]["at"], accepted.received_at.0,
        "an accepted event stays as it was"
    );
    // The bad part of the message has a row of its own now.
    let rest = setup.gateway.next_records().await;
    assert_eq!((rest.len(), rest[0].id.to_string()), (1, id(5)));

    let second = setup.replay("").await;
    assert_eq!(counts(&second), [2, 0, 2, 0, 0], "{second}");
    // The marks are lost, as when the gateway is killed before it makes them.
    setup.put_aside(&records).await;
    assert_eq!(counts(&setup.replay("reason=unknown_site").await), [1, 1, 0, 0, 1]);
    assert_eq!(counts(&setup.replay("").await), [4, 2, 2, 0, 2]);
    assert_eq!(setup.store(3).await, [id(1), id(3), id(4)]);
    assert_eq!(setup.rows("SELECT count() AS n FROM events").await, 6);
    assert_eq!(setup.rows("SELECT count() AS n FROM events FINAL").await, 3);

    // Twice the two that had no receipt before, once the one that had.
    wait_for("the ledger", async || {
        let totals = setup.gateway.get("/ledger?from=2h").await.json()["totals"].clone();
        totals["accepted"] == 5 && totals["stored"] == 3
    })
    .await;
    shutdown.cancel();
    server.await.unwrap().unwrap();
}

fn thing(stream: Stream, key: &str) -> Entity<'static> {
    Entity {
        site: "shop".into(),
        stream,
        key: key.to_owned().into(),
        version: Timestamp(1_795_341_600_000),
        digest: [7; 16],
        email_hash: "hash".into(),
        phone_hash: "".into(),
        received_at: Timestamp(1_795_341_600_001),
        payload: r#"{"price": 10.10}"#.into(),
    }
}

fn message_of(entities: &[Entity<'_>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    entities
        .iter()
        .for_each(|entity| entity::append(entity, &mut bytes).unwrap());
    entity::seal(&bytes)
}

/// As the loader puts them aside: one that the database refused; a group that the broker gave up.
#[tokio::test]
async fn sends_entities_again_by_their_door() {
    let one = message_of(&[thing(Stream::Stores, "1")]);
    let several = message_of(&[
        thing(Stream::Stores, "2"),
        thing(Stream::Users, "7"),
        thing(Stream::Stores, "3"),
    ]);
    let mut cut = message_of(&[thing(Stream::Stores, "4")]);
    cut.truncate(30);
    let records = [
        record(1, "database", Form::Group, &one),
        record(2, "delivery_limit", Form::Group, &several),
        record(3, "codec", Form::Group, &cut),
    ];

    let closed = Setup::new().await;
    closed.put_aside(&records).await;
    let refused = closed.replay("").await;
    assert_eq!(counts(&refused), [3, 0, 3, 0, 0], "{refused}");
    assert_eq!(refused["refused_again"][0]["reason"], "entities_not_enabled");

    let doors = [
        "--entities",
        "--fernet-key",
        KEY_OF_DOOR,
        "--trusted-key",
        "the key of a sender",
    ];
    let mut setup = Setup::with(&doors).await;
    setup.put_aside(&records).await;
    let dry = setup.replay("dry_run=1").await;
    let done = setup.replay("").await;
    for summary in [&dry, &done] {
        assert_eq!(counts(summary), [3, 2, 1, 0, 0], "{summary}");
        assert_eq!(summary["entities"], 4);
        let sent = summary["sent"].as_array().unwrap().iter();
        let sent: Vec<_> = sent.map(|one| format!("{} {}", one["stream"], one["key"])).collect();
        let expect = [
            r#""stores" "1""#,
            r#""stores" "2""#,
            r#""users" "7""#,
            r#""stores" "3""#,
        ];
        assert_eq!(sent, expect);
        assert_eq!(summary["refused_again"][0]["reason"], "codec");
    }
    let mut arrived = Vec::new();
    while arrived.len() < 4 {
        arrived.extend(setup.gateway.next_entities().await);
    }
    arrived.sort_by_key(|entity| entity.key.clone());
    let expect = [
        (Stream::Stores, "1"),
        (Stream::Stores, "2"),
        (Stream::Stores, "3"),
        (Stream::Users, "7"),
    ];
    assert_eq!(arrived, expect.map(|(stream, key)| thing(stream, key)));
    assert_eq!(counts(&setup.replay("").await), [1, 0, 1, 0, 0], "sent once");
}

#[tokio::test]
async fn goes_page_by_page_and_by_filter() {
    let mut setup = Setup::new().await;
    let texts: Vec<_> = (0..250).map(|number| click(number).to_string()).collect();
    let records: Vec<_> = (0..250)
        .map(|number| record(number, "future", Form::Json, texts[number as usize].as_bytes()))
        .collect();
    setup.put_aside(&records).await;
    assert_eq!(counts(&setup.replay("until=2h").await)[0], 0);
    assert_eq!(counts(&setup.replay("site=strict&since=2h").await)[0], 0);
    let first = setup.replay("reason=future&since=2h&limit=120").await;
    assert_eq!(counts(&first), [120, 120, 0, 0, 120]);
    let next = first["next"].as_str().unwrap();
    let last = setup.replay(&format!("reason=future&since=2h&after={next}")).await;
    assert_eq!((counts(&last), &last["next"]), ([130, 130, 0, 0, 130], &Value::Null));
    assert_eq!(setup.store(250).await.len(), 250);
    assert_eq!(counts(&setup.replay("").await)[0], 0);
}

#[tokio::test]
async fn wants_the_operators_key() {
    let gateway = TestGateway::start().await;
    let request = Request::post("/replay").body(Body::empty()).unwrap();
    let answer = gateway.call(request).await;
    answer.assert_error(403, "replay_not_enabled");
    assert!(answer.text().contains("CLICKPATH_OPERATOR_KEY"), "{}", answer.text());

    let gateway = TestGateway::with(&[&format!("--operator-key={KEY}")]).await;
    let call = async |key: Option<&str>, query: &str| {
        let mut request = Request::post(format!("/replay?{query}"));
        if let Some(key) = key {
            request = request.header("authorization", format!("Bearer {key}"));
        }
        // Also from the machine itself.
        call_from(
            [127, 0, 0, 1].into(),
            &gateway.app,
            request.body(Body::empty()).unwrap(),
        )
        .await
    };
    call(None, "").await.assert_error(401, "wrong_key");
    call(Some("an operator's kez"), "").await.assert_error(401, "wrong_key");
    call(Some(KEY), "since=once")
        .await
        .assert_error(400, "invalid_parameter");
    call(Some(KEY), "").await.assert_error(503, "warehouse_unavailable");
}
