//! The live console's stream and `POST /expect`.

use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use axum::http::Request;
use futures_util::StreamExt;
use gateway::{NewKey, Peer, Scope};
use lapin::options::BasicPublishOptions;
use lapin::{BasicProperties, Connection, ConnectionProperties};
use queue::testing::RabbitMq;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::support::{Answer, BOUND, Gate, TestGateway, click, id, json_request, listen, wait_for};

const ON: &str = "--live-console=true";

/// An open stream, read as a page does.
struct Watching {
    body: BodyDataStream,
    text: String,
    missed: u64,
}

impl Watching {
    async fn start(gateway: &TestGateway, query: &str) -> Self {
        let mut request = Request::get(format!("/console/events?{query}"))
            .body(Body::empty())
            .unwrap();
        request.extensions_mut().insert(Peer([127, 0, 0, 1].into()));
        let response = gateway.app.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let mut watching = Self {
            body: response.into_body().into_data_stream(),
            text: String::new(),
            missed: 0,
        };
        assert!(watching.message().await.starts_with("event: open\n"));
        watching
    }

    async fn message(&mut self) -> String {
        loop {
            if let Some((message, rest)) = self.text.split_once("\n\n") {
                let message = message.to_owned();
                self.text = rest.to_owned();
                return message;
            }
            let piece = tokio::time::timeout(BOUND, self.body.next()).await.expect("a message");
            self.text += str::from_utf8(&piece.expect("the stream goes on").unwrap()).unwrap();
        }
    }

    /// The next events, at least so many.
    async fn events(&mut self, least: usize) -> Vec<Value> {
        let mut events = Vec::new();
        while events.len() < least {
            let message = self.message().await;
            let Some(data) = message.strip_prefix("event: arrivals\ndata: ") else {
                continue;
            };
            let data: Value = serde_json::from_str(data).unwrap();
            self.missed += data["missed"].as_u64().unwrap();
            events.extend(data["events"].as_array().unwrap().iter().cloned());
        }
        events
    }
}

async fn expect(gateway: &TestGateway, expectation: &Value) -> Answer {
    gateway.post("/expect", expectation).await
}

fn wrong(number: u64) -> Value {
    let mut event = click(number);
    event["payload"]["x"] = json!("left");
    event
}

