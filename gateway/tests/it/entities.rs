//! The door of stores, products, customers, purchases and users.

use std::io::Write;
use std::sync::atomic::Ordering;

use axum::body::Body;
use axum::http::Request;
use enrich::Sealer;
use event::entity::Stream;
use event::limits;
use flate2::Compression;
use flate2::write::GzEncoder;
use futures_util::StreamExt;
use lapin::options::{BasicConsumeOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::FieldTable;
use lapin::{Connection, ConnectionProperties};
use queue::testing::RabbitMq;
use serde_json::{Value, json};

use crate::support::{Answer, BOUND, Gate, TestGateway};

const FERNET_KEY: &str = "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=";
const KEY: &str = "trusted-key-of-the-tests";
const OPEN: [&str; 3] = [
    "--entities",
    "--fernet-key=cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=",
    "--trusted-key=trusted-key-of-the-tests",
];

fn sealer() -> Sealer {
    Sealer::new(&FERNET_KEY.parse().unwrap(), None)
}

fn request(path: &str, body: impl Into<Body>) -> Request<Body> {
    let request = Request::post(path).header("content-type", "application/json");
    let request = request.header("authorization", format!("Bearer {KEY}"));
    request.body(body.into()).unwrap()
}

async fn send(gateway: &TestGateway, path: &str, body: &Value) -> Answer {
    gateway.call(request(path, body.to_string())).await
}

fn store(id: u64) -> Value {
    json!({"id": id, "name": "Almost", "email": format!("Store-{id}@Almost.example"), "phone": "+7 (916) 123-45-67"})
}

#[tokio::test]
async fn takes_entities_and_seals_them() {
    let mut gateway = TestGateway::with(&OPEN).await;
    let text = r#"{"store_id" : "s-1", "email":"A.B@Shop.Example","price":10.10,
        "updated_at":"2026-11-20T10:00:00Z"}"#;
    let answer = gateway.call(request("/entities/stores?site=strict", text)).await;
    assert_eq!(answer.status, 202, "{}", answer.text());
    assert_eq!(answer.text(), r#"{"accepted":["s-1"],"rejected":[]}"#);
    assert_eq!(
        (answer.header("content-type"), answer.header("cache-control")),
        ("application/json", "no-store")
    );
    let stored = gateway.next_entities().await;
    let [entity] = &stored[..] else { panic!("{stored:?}") };
    assert_eq!(
        (&*entity.site, entity.stream, &*entity.key),
        ("strict", Stream::Stores, "s-1")
    );
    assert_eq!(entity.version.to_string(), "2026-11-20T10:00:00.000Z");
    assert_eq!(entity.email_hash, sealer().hash_email("a.b@shop.example"));
    assert_eq!(entity.phone_hash, "");
    let (before, rest) = entity.payload.split_once("gAAAAA").unwrap();
    assert_eq!(before, r#"{"store_id" : "s-1", "email":""#);
    let after = r#"","price":10.10,
        "updated_at":"2026-11-20T10:00:00Z"}"#;
    assert!(rest.ends_with(after), "{rest}");
    assert_eq!(
        sealer().unseal(&entity.payload).unwrap(),
        text.replace("A.B@Shop.Example", "a.b@shop.example")
    );
}

#[tokio::test]
async fn takes_every_stream_and_form() {
    let mut gateway = TestGateway::with(&OPEN).await;
    for (stream, name) in [
        (Stream::Stores, "store_id"),
        (Stream::Products, "product_id"),
        (Stream::Customers, "customer_id"),
        (Stream::Purchases, "purchase_id"),
        (Stream::Users, "user_id"),
    ] {
        let answer = send(
            &gateway,
            &format!("/entities/{stream}/"),
            &json!([{(name): 1}, {"id": "2"}]),
        )
        .await;
        assert_eq!(
            answer.json(),
            json!({"accepted": ["1", "2"], "rejected": []}),
            "{stream}"
        );
        let stored = gateway.next_entities().await;
        assert!(
            stored
                .iter()
                .all(|entity| entity.stream == stream && entity.site == "shop")
        );
        assert!(stored.iter().all(|entity| entity.version == entity.received_at));
    }
    // JSON lines, in gzip; a line that is no JSON spoils no other.
    let lines = "{\"id\":1}\r\n\n{\"id\":2\n{\"id\":3}\n";
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(lines.as_bytes()).unwrap();
    let mut lines = request("/entities/users", gzip.finish().unwrap());
    lines
        .headers_mut()
        .insert("content-type", "application/x-ndjson".parse().unwrap());
    lines.headers_mut().insert("content-encoding", "gzip".parse().unwrap());
    let answer = gateway.call(lines).await.json();
    assert_eq!(answer["accepted"], json!(["1", "3"]));
    assert_eq!(
        (&answer["rejected"][0]["index"], &answer["rejected"][0]["reason"]),
        (&json!(1), &json!("invalid_json"))
    );
    assert_eq!(gateway.next_entities().await.len(), 2);
}

#[tokio::test]
async fn refusals_say_index_field_and_reason() {
    let mut gateway = TestGateway::with(&OPEN).await;
    let mut wrong = store(2);
    wrong["email"] = json!("secret-address");
    let answer = send(
        &gateway,
        "/entities/stores",
        &json!([store(1), wrong, 7, {"name": "x"}]),
    )
    .await;
    assert_eq!(answer.status, 202);
    assert!(!answer.text().contains("secret-address"), "{}", answer.text());
    let body = answer.json();
    assert_eq!(body["accepted"], json!(["1"]));
    let expect = [
        (1, json!("2"), "email", "invalid_email"),
        (2, json!(null), "", "not_an_object"),
        (3, json!(null), "id", "missing"),
    ];
    for (rejected, (index, id, field, reason)) in body["rejected"].as_array().unwrap().iter().zip(expect) {
        assert_eq!((&rejected["index"], &rejected["id"]), (&json!(index), &id));
        assert_eq!(
            (&rejected["field"], &rejected["reason"]),
            (&json!(field), &json!(reason))
        );
        assert!(rejected["message"].as_str().unwrap().contains(' '), "{rejected}");
    }
    assert_eq!(gateway.next_entities().await.len(), 1);
    // Nothing left to publish.
    let answer = send(&gateway, "/entities/stores", &json!({"name": "x"})).await;
    answer.assert_error(422, "all_refused");
    assert_eq!(answer.json()["accepted"], json!([]));
    assert_eq!(answer.json()["rejected"][0]["message"], "id: is needed (or store_id)");
    let metrics = gateway.get("/metrics").await.text();
    for line in [
        "clickpath_entities_accepted_total{site=\"shop\",stream=\"stores\"} 1",
        "clickpath_entities_accepted_total{site=\"shop\",stream=\"users\"} 0",
        "clickpath_entities_refused_total{reason=\"invalid_email\"} 1",
        "clickpath_entities_refused_total{reason=\"missing\"} 2",
        "clickpath_http_requests_total{route=\"/entities/{stream}\",status=\"202\"} 1",
        "clickpath_requests_in_flight 0",
    ] {
        assert!(metrics.contains(line), "{line} is not in\n{metrics}");
    }
    // They are no events.
    assert!(!metrics.contains("clickpath_events_accepted_total{site=\"shop\",source=\"http\"} 1"));
}

#[tokio::test]
async fn answers_what_it_does_not_take() {
    let gateway = TestGateway::with(&OPEN).await;
    let check = async |mut request: Request<Body>, name: &'static str, value: &str, status: u16, code: &str| {
        match (name, value) {
            ("", _) => {}
            (name, "") => drop(request.headers_mut().remove(name)),
            (name, value) => drop(request.headers_mut().insert(name, value.parse().unwrap())),
        }
        gateway.call(request).await.assert_error(status, code);
    };
    let path = "/entities/stores";
    check(request(path, "{}"), "authorization", "", 401, "key_required").await;
    for wrong in ["Bearer trusted-key-of-the-test", "Bearer ", KEY, "Basic abc"] {
        check(request(path, "{}"), "authorization", wrong, 403, "wrong_key").await;
    }
    check(request("/entities/shops", "{}"), "", "", 404, "unknown_stream").await;
    check(request("/entities/stores/1", "{}"), "", "", 404, "not_found").await;
    check(request("/entities", "{}"), "", "", 404, "not_found").await;
    check(
        request("/entities/stores?site=nowhere", "{}"),
        "",
        "",
        403,
        "unknown_site",
    )
    .await;
    check(
        request("/entities/stores?siet=shop", "{}"),
        "",
        "",
        400,
        "invalid_parameter",
    )
    .await;
    check(
        request("/entities/stores?site=shop&site=shop", "{}"),
        "",
        "",
        400,
        "invalid_parameter",
    )
    .await;
    check(request(path, "{}"), "content-type", "text/csv", 415, "content_type").await;
    check(request(path, "{}"), "content-type", "", 415, "content_type").await;
    check(request(path, "{}"), "content-encoding", "br", 415, "content_encoding").await;
    for empty in ["", " \n", "[]"] {
        check(request(path, empty), "", "", 400, "no_entities").await;
    }
    let many = format!("[{}{{}}]", "{},".repeat(limits::EVENTS));
    check(request(path, many), "", "", 413, "too_many_entities").await;
    check(
        request(path, " ".repeat(limits::BODY_BYTES + 1)),
        "",
        "",
        413,
        "body_too_large",
    )
    .await;
    let answer = gateway.call(request(path, "[{\"id\":1},\n{\"id\":}]")).await;
    answer.assert_error(400, "broken_json");
    assert_eq!(
        (&answer.json()["error"]["line"], &answer.json()["error"]["column"]),
        (&json!(2), &json!(7))
    );
    let answer = gateway.get(path).await;
    answer.assert_error(405, "method_not_allowed");
    assert_eq!(answer.header("allow"), "POST");
    let large = json!({"id": 1, "text": "x".repeat(limits::EVENT_BYTES)});
    let answer = send(&gateway, path, &large).await;
    answer.assert_error(422, "all_refused");
    assert_eq!(answer.json()["rejected"][0]["reason"], "too_large");
}

