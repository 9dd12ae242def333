use queue::{ConsumeError, Fsync, OpenError, PublishError, Route, Settings, Tag};

use crate::support::{drain, group, ids, next, open};

#[tokio::test]
async fn delivers_in_order_of_publishing() {
    let folder = tempfile::tempdir().unwrap();
    let (publisher, mut consumer) = open(&Settings::embedded(folder.path())).await;
    for number in 0..20 {
        publisher.publish(Route::Events, group(number, 100)).await.unwrap();
    }
    let deliveries = drain(&mut consumer, group(19, 0).id).await;
    assert_eq!(
        ids(&deliveries),
        (0..20).map(|number| group(number, 0).id).collect::<Vec<_>>()
    );
    assert!(deliveries.iter().all(|delivery| !delivery.redelivered));
    assert!(deliveries.is_sorted_by_key(|delivery| delivery.tag));
}

#[tokio::test]
async fn delivers_unacknowledged_after_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings::embedded(folder.path());
    {
        let (publisher, mut consumer) = open(&settings).await;
        for number in 0..10 {
            publisher.publish(Route::Events, group(number, 100)).await.unwrap();
        }
        let deliveries = drain(&mut consumer, group(5, 0).id).await;
        consumer.acknowledge(deliveries[3].tag).await.unwrap();
    }
    let (publisher, mut consumer) = open(&settings).await;
    publisher.publish(Route::Events, group(10, 100)).await.unwrap();
    let deliveries = drain(&mut consumer, group(10, 0).id).await;
    assert_eq!(
        ids(&deliveries),
        (4..=10).map(|number| group(number, 0).id).collect::<Vec<_>>()
    );
    let redelivered: Vec<bool> = deliveries.iter().map(|delivery| delivery.redelivered).collect();
    assert_eq!(redelivered, [true, true, true, true, true, true, false]);
}

#[tokio::test]
async fn starts_behind_what_was_acknowledged_and_removed() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings::embedded(folder.path());
    for round in 0..3 {
        let (publisher, mut consumer) = open(&settings).await;
        publisher.publish(Route::Events, group(round, 100)).await.unwrap();
        let delivery = next(&mut consumer).await;
        assert_eq!(delivery.group, group(round, 100));
        consumer.acknowledge(delivery.tag).await.unwrap();
    }
    open(&settings).await;
    assert_eq!(segments(folder.path()), 0);
}

/// What a crash between creating a segment and writing to it leaves.
#[tokio::test]
async fn empty_last_segment_hides_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings::embedded(folder.path());
    let publisher = queue::open_publisher(&settings).await.unwrap();
    for number in 0..3 {
        publisher.publish(Route::Events, group(number, 100)).await.unwrap();
    }
    drop(publisher);
    std::fs::write(folder.path().join("00000000000000000003-0badcafe.log"), []).unwrap();
    let (publisher, mut consumer) = open(&settings).await;
    publisher.publish(Route::Events, group(3, 100)).await.unwrap();
    assert_eq!(drain(&mut consumer, group(3, 0).id).await.len(), 4);
}

#[tokio::test]
async fn delivers_publishes_of_many_tasks() {
    let folder = tempfile::tempdir().unwrap();
    let (publisher, mut consumer) = open(&Settings::embedded(folder.path())).await;
    let publishes = (0..500).map(|number| {
        let publisher = publisher.clone();
        tokio::spawn(async move { publisher.publish(Route::Events, group(number, 500)).await })
    });
    for published in publishes.collect::<Vec<_>>() {
        published.await.unwrap().unwrap();
    }
    let mut delivered = Vec::new();
    for _ in 0..500 {
        delivered.push(next(&mut consumer).await.group.id);
    }
    delivered.sort_unstable();
    assert_eq!(
        delivered,
        (0..500).map(|number| group(number, 0).id).collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn interval_policy_delivers_and_survives_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings {
        queue_fsync: Fsync::Interval,
        queue_fsync_interval_ms: 5,
        ..Settings::embedded(folder.path())
    };
    {
        let (publisher, mut consumer) = open(&settings).await;
        publisher.publish(Route::Events, group(0, 100)).await.unwrap();
        assert_eq!(next(&mut consumer).await.group, group(0, 100));
    }
    let (_publisher, mut consumer) = open(&settings).await;
    assert_eq!(next(&mut consumer).await.group, group(0, 100));
}

#[tokio::test]
async fn refuses_when_full_and_takes_again_after_acknowledging() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings {
        queue_max_bytes: 64 * 1024,
        ..Settings::embedded(folder.path())
    };
    let (publisher, mut consumer) = open(&settings).await;
    let mut number = 0;
    let refused = loop {
        match publisher.publish(Route::Events, group(number, 1_000)).await {
            Ok(()) => number += 1,
            Err(refused) => break refused,
        }
    };
    assert!(
        matches!(refused, PublishError::Full { max_bytes: 65_536, .. }),
        "{refused}"
    );
    assert!(refused.is_temporary());
    assert_eq!(number, 62, "groups of 1,052 bytes in 65,536");
    let half = drain(&mut consumer, group(number / 2, 0).id).await;
    consumer.acknowledge(half[half.len() - 1].tag).await.unwrap();
    for number in number..number + 20 {
        publisher.publish(Route::Events, group(number, 1_000)).await.unwrap();
    }
    let rest = drain(&mut consumer, group(number + 19, 0).id).await;
    assert_eq!(half.len() + rest.len(), number as usize + 20);
}