#[tokio::test]
async fn shows_what_came_and_what_became_of_it() {
    let gateway = TestGateway::with(&[ON]).await;
    let mut watching = Watching::start(&gateway, "").await;
    let good = click(1);
    let sent = json!([good, wrong(2)]).to_string();
    gateway.call(json_request("/events?site=shop", sent)).await;
    gateway.call(json_request("/events", r#"{"type": "click", "#)).await;
    gateway.post("/events?site=nowhere", &click(3)).await;
    let events = watching.events(4).await;
    let shown: Vec<_> = events
        .iter()
        .map(|event| {
            let refusal = &event["refusal"];
            let texts = [&event["verdict"], &event["site"], &refusal["reason"], &refusal["field"]];
            texts.map(|text| text.as_str().unwrap_or("-").to_owned()).join(" ")
        })
        .collect();
    assert_eq!(
        shown,
        [
            "accepted shop - -",
            "refused shop wrong_type payload.x",
            "refused  broken_json ",
            "refused  unknown_site "
        ]
    );
    let numbers: Vec<_> = events.iter().map(|event| event["number"].as_u64().unwrap()).collect();
    assert_eq!(numbers, [1, 2, 3, 4]);
    assert_eq!(
        serde_json::from_str::<Value>(events[0]["sent"].as_str().unwrap()).unwrap(),
        good
    );
    assert_eq!(events[2]["sent"], r#"{"type": "click", "#);
    let enriched = &events[0]["enriched"];
    assert_eq!(
        (&enriched["id"], &enriched["url"], &enriched["channel"]),
        (
            &json!(id(1)),
            &json!("https://shop.example/catalog?page=2"),
            &json!("direct")
        )
    );
    assert!(events[2]["refusal"]["message"].as_str().unwrap().contains("not JSON"));
    assert_eq!(watching.missed, 0);
}

#[tokio::test]
async fn shows_only_what_is_asked_for() {
    let gateway = TestGateway::with(&[ON]).await;
    let mut viewed = click(2);
    viewed["type"] = json!("view");
    viewed["session_id"] = json!("session-2");
    let mut strict = click(3);
    strict["site"] = json!("strict");
    strict["payload"]["event_title"] = json!("Checkout");
    gateway
        .post("/events", &json!([click(1), viewed, strict, wrong(4)]))
        .await;
    for (query, expect) in [
        ("", &[1, 2, 3, 4][..]),
        ("site=strict", &[3]),
        ("type=view", &[2]),
        ("verdict=refused", &[4]),
        ("session=session-2", &[2]),
        ("title=CHECK", &[3]),
        ("title=%23submit", &[1, 2, 3, 4]),
        ("text=0000000004", &[4]),
        ("text=wrong_type", &[4]),
        ("type=click&site=shop&verdict=accepted", &[1]),
    ] {
        let mut watching = Watching::start(&gateway, &format!("since=1h&{query}")).await;
        let events = watching.events(expect.len()).await;
        let numbers: Vec<_> = events.iter().map(|event| event["number"].as_i64().unwrap()).collect();
        assert_eq!(numbers, expect, "{query}");
    }
    for query in ["verdict=good", "since=tomorrow", "titel=a", "type=a&type=b"] {
        let answer = gateway.get(&format!("/console/events?{query}")).await;
        answer.assert_error(400, "invalid_parameter");
    }
}

#[tokio::test]
async fn shows_what_the_queue_did_not_take() {
    let mut gate = None;
    let gateway = TestGateway::behind(&[ON], |publisher| gate.insert(Gate::closed(publisher)).clone()).await;
    let gate = gate.unwrap();
    gate.failures.store(1, std::sync::atomic::Ordering::SeqCst);
    let mut watching = Watching::start(&gateway, "").await;
    gate.confirms.add_permits(1);
    assert_eq!(gateway.post("/events", &click(1)).await.status, 503);
    assert_eq!(watching.events(1).await[0]["verdict"], "deferred");
    gate.confirms.add_permits(1);
    assert_eq!(gateway.post("/events", &click(1)).await.status, 202);
    assert_eq!(watching.events(1).await[0]["verdict"], "accepted");
    gate.ready.store(false, std::sync::atomic::Ordering::SeqCst);
    assert_eq!(gateway.post("/events", &click(2)).await.status, 503);
    let events = watching.events(1).await;
    assert_eq!(
        (&events[0]["verdict"], &events[0]["refusal"]["reason"]),
        (&json!("deferred"), &json!("queue_unavailable"))
    );
}

#[tokio::test]
async fn counts_as_missed_what_came_since_it_watches() {
    let gateway = TestGateway::with(&[ON]).await;
    let mut one = click(0);
    one.as_object_mut().unwrap().remove("id");
    let body = json!(vec![one; 300]);
    for _ in 0..2 {
        assert_eq!(gateway.post("/events", &body).await.status, 202);
    }
    let mut watching = Watching::start(&gateway, "since=1m").await;
    let looked_back = watching.events(1).await;
    let numbers: Vec<_> = looked_back
        .iter()
        .map(|event| event["number"].as_u64().unwrap())
        .collect();
    assert!(
        numbers.iter().copied().eq(301..=600),
        "the last, in the order in which they came: {numbers:?}"
    );
    assert_eq!(watching.missed, 0);
    assert_eq!(gateway.post("/events", &body).await.status, 202);
    assert_eq!(watching.events(1).await.last().unwrap()["number"], 900);
    assert_eq!(watching.missed, 250);
}

#[tokio::test]
async fn looks_back_as_far_as_it_was_asked_for_what_is_rare() {
    let gateway = TestGateway::with(&[ON]).await;
    let mut rare = click(1);
    rare["payload"]["event_title"] = json!("rare");
    gateway.post("/events", &rare).await;
    let mut usual = click(0);
    usual.as_object_mut().unwrap().remove("id");
    // More than are looked at in a tick.
    for _ in 0..10 {
        let answer = gateway.post("/events", &json!(vec![usual.clone(); 300])).await;
        assert_eq!(answer.status, 202);
    }
    rare["id"] = json!(id(2));
    gateway.post("/events", &rare).await;
    let mut watching = Watching::start(&gateway, "since=1m&title=rare").await;
    let numbers: Vec<_> = watching
        .events(2)
        .await
        .iter()
        .map(|event| event["number"].as_u64().unwrap())
        .collect();
    assert_eq!(numbers, [1, 3_002]);
    rare["id"] = json!(id(3));
    gateway.post("/events", &rare).await;
    assert_eq!(watching.events(1).await[0]["number"], 3_003, "and goes on");
    assert_eq!(watching.missed, 0);
}

#[tokio::test]
async fn slow_readers_miss_events_and_hold_nothing_up() {
    let gateway = TestGateway::with(&[ON]).await;
    let mut watching = Watching::start(&gateway, "").await;
    let mut large = click(0);
    large["payload"]["note"] = json!("x".repeat(8_000));
    large.as_object_mut().unwrap().remove("id");
    let body = json!(vec![large; 100]);
    let sent = 12 * 100;
    for _ in 0..12 {
        assert_eq!(gateway.post("/events", &body).await.status, 202);
    }
    let (mut shown, mut last) = (0, 0);
    while last < sent {
        let events = watching.events(1).await;
        shown += events.len() as u64;
        last = events.last().unwrap()["number"].as_u64().unwrap();
        if shown + watching.missed >= sent {
            break;
        }
    }
    assert_eq!(shown + watching.missed, sent, "each is shown or counted");
    assert!(
        shown > 0 && watching.missed > sent / 2,
        "{shown} shown, {} missed",
        watching.missed
    );
}

#[tokio::test]
async fn shows_messages_of_the_queue() {
    let node = RabbitMq::start().await.unwrap();
    let gateway = TestGateway::on_broker(queue::Settings::rabbitmq(node.url()), &[ON], |publisher| publisher).await;
    let (_, shutdown, server) = listen(&gateway.state).await;
    let mut watching = Watching::start(&gateway, "").await;
    let connection = Connection::connect(&node.url(), ConnectionProperties::default())
        .await
        .unwrap();
    let channel = connection.create_channel().await.unwrap();
    for body in [json!([click(1), wrong(2)]).to_string(), "no JSON".to_owned()] {
        let (options, properties) = (BasicPublishOptions::default(), BasicProperties::default());
        let publish = channel.basic_publish("clickpath".into(), "in".into(), options, body.as_bytes(), properties);
        publish.await.unwrap().await.unwrap();
    }
    let events = watching.events(3).await;
    let mut shown: Vec<_> = events
        .iter()
        .map(|event| {
            format!(
                "{} {}",
                event["door"].as_str().unwrap(),
                event["verdict"].as_str().unwrap()
            )
        })
        .collect();
    shown.sort();
    assert_eq!(shown, ["amqp accepted", "amqp refused", "amqp refused"]);
    let unread = events
        .iter()
        .find(|event| event["refusal"]["reason"] == "unreadable")
        .unwrap();
    assert_eq!(unread["sent"], "no JSON");
    drop(watching);
    shutdown.cancel();
    server.await.unwrap().unwrap();
}

#[tokio::test]
async fn streams_end_with_the_server() {
    let gateway = TestGateway::with(&[ON, "--shutdown-grace=60"]).await;
    let (_, shutdown, server) = listen(&gateway.state).await;
    let mut watching = Watching::start(&gateway, "").await;
    shutdown.cancel();
    while let Some(piece) = tokio::time::timeout(BOUND, watching.body.next()).await.unwrap() {
        piece.unwrap();
    }
    server.await.unwrap().unwrap();
}

#[tokio::test]
async fn expectations_are_met_by_what_comes() {
    let gateway = TestGateway::with(&[ON]).await;
    let wanted = json!({
        "match": {
            "type": "click",
            "payload.event_title": "add_to_cart",
            "payload.x": {"at_least": 400},
            "url": {"regex": "^/catalog"},
            "enriched.channel": "direct",
            "site": "shop",
            "user_id": {"exists": false}
        },
        "within_ms": 30_000
    });
    let wait = expect(&gateway, &wanted);
    let send = async {
        for number in 1..=3 {
            let mut event = click(number);
            event["payload"]["x"] = json!(number * 200);
            gateway.post("/events", &event).await;
        }
    };
    let (answer, ()) = tokio::join!(wait, send);
    assert_eq!(answer.status, 200, "{}", answer.text());
    let found = answer.json();
    assert_eq!(found["event"]["enriched"]["id"], id(2));
    assert_eq!(found["seen"], 2);
}

#[tokio::test]
async fn expectations_look_back_when_asked_to() {
    let gateway = TestGateway::with(&[ON]).await;
    gateway.post("/events", &click(1)).await;
    let mut wanted = json!({"match": {"type": "click"}, "since": "1m"});
    assert_eq!(expect(&gateway, &wanted).await.status, 200);
    wanted["since"] = json!((gateway::now().0 + 60_000).to_string());
    wanted["within_ms"] = json!(1);
    let answer = expect(&gateway, &wanted).await;
    answer.assert_error(404, "no_matching_event");
    assert_eq!(answer.json()["nearest"], Value::Null);
}

#[tokio::test]
async fn nearest_miss_names_the_field() {
    let gateway = TestGateway::with(&[ON]).await;
    let mut viewed = click(1);
    viewed["type"] = json!("view");
    gateway.post("/events", &json!([viewed, click(2)])).await;
    let wanted = json!({
        "match": {"type": "click", "payload.event_title": "buy", "payload.element_id": "#submit-button"},
        "since": "1m",
        "within_ms": 1
    });
    let answer = expect(&gateway, &wanted).await;
    answer.assert_error(404, "no_matching_event");
    let answer = answer.json();
    let nearest = &answer["nearest"];
    assert_eq!(nearest["event"]["enriched"]["id"], id(2));
    assert_eq!(
        nearest["differs"],
        json!([{"field": "payload.event_title", "expected": "buy", "got": "add_to_cart"}])
    );
    assert_eq!(
        (&nearest["matched"], &nearest["of"], &answer["seen"]),
        (&json!(3), &json!(4), &json!(2))
    );
    assert_eq!(
        answer["error"]["message"],
        "none of 2 events matched within 1 ms; the nearest differs: payload.event_title is \"add_to_cart\", expected \"buy\""
    );
}

#[tokio::test]
async fn refused_events_are_near_misses_with_their_reason() {
    let gateway = TestGateway::with(&[ON]).await;
    gateway.post("/events", &wrong(1)).await;
    let mut wanted = json!({"match": {"type": "click"}, "since": "1m", "within_ms": 1});
    let answer = expect(&gateway, &wanted).await.json();
    assert_eq!(answer["nearest"]["refusal"]["reason"], "wrong_type");
    let message = answer["error"]["message"].as_str().unwrap();
    assert!(
        message.contains("was not taken (wrong_type): payload.x expected"),
        "{message}"
    );
    wanted["match"]["verdict"] = json!("refused");
    wanted["match"]["refusal.field"] = json!("payload.x");
    assert_eq!(expect(&gateway, &wanted).await.status, 200);
}

#[tokio::test]
async fn is_off_unless_turned_on() {
    let gateway = TestGateway::start().await;
    gateway.get("/console/events").await.assert_error(404, "console_off");
    let wanted = json!({"match": {"type": "click"}});
    expect(&gateway, &wanted).await.assert_error(404, "console_off");
}

#[tokio::test]
async fn shows_personal_data_to_its_owner_only() {
    let folder = tempfile::tempdir().unwrap();
    let keys = [
        NewKey::make("reader", &[Scope::Read], &[]).unwrap(),
        NewKey::make("admin", &[Scope::Admin], &[]).unwrap(),
        NewKey::make("strict-admin", &[Scope::Admin], &["strict".to_owned()]).unwrap(),
    ];
    let file = folder.path().join("keys.toml");
    std::fs::write(&file, keys.clone().map(|key| key.entry).join("\n")).unwrap();
    let file = format!("--keys-file={}", file.display());
    let wanted = json!({"match": {"verdict": "refused"}, "since": "1m", "within_ms": 1}).to_string();
    let ask = async |gateway: &TestGateway, host: &str, key: Option<&str>| {
        let mut request = json_request("/expect", wanted.clone());
        request.headers_mut().insert("host", host.parse().unwrap());
        if let Some(key) = key {
            let value = format!("Bearer {key}").parse().unwrap();
            request.headers_mut().insert("authorization", value);
        }
        let answer = gateway.call(request).await;
        (
            answer.status.as_u16(),
            answer.json()["error"]["code"].as_str().unwrap_or("").to_owned(),
        )
    };
    let found = (200, String::new());
    let refused = |status, code: &str| (status, code.to_owned());

    // What everybody may reach is closed, whatever reports are.
    let public = TestGateway::with(&[ON, "--listen=0.0.0.0:80", "--public-reports"]).await;
    assert_eq!(ask(&public, "127.0.0.1", None).await, refused(401, "key_required"));

    let local = TestGateway::with(&[ON]).await;
    local.post("/events", &wrong(1)).await;
    assert_eq!(ask(&local, "127.0.0.1:8080", None).await, found);
    assert_eq!(ask(&local, "evil.example", None).await, refused(403, "foreign_name"));

    let keyed = TestGateway::with(&[ON, &file]).await;
    keyed.post("/events", &wrong(1)).await;
    assert_eq!(ask(&keyed, "127.0.0.1", None).await, refused(401, "key_required"));
    assert_eq!(ask(&keyed, "a.example", Some("cpk_1")).await, refused(401, "wrong_key"));
    assert_eq!(
        ask(&keyed, "a.example", Some(&keys[0].key)).await,
        refused(403, "scope_missing")
    );
    assert_eq!(ask(&keyed, "a.example", Some(&keys[1].key)).await, found);
    // Of the shop it sees nothing.
    assert_eq!(
        ask(&keyed, "a.example", Some(&keys[2].key)).await,
        refused(404, "no_matching_event")
    );
    let path = "/console/events?site=shop";
    let request = Request::get(path).header("authorization", format!("Bearer {}", keys[2].key));
    let answer = keyed.call(request.body(Body::empty()).unwrap()).await;
    answer.assert_error(403, "key_not_allowed");
}

#[tokio::test]
async fn refuses_expectations_it_does_not_understand() {
    let gateway = TestGateway::with(&[ON, "--expect-longest-ms=1000"]).await;
    for body in [
        json!({}),
        json!({"match": {}}),
        json!({"match": {"a": {"like": 1}}}),
        json!({"match": {"a": 1}, "within_ms": 1_001}),
        json!({"match": {"a": 1}, "within_ms": null}),
    ] {
        expect(&gateway, &body).await.assert_error(422, "invalid_expectation");
    }
    gateway
        .call(json_request("/expect", "{"))
        .await
        .assert_error(400, "broken_json");
    let large = json!({"match": {"a": "x".repeat(70_000)}});
    expect(&gateway, &large).await.assert_error(413, "body_too_large");
    let form = Request::post("/expect").header("content-type", "text/plain");
    let answer = gateway.call(form.body(Body::from("{}")).unwrap()).await;
    answer.assert_error(415, "content_type");
}

#[tokio::test]
async fn watchers_are_bounded() {
    let gateway = TestGateway::with(&[ON]).await;
    let mut watching = Vec::new();
    for _ in 0..64 {
        watching.push(Watching::start(&gateway, "").await);
    }
    let answer = gateway.get("/console/events").await;
    answer.assert_error(503, "too_many_watch");
    assert_eq!(answer.header("retry-after"), "2");
    watching.pop();
    wait_for("room for one more", async || {
        let wanted = json!({"match": {"a": 1}, "within_ms": 0});
        expect(&gateway, &wanted).await.status == 404
    })
    .await;
    tokio::time::timeout(Duration::from_secs(1), Watching::start(&gateway, ""))
        .await
        .unwrap();
}