#[tokio::test]
async fn stays_closed_unless_opened() {
    let gateway = TestGateway::with(&["--trusted-key=trusted-key-of-the-tests", "--fernet-key=no key at all"]).await;
    let answer = send(&gateway, "/entities/stores", &store(1)).await;
    answer.assert_error(404, "entities_not_enabled");
    let message = answer.json()["error"]["message"].to_string();
    assert!(
        message.contains("--entities") && message.contains("clickpath fernet-key"),
        "{message}"
    );
    let nobody = TestGateway::with(&OPEN[..2]).await;
    send(&nobody, "/entities/stores", &store(1))
        .await
        .assert_error(403, "no_trusted_key");
}

#[tokio::test]
async fn limits_senders_as_events_do() {
    let limits = ["--rate-requests-per-second=1", "--rate-events-per-second=2"];
    let gateway = TestGateway::with(&[&OPEN[..], &limits[..1]].concat()).await;
    for _ in 0..2 {
        assert_eq!(send(&gateway, "/entities/stores", &store(1)).await.status, 202);
    }
    let answer = send(&gateway, "/entities/stores", &store(1)).await;
    answer.assert_error(429, "rate_limited");
    assert_eq!(
        (answer.header("retry-after"), &answer.json()["error"]["limit"]),
        ("1", &json!("address_requests"))
    );
    let gateway = TestGateway::with(&[&OPEN[..], &limits[1..]].concat()).await;
    let stores = json!([store(1), store(2), store(3), store(4), store(5)]);
    assert_eq!(send(&gateway, "/entities/stores", &stores).await.status, 202);
    let answer = send(&gateway, "/entities/stores", &stores).await;
    assert_eq!(answer.json()["error"]["limit"], "address_events");
}