#[tokio::test]
async fn refuses_group_that_never_fits() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings {
        queue_max_bytes: 64 * 1024,
        ..Settings::embedded(folder.path())
    };
    let (publisher, mut consumer) = open(&settings).await;
    let refused = publisher.publish(Route::Events, group(0, 40_000)).await.unwrap_err();
    assert!(
        matches!(
            refused,
            PublishError::TooLarge {
                bytes: 40_016,
                max_bytes: 32_768,
                ..
            }
        ),
        "{refused}"
    );
    assert!(!refused.is_temporary());
    for number in 0..10 {
        publisher.publish(Route::Events, group(number, 30_000)).await.unwrap();
        let delivery = next(&mut consumer).await;
        consumer.acknowledge(delivery.tag).await.unwrap();
    }
}

#[tokio::test]
async fn second_owner_is_told_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings::embedded(folder.path());
    let publisher = queue::open_publisher(&settings).await.unwrap();
    let refused = queue::open_publisher(&settings).await.unwrap_err();
    assert!(
        matches!(&refused, OpenError::Locked { folder: named } if named == folder.path()),
        "{refused}"
    );
    assert!(refused.to_string().contains("--amqp-url"), "{refused}");
    let _consumer = queue::open_consumer(&settings, Some(&publisher), Route::Events)
        .await
        .unwrap();
    let refused = queue::open_consumer(&settings, Some(&publisher), Route::Events)
        .await
        .unwrap_err();
    assert!(matches!(refused, OpenError::ConsumerTaken { .. }), "{refused}");
}

#[tokio::test]
async fn next_consumer_gets_what_the_dropped_one_left() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings::embedded(folder.path());
    let (publisher, mut consumer) = open(&settings).await;
    publisher.publish(Route::Events, group(0, 10)).await.unwrap();
    publisher.publish(Route::Events, group(1, 10)).await.unwrap();
    let first = next(&mut consumer).await;
    consumer.acknowledge(first.tag).await.unwrap();
    next(&mut consumer).await;
    drop(consumer);
    let mut consumer = queue::open_consumer(&settings, Some(&publisher), Route::Events)
        .await
        .unwrap();
    let again = next(&mut consumer).await;
    assert_eq!((again.group, again.redelivered), (group(1, 10), true));
}

#[tokio::test]
async fn next_is_cancel_safe() {
    let folder = tempfile::tempdir().unwrap();
    let (publisher, mut consumer) = open(&Settings::embedded(folder.path())).await;
    for number in 0..200 {
        publisher.publish(Route::Events, group(number, 50)).await.unwrap();
        // Dropped after one poll, wherever it has come to.
        tokio::select! {
            biased;
            delivery = consumer.next() => assert_eq!(delivery.unwrap().group.id, group(number, 0).id),
            () = std::future::ready(()) => assert_eq!(next(&mut consumer).await.group.id, group(number, 0).id),
        }
    }
}

#[tokio::test]
async fn refuses_tag_it_never_gave() {
    let folder = tempfile::tempdir().unwrap();
    let (publisher, mut consumer) = open(&Settings::embedded(folder.path())).await;
    publisher.publish(Route::Events, group(0, 10)).await.unwrap();
    let refused = consumer.acknowledge(Tag(0)).await.unwrap_err();
    assert!(matches!(refused, ConsumeError::UnknownTag(Tag(0))), "{refused}");
}

#[tokio::test]
async fn routes_have_logs_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings::embedded(folder.path());
    let (publisher, mut events) = open(&settings).await;
    let other = async |route| queue::open_consumer(&settings, Some(&publisher), route).await.unwrap();
    let mut quarantine = other(Route::Quarantine).await;
    let mut entities = other(Route::Entities).await;
    publisher.publish(Route::Entities, group(3, 10)).await.unwrap();
    publisher.publish(Route::Quarantine, group(1, 10)).await.unwrap();
    publisher.publish(Route::Events, group(2, 10)).await.unwrap();
    assert_eq!(next(&mut quarantine).await.group, group(1, 10));
    assert_eq!(next(&mut entities).await.group, group(3, 10));
    let event = next(&mut events).await;
    assert_eq!(event.group, group(2, 10));
    assert_eq!((event.epoch, event.dead_letter), (0, None));
}

#[tokio::test]
async fn backlog_counts_what_was_not_handed_out() {
    let folder = tempfile::tempdir().unwrap();
    let (publisher, mut consumer) = open(&Settings::embedded(folder.path())).await;
    assert_eq!(consumer.backlog().await.unwrap(), 0);
    for number in 0..5 {
        publisher.publish(Route::Events, group(number, 10)).await.unwrap();
    }
    assert_eq!(consumer.backlog().await.unwrap(), 5);
    drain(&mut consumer, group(1, 0).id).await;
    assert_eq!(consumer.backlog().await.unwrap(), 3);
    drain(&mut consumer, group(4, 0).id).await;
    assert_eq!(consumer.backlog().await.unwrap(), 0);
}

/// What a crash between creating a segment and writing to it leaves: a number that no group has.
#[tokio::test]
async fn backlog_is_zero_behind_a_number_without_group() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("00000000000000000003-0badcafe.log"), []).unwrap();
    let (_publisher, mut consumer) = open(&Settings::embedded(folder.path())).await;
    assert_eq!(consumer.backlog().await.unwrap(), 0);
}

fn segments(folder: &std::path::Path) -> usize {
    let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    names
        .filter(|path| path.extension().is_some_and(|extension| extension == "log"))
        .count()
}
