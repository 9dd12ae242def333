//! The door for raw events of other programs.

use std::collections::HashSet;
use std::time::Duration;

use bytes::Bytes;
use event::Timestamp;
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, Channel};
use queue::testing::{Network, Proxy, RabbitMq};
use queue::{Inbox, Message, OpenError, Outgoing, Route, Settings};
use uuid::Uuid;

use super::{IN, admin, dead_letter, give_back_until_dead, next_of_strangers, send, start_node, story};
use crate::support::wait_for;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inbox_keeps_promises() {
    let node = start_node().await;
    let settings = Settings::rabbitmq(node.url());
    let (_admin, channel) = admin(&node).await;
    drop(queue::open_publisher(&settings).await.unwrap());
    story(
        "hands out",
        hands_out_other_programs_messages(&settings, &channel, &node),
    )
    .await;
    story("cuts", comes_back_from_every_cut(&settings, &channel, &node)).await;
    story("outbox", takes_what_the_outbox_confirmed(&settings, &node)).await;
    story(
        "never acknowledged",
        quarantines_what_is_never_acknowledged(&settings, &channel, &node),
    )
    .await;
}

#[tokio::test]
async fn embedded_queue_has_no_inbox() {
    let refused = queue::open_inbox(&Settings::embedded("unused")).await.unwrap_err();
    assert!(matches!(refused, OpenError::NoInbox), "{refused}");
}

async fn hands_out_other_programs_messages(settings: &Settings, channel: &Channel, node: &RabbitMq) {
    let proxy = Proxy::start([node.address()]).await.unwrap();
    proxy.set(Network::Down);
    let settings = Settings {
        amqp_url: Some(format!("amqp://guest:guest@{}/%2f", proxy.address())),
        queue_inbox_prefetch: 3,
        ..settings.clone()
    };
    let mut inbox = queue::open_inbox(&settings)
        .await
        .expect("a broker that is away is waited for");
    proxy.set(Network::Up);
    let mut headers = FieldTable::default();
    headers.insert("site".into(), AMQPValue::LongString("shop".into()));
    headers.insert("sent_at".into(), AMQPValue::LongLongInt(1_795_341_600_123));
    let full = BasicProperties::default()
        .with_content_type("application/json".into())
        .with_content_encoding("gzip".into())
        .with_message_id("order-7".into())
        .with_headers(headers);
    send(channel, "in", b"one", full).await;
    for body in ["two", "three", "four", "five"] {
        send(channel, "in", body.as_bytes(), BasicProperties::default()).await;
    }
    let one = next_message(&mut inbox).await;
    let expected = Message {
        tag: one.tag,
        body: "one".into(),
        content_type: Some("application/json".to_owned()),
        content_encoding: Some("gzip".to_owned()),
        message_id: Some("order-7".to_owned()),
        site: Some("shop".to_owned()),
        sent_at: Some("1795341600123".to_owned()),
        redelivered: false,
    };
    assert_eq!(one, expected);
    let two = next_message(&mut inbox).await;
    let bare = Message {
        tag: two.tag,
        body: "two".into(),
        content_type: None,
        content_encoding: None,
        message_id: None,
        site: None,
        sent_at: None,
        redelivered: false,
    };
    assert_eq!(two, bare);
    assert_eq!(next_message(&mut inbox).await.body, "three");
    // The prefetch is used up.
    assert!(
        tokio::time::timeout(Duration::from_millis(50), inbox.next())
            .await
            .is_err()
    );
    inbox.acknowledge(two.tag).await.unwrap();
    assert_eq!(next_message(&mut inbox).await.body, "four");
    proxy.set(Network::Down);
    let subscribed = || node.control(&["list_consumers"]).unwrap().contains(IN);
    wait_for("the connection is cut", async || !subscribed()).await;
    proxy.set(Network::Up);
    wait_for("the inbox is back", async || subscribed()).await;
    let again = take_all(&mut inbox, node).await;
    assert!(
        again.contains("three".as_bytes()) && again.contains("four".as_bytes()),
        "{again:?}"
    );
}