#[tokio::test]
async fn answers_when_the_queue_has_confirmed_and_503_when_it_cannot() {
    let mut gate = None;
    let mut gateway = TestGateway::behind(&OPEN, |publisher| gate.insert(Gate::closed(publisher)).clone()).await;
    let gate = gate.unwrap();
    let (app, body) = (gateway.app.clone(), store(1).to_string());
    let waiting = tokio::spawn(async move { crate::support::call(&app, request("/entities/stores", body)).await });
    gate.wait_started(1).await;
    assert!(!waiting.is_finished());
    gate.confirms.add_permits(1);
    assert_eq!(waiting.await.unwrap().status, 202);
    assert_eq!(gateway.next_entities().await.len(), 1);

    gate.failures.store(1, Ordering::SeqCst);
    gate.confirms.add_permits(1);
    let answer = send(&gateway, "/entities/stores", &store(2)).await;
    answer.assert_error(503, "queue_unavailable");
    assert_eq!(answer.header("retry-after"), "5");
    gate.ready.store(false, Ordering::SeqCst);
    send(&gateway, "/entities/stores", &store(2))
        .await
        .assert_error(503, "queue_unavailable");
    let metrics = gateway.get("/metrics").await.text();
    assert!(
        metrics.contains("clickpath_entities_accepted_total{site=\"shop\",stream=\"stores\"} 1\n"),
        "{metrics}"
    );
    assert!(
        metrics.contains("clickpath_publish_failures_total{route=\"entities\"} 1\n"),
        "{metrics}"
    );
}

/// `x@y.z` somewhere in raw bytes.
fn has_address(bytes: &[u8]) -> bool {
    let word = |byte: &u8| byte.is_ascii_alphanumeric();
    bytes
        .iter()
        .enumerate()
        .filter(|(_, byte)| **byte == b'@')
        .any(|(at, _)| {
            let domain = bytes[at + 1..].iter().take_while(|byte| word(byte)).count();
            at > 0 && word(&bytes[at - 1]) && domain > 0 && bytes.get(at + 1 + domain) == Some(&b'.')
        })
}

