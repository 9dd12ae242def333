use std::collections::HashSet;

use lapin::Connection;
use lapin::options::{QueueDeleteOptions, QueuePurgeOptions};
use lapin::types::FieldTable;
use queue::testing::RabbitMq;
use queue::{OpenError, PublishError, Route, Settings};
use uuid::Uuid;

use super::{EVENTS, QUARANTINE, admin, start_node, story};
use crate::support::{drain, group, ids, open, wait_for};

#[tokio::test]
async fn names_missing_broker_without_password() {
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let settings = Settings::rabbitmq(format!("amqp://clickpath:secret@127.0.0.1:{port}/%2f"));
    let missing = queue::open_outbox(&settings).await.unwrap_err();
    assert!(matches!(missing, OpenError::Unreachable { .. }), "{missing}");
    let text = missing.to_string();
    assert!(
        text.contains(&format!("amqp://clickpath:***@127.0.0.1:{port}")) && !text.contains("secret"),
        "{text}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn publisher_tells_what_became_of_groups() {
    let node = start_node().await;
    let settings = Settings::rabbitmq(node.url());
    let (admin, _channel) = admin(&node).await;
    story("alarm", blocks_and_unblocks_with_alarm(&settings, &node)).await;
    story(
        "refused from the first",
        refused_connection_is_renewed(&settings, &node),
    )
    .await;
    story("returned group", returned_group_is_a_topology_error(&settings, &admin)).await;
    story(
        "returns among confirms",
        returns_are_told_to_those_they_concern(&settings, &admin),
    )
    .await;
    story(
        "other arguments",
        other_arguments_are_a_topology_error(&settings, &admin),
    )
    .await;
}

async fn blocks_and_unblocks_with_alarm(settings: &Settings, node: &RabbitMq) {
    let settings = Settings {
        queue_publish_timeout_ms: 500,
        ..settings.clone()
    };
    let (publisher, mut consumer) = open(&settings).await;
    node.control(&["set_vm_memory_high_watermark", "0.00001"]).unwrap();
    // The broker tells a connection at its first publish under the alarm.
    let mut confirmed = Vec::new();
    let refused = loop {
        let number = 700 + confirmed.len() as u64;
        match publisher.publish(Route::Events, group(number, 10)).await {
            Ok(()) => confirmed.push(number),
            Err(refused) if !publisher.is_ready() => break refused,
            Err(PublishError::Timeout { .. }) => {}
            Err(other) => panic!("{other}"),
        }
        assert!(confirmed.len() < 1_000, "the alarm never reached the publisher");
    };
    assert!(refused.is_temporary(), "{refused}");
    let refused = publisher.publish(Route::Events, group(799, 10)).await.unwrap_err();
    assert!(
        matches!(&refused, PublishError::Unavailable { reason, .. } if reason.contains("blocked")),
        "{refused}"
    );
    node.control(&["set_vm_memory_high_watermark", "0.8"]).unwrap();
    wait_for("the publisher is ready again", async || publisher.is_ready()).await;
    publisher.publish(Route::Events, group(799, 10)).await.unwrap();
    // What timed out may have been stored.
    let deliveries = drain(&mut consumer, group(799, 0).id).await;
    let delivered: HashSet<Uuid> = ids(&deliveries).into_iter().collect();
    assert!(confirmed.iter().all(|&number| delivered.contains(&group(number, 0).id)));
    consumer
        .acknowledge(deliveries[deliveries.len() - 1].tag)
        .await
        .unwrap();
}

async fn returned_group_is_a_topology_error(settings: &Settings, admin: &Connection) {
    let publisher = queue::open_publisher(settings).await.unwrap();
    let channel = admin.create_channel().await.unwrap();
    channel
        .queue_delete(EVENTS.into(), QueueDeleteOptions::default())
        .await
        .unwrap();
    let returned = publisher.publish(Route::Events, group(800, 10)).await.unwrap_err();
    assert!(
        matches!(returned, PublishError::Returned { code: 312, .. }),
        "{returned}"
    );
    assert!(!returned.is_temporary());
}

/// The broker acknowledges several publishes at once, returned ones among stored ones.
async fn returns_are_told_to_those_they_concern(settings: &Settings, admin: &Connection) {
    let publisher = queue::open_publisher(settings).await.unwrap();
    let channel = admin.create_channel().await.unwrap();
    channel
        .queue_delete(EVENTS.into(), QueueDeleteOptions::default())
        .await
        .unwrap();
    let publishes: Vec<_> = (0..200)
        .map(|number| {
            let publisher = publisher.clone();
            // Blocks: an acknowledgement of several returned ones at once ends where a stored one is still to be confirmed.
            let route = [Route::Events, Route::Quarantine][number as usize / 25 % 2];
            tokio::spawn(async move { (route, publisher.publish(route, group(900 + number, 10)).await) })
        })
        .collect();
    for publish in publishes {
        match publish.await.unwrap() {
            (Route::Events, Err(PublishError::Returned { .. })) | (Route::Quarantine, Ok(())) => {}
            (route, told) => panic!("{route:?} was told {told:?}"),
        }
    }
    channel
        .queue_purge(QUARANTINE.into(), QueuePurgeOptions::default())
        .await
        .unwrap();
}

/// As after the death of the leader that the connection's first publish met.
async fn refused_connection_is_renewed(settings: &Settings, node: &RabbitMq) {
    let filling = queue::open_publisher(settings).await.unwrap();
    filling.publish(Route::Events, group(1_200, 10)).await.unwrap();
    let full = r#"{"max-length": 0, "overflow": "reject-publish"}"#;
    node.control(&["set_policy", "full", "^clickpath\\.events$", full])
        .unwrap();
    wait_for("the queue is full", async || {
        let told = filling.publish(Route::Events, group(1_200, 10)).await;
        matches!(told, Err(PublishError::Nacked { .. }))
    })
    .await;
    let publisher = queue::open_publisher(settings).await.unwrap();
    let connections = || node.control(&["list_connections", "--silent", "pid"]).unwrap();
    let before = connections();
    let refused = publisher.publish(Route::Events, group(1_201, 10)).await.unwrap_err();
    assert!(matches!(refused, PublishError::Nacked { .. }), "{refused}");
    wait_for("another connection", async || {
        let now = connections();
        now.lines().count() == before.lines().count() && now != before
    })
    .await;
    node.control(&["clear_policy", "full"]).unwrap();
    node.control(&["purge_queue", EVENTS]).unwrap();
    wait_for("room", async || {
        publisher.publish(Route::Events, group(1_201, 10)).await.is_ok()
    })
    .await;
    node.control(&["purge_queue", EVENTS]).unwrap();
}

async fn other_arguments_are_a_topology_error(settings: &Settings, admin: &Connection) {
    let channel = admin.create_channel().await.unwrap();
    let declared = channel.queue_declare(
        EVENTS.into(),
        lapin::options::QueueDeclareOptions::default(),
        FieldTable::default(),
    );
    declared.await.unwrap();
    let refused = queue::open_publisher(settings).await.unwrap_err();
    assert!(matches!(refused, OpenError::Topology { name: EVENTS, .. }), "{refused}");
}