/// Many at once, through a connection that is cut between them.
async fn takes_what_the_outbox_confirmed(settings: &Settings, node: &RabbitMq) {
    let proxy = Proxy::start([node.address()]).await.unwrap();
    let through_proxy = Settings {
        amqp_url: Some(format!("amqp://guest:guest@{}/%2f", proxy.address())),
        ..settings.clone()
    };
    let outbox = queue::open_outbox(&through_proxy).await.unwrap();
    let mut inbox = queue::open_inbox(settings).await.unwrap();
    let outgoing = |number: u128| Outgoing {
        id: Uuid::from_u128(number),
        body: format!("[{number}]").into(),
        site: "shop",
        sent_at: Some(Timestamp(1_795_341_600_123)),
    };
    let confirmed = futures_util::future::join_all((1..=50).map(|number| outbox.publish(outgoing(number)))).await;
    assert!(confirmed.iter().all(Result::is_ok), "{confirmed:?}");
    for number in 1..=50 {
        let message = next_message(&mut inbox).await;
        let expected = Message {
            tag: message.tag,
            body: format!("[{number}]").into(),
            content_type: Some("application/json".to_owned()),
            content_encoding: None,
            message_id: Some(Uuid::from_u128(number).to_string()),
            site: Some("shop".to_owned()),
            sent_at: Some("1795341600123".to_owned()),
            redelivered: false,
        };
        assert_eq!(message, expected);
        inbox.acknowledge(message.tag).await.unwrap();
    }
    proxy.set(Network::Down);
    wait_for("the cut is noticed", async || {
        outbox
            .publish(outgoing(51))
            .await
            .is_err_and(|error| error.is_temporary())
    })
    .await;
    proxy.set(Network::Up);
    wait_for("the outbox is back", async || {
        outbox.publish(outgoing(52)).await.is_ok()
    })
    .await;
    take_all(&mut inbox, node).await;
    drop(inbox);
}

/// At any moment of connecting, and with messages of lost connections in hand.
async fn comes_back_from_every_cut(settings: &Settings, channel: &Channel, node: &RabbitMq) {
    const CUTS: u64 = 12;

    let proxy = Proxy::start([node.address()]).await.unwrap();
    let settings = Settings {
        amqp_url: Some(format!("amqp://guest:guest@{}/%2f", proxy.address())),
        queue_inbox_prefetch: 3,
        ..settings.clone()
    };
    let mut inbox = queue::open_inbox(&settings).await.unwrap();
    for cut in 0..CUTS {
        for copy in 0..6 {
            send(
                channel,
                "in",
                format!("{cut}.{copy}").as_bytes(),
                BasicProperties::default(),
            )
            .await;
        }
        // The pauses are the story: connecting takes as long.
        for again in 0..cut % 3 {
            proxy.set(Network::Down);
            tokio::time::sleep(Duration::from_millis(cut * 7 % 160 / (again + 1))).await;
            proxy.set(Network::Up);
            tokio::time::sleep(Duration::from_millis(cut * 13 % 200)).await;
        }
        let last = format!("{cut}.5");
        loop {
            let message = next_message(&mut inbox).await;
            inbox.acknowledge(message.tag).await.unwrap();
            if message.body == last.as_bytes() {
                break;
            }
        }
    }
    // The proxy ends with this story, and cuts what is still on its way.
    take_all(&mut inbox, node).await;
}

async fn quarantines_what_is_never_acknowledged(settings: &Settings, channel: &Channel, node: &RabbitMq) {
    // A dropped inbox leaves in the background: it would take the message and one of its deliveries.
    wait_for("nobody consumes", async || {
        !node.control(&["list_consumers"]).unwrap().contains(IN)
    })
    .await;
    send(channel, "in", b"poison", BasicProperties::default()).await;
    give_back_until_dead(channel, IN).await;
    let mut quarantine = queue::open_consumer(settings, None, Route::Quarantine).await.unwrap();
    let dead = next_of_strangers(&mut quarantine).await;
    assert_eq!(dead.group.body, "poison");
    assert_eq!(dead.dead_letter, Some(dead_letter(IN, "delivery_limit")));
    quarantine.acknowledge(dead.tag).await.unwrap();
}

/// Until the broker has none left; returns those that came again.
async fn take_all(inbox: &mut Inbox, node: &RabbitMq) -> HashSet<Bytes> {
    let mut again = HashSet::new();
    wait_for("the inbox is empty", async || {
        while let Ok(message) = tokio::time::timeout(Duration::from_millis(50), inbox.next()).await {
            let Message {
                tag, body, redelivered, ..
            } = message.unwrap();
            again.extend(redelivered.then_some(body));
            inbox.acknowledge(tag).await.unwrap();
        }
        let queues = node.control(&["list_queues", "--no-table-headers", "name", "messages"]);
        queues.unwrap().contains("clickpath.in\t0")
    })
    .await;
    again
}

async fn next_message(inbox: &mut Inbox) -> Message {
    let next = tokio::time::timeout(Duration::from_secs(30), inbox.next()).await;
    next.expect("a message within the limit").unwrap()
}