/// What any program that binds a queue to the exchange gets to see.
#[tokio::test]
async fn broker_sees_no_plain_address() {
    assert!(has_address(b"\x00a.b@example.com\xff") && !has_address(b"a@\x01b.c"));
    let node = RabbitMq::start().await.unwrap();
    let gateway = TestGateway::on_broker(queue::Settings::rabbitmq(node.url()), &OPEN, |publisher| publisher).await;
    let connection = Connection::connect(&node.url(), ConnectionProperties::default())
        .await
        .unwrap();
    let channel = connection.create_channel().await.unwrap();
    let listen = async |key: &str| {
        let (declare, none) = (QueueDeclareOptions::default(), FieldTable::default());
        channel.queue_declare(key.into(), declare, none.clone()).await.unwrap();
        let bind = QueueBindOptions::default();
        channel
            .queue_bind(key.into(), "clickpath".into(), key.into(), bind, none.clone())
            .await
            .unwrap();
        let consume = BasicConsumeOptions::default();
        channel
            .basic_consume(key.into(), key.into(), consume, none)
            .await
            .unwrap()
    };
    let (mut all, mut customers) = (listen("entities.*").await, listen("entities.customers").await);

    // One large enough to be compressed, one not.
    let stores: Vec<_> = (0..100).map(store).collect();
    assert_eq!(send(&gateway, "/entities/stores", &json!(stores)).await.status, 202);
    let customer = r#"{"id":1,"em\u0061il":"anna.petrova@mail.example","contacts":[{"email":["o@p.example"]}]}"#;
    assert_eq!(gateway.call(request("/entities/customers", customer)).await.status, 202);

    for (stream, entities) in [(Stream::Stores, 100), (Stream::Customers, 1)] {
        let delivery = tokio::time::timeout(BOUND, all.next()).await.unwrap().unwrap().unwrap();
        assert_eq!(delivery.routing_key.as_str(), format!("entities.{stream}"));
        assert!(!has_address(&delivery.data));
        for word in [
            &b"anna"[..],
            b"petrova",
            b"Almost.example",
            b"almost.example",
            b"9161234567",
        ] {
            let found = delivery.data.windows(word.len()).any(|bytes| bytes == word);
            assert!(!found, "{}", String::from_utf8_lossy(word));
        }
        let opened = event::entity::open(&delivery.data).unwrap();
        let opened: Vec<_> = opened.entities().map(Result::unwrap).collect();
        assert_eq!(opened.len(), entities);
        assert!(opened.iter().all(|entity| !entity.payload.contains('@')));
        let plain: Value = serde_json::from_str(&sealer().unseal(&opened[0].payload).unwrap()).unwrap();
        match stream {
            Stream::Stores => assert_eq!(
                (&plain["email"], &plain["phone"]),
                (&json!("store-0@almost.example"), &json!("+79161234567"))
            ),
            _ => assert_eq!(
                (&plain["email"], &plain["contacts"][0]["email"][0]),
                (&json!("anna.petrova@mail.example"), &json!("o@p.example"))
            ),
        }
    }
    let delivery = tokio::time::timeout(BOUND, customers.next())
        .await
        .unwrap()
        .unwrap()
        .unwrap();
    assert_eq!(event::entity::stream_of(&delivery.data).unwrap(), Stream::Customers);
}

const DOCS: &str = include_str!("../../../docs/entities.md");

#[tokio::test]
async fn answers_as_the_documentation_says() {
    let (_, rest) = DOCS.split_once("-d '").unwrap();
    let (body, rest) = rest.split_once("'\n```\n\n```json\n").unwrap();
    let (answer, _) = rest.split_once("\n```").unwrap();
    let mut gateway = TestGateway::with(&OPEN).await;
    let request = request("/entities/stores?site=shop", body.replace("2026-11-22", "2026-01-01"));
    assert_eq!(gateway.call(request).await.text(), answer);
    let stored = sealer().unseal(&gateway.next_entities().await[0].payload).unwrap();
    assert!(
        stored.contains("\"+4722123456\"") && stored.contains("\"ole@almost.example\"") && stored.contains("10.10,")
    );
}

#[test]
fn documentation_has_every_code() {
    let reasons = [
        include_str!("../../src/entities/entity.rs"),
        include_str!("../../../enrich/src/seal.rs"),
    ];
    let reasons = reasons
        .into_iter()
        .flat_map(str::lines)
        .filter_map(|line| line.split_once("=> \""));
    let errors = include_str!("../../src/entities/error.rs").lines();
    let errors = errors.filter_map(|line| line.split_once("(StatusCode::")?.1.split_once(", \""));
    let mut codes = 0;
    for (_, code) in reasons.chain(errors) {
        let code = code.split('"').next().unwrap();
        // Of `clickpath unseal`; and as for events.
        if !["not_encrypted", "content_type"].contains(&code) {
            assert!(DOCS.contains(&format!("`{code}`")), "{code}");
            codes += 1;
        }
    }
    assert!(codes > 20, "{codes}");
}
