//! Connections that carry nothing any more and that nobody closes: each side has to find out by itself.

use std::time::Duration;

use lapin::BasicProperties;
use queue::testing::{Proxy, RabbitMq};
use queue::{PublishError, Route, Settings};

use super::{IN, admin, send, start_node, story};
use crate::support::{group, next, wait_for};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn half_open_connections_are_found() {
    let node = start_node().await;
    let proxy = Proxy::start([node.address()]).await.unwrap();
    // Found after two heartbeats.
    let behind = Settings {
        queue_publish_timeout_ms: 300,
        ..Settings::rabbitmq(format!("amqp://guest:guest@{}/%2f?heartbeat=1", proxy.address()))
    };
    story("publisher", publisher_connects_again(&behind, &proxy)).await;
    story("consumer", consumer_gets_what_comes_later(&behind, &proxy, &node)).await;
    story("inbox", inbox_gets_what_comes_later(&behind, &proxy, &node)).await;
}

async fn publisher_connects_again(behind: &Settings, proxy: &Proxy) {
    let publisher = queue::open_publisher(behind).await.unwrap();
    publisher.publish(Route::Quarantine, group(1, 10)).await.unwrap();
    proxy.forget_connections();
    let silence = publisher.publish(Route::Quarantine, group(2, 10)).await.unwrap_err();
    assert!(matches!(silence, PublishError::Timeout { .. }), "{silence}");
    wait_for("the publisher is back", async || {
        publisher.publish(Route::Quarantine, group(2, 10)).await.is_ok()
    })
    .await;
}

async fn consumer_gets_what_comes_later(behind: &Settings, proxy: &Proxy, node: &RabbitMq) {
    let publisher = queue::open_publisher(&Settings::rabbitmq(node.url())).await.unwrap();
    let mut consumer = queue::open_consumer(behind, None, Route::Events).await.unwrap();
    publisher.publish(Route::Events, group(1, 10)).await.unwrap();
    let before = next(&mut consumer).await;
    consumer.acknowledge(before.tag).await.unwrap();
    publisher.publish(Route::Events, group(2, 10)).await.unwrap();
    let in_hand = next(&mut consumer).await;
    proxy.forget_connections();
    // Goes to the connection that is no more.
    publisher.publish(Route::Events, group(3, 10)).await.unwrap();
    for number in [2, 3] {
        let delivery = next(&mut consumer).await;
        assert_eq!(delivery.group.id, group(number, 0).id);
        assert!(delivery.redelivered && delivery.epoch > in_hand.epoch);
        consumer.acknowledge(delivery.tag).await.unwrap();
    }
}

async fn inbox_gets_what_comes_later(behind: &Settings, proxy: &Proxy, node: &RabbitMq) {
    let (_admin, channel) = admin(node).await;
    let mut inbox = queue::open_inbox(behind).await.unwrap();
    wait_for("the inbox is there", async || {
        node.control(&["list_consumers"]).unwrap().contains(IN)
    })
    .await;
    proxy.forget_connections();
    send(&channel, "in", b"later", BasicProperties::default()).await;
    let message = tokio::time::timeout(Duration::from_secs(30), inbox.next()).await;
    let message = message.expect("a message within the limit").unwrap();
    assert_eq!(message.body, "later");
    inbox.acknowledge(message.tag).await.unwrap();
}
