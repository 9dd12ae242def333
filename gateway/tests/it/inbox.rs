//! The door for programs that speak AMQP, over a real RabbitMQ.

use std::io::Write;

use event::Source;
use event::quarantine::{Form, Record};
use flate2::Compression;
use flate2::write::GzEncoder;
use lapin::options::{BasicPublishOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, Channel, Connection, ConnectionProperties};
use queue::testing::RabbitMq;
use serde_json::{Value, json};

use crate::support::{Gate, TestGateway, click, id, listen, wait_for};

/// A program that has events and no HTTP.
struct Program {
    channel: Channel,
    _connection: Connection,
}

impl Program {
    async fn connect(node: &RabbitMq) -> Self {
        let (url, properties) = (node.url(), ConnectionProperties::default());
        let connection = Connection::connect(&url, properties).await.unwrap();
        Self {
            channel: connection.create_channel().await.unwrap(),
            _connection: connection,
        }
    }

    /// Messages that nobody acknowledged; those of a consumer that is still there are not seen.
    async fn left(&self) -> u32 {
        let options = QueueDeclareOptions {
            passive: true,
            ..QueueDeclareOptions::default()
        };
        let declare = self
            .channel
            .queue_declare("clickpath.in".into(), options, FieldTable::default());
        declare.await.unwrap().message_count()
    }

    async fn send(&self, body: &[u8], properties: BasicProperties) {
        let options = BasicPublishOptions::default();
        let publish = self
            .channel
            .basic_publish("clickpath".into(), "in".into(), options, body, properties);
        publish.await.unwrap().await.unwrap();
    }
}

fn header(name: &str, value: &str) -> BasicProperties {
    let mut headers = FieldTable::default();
    headers.insert(name.into(), AMQPValue::LongString(value.into()));
    BasicProperties::default().with_headers(headers)
}

fn nameless(session: &str) -> Value {
    let mut event = click(0);
    event.as_object_mut().unwrap().remove("id");
    event["session_id"] = json!(session);
    event
}

/// Waits until the door has worked through `messages`, of which these many may have been delivered before.
async fn wait_for_door(gateway: &TestGateway, delivery: &str, messages: u64) {
    let line = format!("clickpath_inbox_messages_total{{delivery=\"{delivery}\"}} {messages}\n");
    wait_for(&line, async || {
        let metrics = gateway.get("/metrics").await.text();
        metrics.contains(&line) && metrics.contains("clickpath_inbox_in_flight 0\n")
    })
    .await;
}

/// Refused events of a message, as they come: one or several groups.
async fn records(gateway: &mut TestGateway, number: usize) -> Vec<Record<'static>> {
    let mut records = Vec::new();
    while records.len() < number {
        records.extend(gateway.next_records().await);
    }
    records
}

#[tokio::test]
async fn takes_messages_as_it_takes_bodies() {
    let node = RabbitMq::start().await.unwrap();
    let mut gateway = TestGateway::on_broker(queue::Settings::rabbitmq(node.url()), &[], |publisher| publisher).await;
    let (_, shutdown, server) = listen(&gateway.state).await;
    let program = Program::connect(&node).await;

    // One event, with what only trusted senders may set.
    let mut event = click(1);
    event["user_agent"] = json!("Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0");
    event["ip"] = json!("198.51.100.7");
    program
        .send(event.to_string().as_bytes(), BasicProperties::default())
        .await;
    let stored = gateway.next_group().await;
    assert_eq!(
        (stored[0].event.id.to_string(), stored[0].source),
        (id(1), Source::Amqp)
    );
    assert_eq!(
        (&*stored[0].client.browser, stored[0].ip.unwrap().to_string()),
        ("Firefox", "198.51.100.0".to_owned())
    );

    // An array in gzip for another site, sent by a clock that is ten seconds behind.
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(json!([click(2), click(3)]).to_string().as_bytes())
        .unwrap();
    let mut properties = header("site", "strict").with_content_encoding("gzip".into());
    let sent_at = gateway::now().0 - 10_000;
    let mut headers = properties.headers().clone().unwrap();
    headers.insert("sent_at".into(), AMQPValue::LongLongInt(sent_at));
    properties = properties.with_headers(headers);
    program.send(&gzip.finish().unwrap(), properties).await;
    let stored = gateway.next_group().await;
    assert_eq!((stored.len(), &*stored[0].event.site), (2, "strict"));
    assert!(
        stored[0].clock_skew_ms.unwrap() >= 10_000,
        "{:?}",
        stored[0].clock_skew_ms
    );

    // Good and bad in one message, and a site that is not configured here.
    let mut bad = click(5);
    bad["type"] = json!("scroll");
    program
        .send(
            json!([click(4), bad]).to_string().as_bytes(),
            BasicProperties::default(),
        )
        .await;
    program
        .send(click(6).to_string().as_bytes(), header("site", "new"))
        .await;
    assert_eq!(gateway.next_group().await[0].event.id.to_string(), id(4));
    let refused = records(&mut gateway, 2).await;
    let told = refused
        .iter()
        .map(|record| (record.id.to_string(), &*record.reason, &*record.site));
    assert_eq!(
        told.collect::<Vec<_>>(),
        [(id(5), "malformed", "shop"), (id(6), "unknown_site", "new")]
    );

    // What is no body of events, whole.
    program.send(b"<event/>", BasicProperties::default()).await;
    program
        .send(b"[]", BasicProperties::default().with_content_encoding("br".into()))
        .await;
    program
        .send(click(7).to_string().as_bytes(), header("sent_at", "noon"))
        .await;
    let unreadable = records(&mut gateway, 3).await;
    let expected = [(&b"<event/>"[..], "not JSON"), (b"[]", "br"), (b"{", "noon")];
    for (record, (bytes, part)) in unreadable.iter().zip(expected) {
        assert_eq!(
            (&*record.reason, record.form, record.source),
            ("unreadable", Form::Message, Source::Amqp)
        );
        assert!(
            record.bytes.starts_with(bytes) && record.message.contains(part),
            "{record:?}"
        );
    }
    wait_for_door(&gateway, "first", 7).await;
    let metrics = gateway.get("/metrics").await.text();
    for line in [
        "clickpath_inbox_messages_total{delivery=\"first\"} 7\n",
        "clickpath_inbox_unreadable_total 3\n",
        "clickpath_inbox_in_flight 0\n",
        "clickpath_quarantined_total{door=\"inbox\"} 5\n",
        "clickpath_events_accepted_total{site=\"strict\",source=\"amqp\"} 2\n",
    ] {
        assert!(metrics.contains(line), "{line} is not in {metrics}");
    }
    shutdown.cancel();
    server.await.unwrap().unwrap();
    assert_eq!(program.left().await, 0);
}

