//! Events that go by AMQP, as the gateway's inbox takes them from the queue.
#![expect(clippy::unwrap_used, reason = "a helper fails the test that calls it")]

use std::collections::HashSet;
use std::time::Duration;

use generator::{GenerateError, Scenario, Settings, Target, run};
use queue::testing::RabbitMq;
use queue::{Inbox, Message};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::NOW;

fn settings(amqp_url: String) -> Settings {
    Settings {
        to: Target::Amqp,
        amqp_url: Some(amqp_url),
        count: 5_000,
        scenario: Scenario::ClockSkew,
        ..crate::settings()
    }
}

async fn next(inbox: &mut Inbox) -> Message {
    let message = tokio::time::timeout(Duration::from_secs(30), inbox.next()).await;
    message.expect("a message within the limit").unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_event_is_in_the_queue() {
    let mut node = RabbitMq::start().await.unwrap();
    let summary = run(settings(node.url()), NOW, CancellationToken::new()).await.unwrap();
    assert_eq!((summary.sent, summary.accepted, summary.rejected), (5_000, 5_000, 0));
    assert!(summary.latency(50) <= summary.latency(99) && !summary.latency(50).is_zero());
    // Confirmed is kept, whatever happens to the node.
    node.kill().unwrap();
    node.restart().await.unwrap();
    let mut inbox = queue::open_inbox(&queue::Settings::rabbitmq(node.url())).await.unwrap();
    let (mut ids, mut skews) = (HashSet::new(), HashSet::new());
    while ids.len() < 5_000 {
        let message = next(&mut inbox).await;
        assert_eq!(message.content_type.as_deref(), Some("application/json"));
        assert_eq!(message.site.as_deref(), Some("shop"));
        let sent_at = message.sent_at.unwrap().parse::<i64>().unwrap();
        skews.insert(((sent_at - NOW.0) as f64 / 360_000.0).round() as i64);
        for event in serde_json::from_slice::<Vec<Value>>(&message.body).unwrap() {
            assert!(ids.insert(event["id"].as_str().unwrap().to_owned()), "{event}");
        }
        inbox.acknowledge(message.tag).await.unwrap();
    }
    assert_eq!(skews, HashSet::from([0, -60, -8, 30]));
}

#[tokio::test]
async fn absent_broker_is_named_without_password() {
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let mut settings = settings(format!("amqp://shop:secret@127.0.0.1:{port}/%2f"));
    settings.gateway.patience = Duration::ZERO;
    let error = run(settings, NOW, CancellationToken::new()).await.unwrap_err();
    let message = error.to_string();
    assert!(
        message.contains(&port.to_string()) && !message.contains("secret"),
        "{message}"
    );
}

#[tokio::test]
async fn missing_address_is_named() {
    let settings = Settings {
        amqp_url: None,
        ..settings(String::new())
    };
    let error = run(settings, NOW, CancellationToken::new()).await.unwrap_err();
    assert!(matches!(error, GenerateError::Settings(_)), "{error}");
    assert_eq!(error.to_string(), "--to amqp needs an --amqp-url");
}
