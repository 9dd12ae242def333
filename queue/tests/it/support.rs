use std::collections::HashSet;
use std::time::Duration;

use bytes::Bytes;
use queue::{Consumer, Delivery, Group, Publisher, Route, Settings};
use uuid::Uuid;

const LIMIT: Duration = Duration::from_secs(60);

/// A group whose body tells whether it is whole: its id, then `bytes` of filling that depend on it.
pub(crate) fn group(number: u64, bytes: usize) -> Group {
    let id = Uuid::from_u64_pair(0x0197_0000_0000_7000, number);
    Group {
        id,
        body: body(id, bytes),
    }
}

pub(crate) fn assert_whole(group: &Group) {
    let expected = body(group.id, group.body.len() - 16);
    assert!(
        group.body == expected,
        "group {} has other bytes than were published",
        group.id
    );
}

fn body(id: Uuid, bytes: usize) -> Bytes {
    let filling = id
        .as_bytes()
        .iter()
        .cycle()
        .zip(0u8..=250)
        .map(|(byte, index)| byte ^ index);
    let filling: Vec<u8> = filling.collect();
    id.as_bytes()
        .iter()
        .copied()
        .chain(filling.into_iter().cycle().take(bytes))
        .collect()
}

pub(crate) async fn open(settings: &Settings) -> (Publisher, Consumer) {
    let publisher = queue::open_publisher(settings).await.unwrap();
    let consumer = queue::open_consumer(settings, Some(&publisher), Route::Events)
        .await
        .unwrap();
    (publisher, consumer)
}

pub(crate) async fn next(consumer: &mut Consumer) -> Delivery {
    let next = tokio::time::timeout(LIMIT, consumer.next()).await;
    let delivery = next.expect("no delivery within the limit").unwrap();
    assert_whole(&delivery.group);
    delivery
}

/// Everything up to and with the group `last`.
pub(crate) async fn drain(consumer: &mut Consumer, last: Uuid) -> Vec<Delivery> {
    let mut deliveries = Vec::new();
    loop {
        deliveries.push(next(consumer).await);
        if deliveries[deliveries.len() - 1].group.id == last {
            return deliveries;
        }
    }
}

/// Reads until every expected group was there, duplicates and others allowed.
pub(crate) async fn expect_all(consumer: &mut Consumer, expected: impl IntoIterator<Item = Uuid>) -> usize {
    let mut missing: HashSet<Uuid> = expected.into_iter().collect();
    let mut deliveries = 0;
    while !missing.is_empty() {
        let delivery = tokio::time::timeout(LIMIT, next(consumer)).await;
        let delivery = delivery.unwrap_or_else(|_| panic!("confirmed and never delivered: {missing:?}"));
        missing.remove(&delivery.group.id);
        consumer.acknowledge(delivery.tag).await.unwrap();
        deliveries += 1;
    }
    deliveries
}

pub(crate) fn ids(deliveries: &[Delivery]) -> Vec<Uuid> {
    deliveries.iter().map(|delivery| delivery.group.id).collect()
}

/// Waits for a fact.
pub(crate) async fn wait_for(what: &str, mut fact: impl AsyncFnMut() -> bool) {
    let waited = tokio::time::timeout(LIMIT, async {
        while !fact().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    waited.await.unwrap_or_else(|_| panic!("never: {what}"));
}