/// The gateway ends between taking messages and acknowledging them; one part of one message is in the queue by then.
#[tokio::test]
async fn what_was_not_acknowledged_comes_again_with_the_same_ids() {
    let node = RabbitMq::start().await.unwrap();
    let queue = queue::Settings::rabbitmq(node.url());
    let mut gate = None;
    let arguments = ["--shutdown-grace=0.1"];
    let first = TestGateway::on_broker(queue.clone(), &arguments, |publisher| {
        gate.insert(Gate::closed(publisher)).clone()
    })
    .await;
    let gate = gate.unwrap();
    let (_, shutdown, server) = listen(&first.state).await;
    let program = Program::connect(&node).await;
    let mut bad = nameless("bad");
    bad["url"] = json!("");
    let body = json!([nameless("a"), bad, nameless("c")]).to_string();
    program
        .send(
            body.as_bytes(),
            BasicProperties::default().with_message_id("m-1".into()),
        )
        .await;
    program
        .send(nameless("d").to_string().as_bytes(), BasicProperties::default())
        .await;
    // Both lanes are under way; one publish gets through.
    gate.wait_started(2).await;
    gate.confirms.add_permits(1);
    wait_for("one is confirmed", async || gate.confirms.available_permits() == 0).await;
    shutdown.cancel();
    // Which of the lanes is left decides whether this is an error.
    drop(server.await.unwrap());
    drop(first);

    let mut again = TestGateway::on_broker(queue.clone(), &[], |publisher| publisher).await;
    let (_, shutdown, server) = listen(&again.state).await;
    wait_for_door(&again, "again", 2).await;
    program
        .send(
            body.as_bytes(),
            BasicProperties::default().with_message_id("m-2".into()),
        )
        .await;
    wait_for_door(&again, "first", 1).await;

    let mut sessions = std::collections::BTreeMap::<String, Vec<String>>::new();
    while sessions.get("c").is_none_or(|ids| ids.len() < 2) {
        for event in again.next_group().await {
            let ids = sessions.entry(event.event.session_id.to_string()).or_default();
            ids.push(event.event.id.to_string());
            ids.dedup();
        }
    }
    // Once for the message, however often it was delivered, and once for the one with another id.
    let counts: Vec<_> = sessions
        .iter()
        .map(|(session, ids)| (session.as_str(), ids.len()))
        .collect();
    assert_eq!(counts, [("a", 2), ("c", 2), ("d", 1)], "{sessions:?}");
    let records = records(&mut again, 2).await;
    let mut ids: Vec<_> = records.iter().map(|record| record.id).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 2, "{records:?}");
    shutdown.cancel();
    server.await.unwrap().unwrap();
    assert_eq!(program.left().await, 0);
}

/// The queue takes nothing for a while: the messages wait where they are.
#[tokio::test]
async fn door_waits_while_the_queue_is_away() {
    let node = RabbitMq::start().await.unwrap();
    let mut gate = None;
    let arguments = ["--inbox-in-flight=2", "--confirm-timeout=0.2"];
    let mut gateway = TestGateway::on_broker(queue::Settings::rabbitmq(node.url()), &arguments, |publisher| {
        gate.insert(Gate::closed(publisher)).clone()
    })
    .await;
    let gate = gate.unwrap();
    let (_, shutdown, server) = listen(&gateway.state).await;
    let program = Program::connect(&node).await;
    for number in 1..=5 {
        program
            .send(click(number).to_string().as_bytes(), BasicProperties::default())
            .await;
    }
    wait_for("it waits", async || {
        let metrics = gateway.get("/metrics").await.text();
        let waits = metrics
            .lines()
            .find_map(|line| line.strip_prefix("clickpath_inbox_waits_total "));
        metrics.contains("clickpath_inbox_in_flight 2\n") && waits.is_some_and(|waits| waits != "0")
    })
    .await;
    gate.confirms.add_permits(1_000);
    let stored = gateway.count_ids(5).await;
    assert_eq!(stored.len(), 5, "each event once: {stored:?}");
    wait_for_door(&gateway, "first", 5).await;
    shutdown.cancel();
    server.await.unwrap().unwrap();
    assert_eq!(program.left().await, 0);
}
