use event::{EnrichedEvent, Timestamp};

use crate::sample::{click, clicks, group};
use crate::setup::Setup;

const HOUR_MS: i64 = 3_600_000;

/// The same event as its client sends it again an hour later.
fn an_hour_later(id: u128) -> EnrichedEvent<'static> {
    let mut copy = click(id);
    copy.received_at.0 += HOUR_MS;
    copy
}

#[tokio::test]
async fn stores_a_resent_event_once() {
    let setup = Setup::with_marts().await;
    let load = setup.load(&setup.engine).await;
    load.publish([clicks(1, 0..10)]).await;
    load.wait_for_metric("rows_total 10").await;
    // In other groups, in other cuts, with other neighbours, twice in one batch.
    load.publish([clicks(2, 5..12), clicks(3, [11, 3, 12, 12]), clicks(4, 0..10)])
        .await;
    load.wait_for_metric("rows_total 13").await;
    load.wait_for_metric("groups_total 4").await;
    assert_eq!(setup.copies().await, 13);
    assert_eq!((setup.mart().await, setup.insertions().await), (13, 13));
    assert_eq!(setup.ledger_duplicates().await, 5 + 3 + 10);
    load.stop().await.unwrap();
}

#[tokio::test]
async fn counts_duplicates_by_kind() {
    let setup = Setup::new().await;
    let load = setup.load(&setup.engine).await;
    load.publish([clicks(1, [1, 2, 2])]).await;
    load.wait_for_metric("duplicates_total{kind=\"batch\"} 1").await;
    load.publish([clicks(2, [1, 2])]).await;
    load.wait_for_metric("duplicates_total{kind=\"window\"} 2").await;
    load.stop().await.unwrap();
    let load = setup.load(&setup.engine).await;
    load.publish([clicks(3, [1, 2])]).await;
    load.wait_for_metric("duplicates_total{kind=\"table\"} 2").await;
    load.stop().await.unwrap();
    setup.wait_for_rows(2).await;
}

#[tokio::test]
async fn skips_a_group_published_twice() {
    let setup = Setup::with_marts().await;
    let load = setup.load(&setup.engine).await;
    // As a publisher does whose confirm was lost.
    load.publish([clicks(1, 0..10), clicks(1, 0..10)]).await;
    load.wait_for_metric("repeated_groups_total 1").await;
    load.publish([clicks(1, 0..10)]).await;
    load.wait_for_metric("repeated_groups_total 2").await;
    load.wait_for_metric("rows_total 10").await;
    assert_eq!(setup.insertions().await, 10);
    // It was accepted once.
    assert_eq!(setup.ledger_duplicates().await, 0);
    load.stop().await.unwrap();
}

#[tokio::test]
async fn knows_after_a_restart_what_is_stored() {
    let setup = Setup::with_marts().await;
    let load = setup.load(&setup.engine).await;
    load.publish([clicks(1, 0..10)]).await;
    load.wait_for_metric("rows_total 10").await;
    load.stop().await.unwrap();
    setup.lose_loader_dir();
    let load = setup.load(&setup.engine).await;
    let mut other = [click(1), click(2), click(3)];
    // Copies are known by site and id, whatever the rest says: days off too.
    other[0].event.created_at.0 += 30_000;
    other[1].event.created_at.0 += 40 * 24 * HOUR_MS;
    other[2].event.session_id = "another".into();
    let mut elsewhere = click(4);
    elsewhere.event.site = "blog".into();
    load.publish([clicks(2, 0..12), group(3, &other), group(4, &[elsewhere])])
        .await;
    load.wait_for_metric("rows_total 3").await;
    load.wait_for_metric("groups_total 3").await;
    assert_eq!((setup.copies().await, setup.insertions().await), (13, 13));
    assert_eq!(
        setup.mart().await,
        12,
        "the same id of two sites is two events, and one id"
    );
    assert_eq!(setup.ledger_duplicates().await, 13);
    load.stop().await.unwrap();
}

#[tokio::test]
async fn asks_the_table_about_late_events() {
    let mut setup = Setup::with_marts().await;
    setup.settings.loader_remembered_ids = 10;
    let load = setup.load(&setup.engine).await;
    for batch in 0..10u128 {
        load.publish([clicks(batch + 1, batch * 10..batch * 10 + 10)]).await;
        load.wait_for_metric(&format!("rows_total {}", batch * 10 + 10)).await;
    }
    let mut fresh = click(200);
    fresh.event.created_at = Timestamp(fresh.event.created_at.0 - HOUR_MS);
    load.publish([group(20, &[an_hour_later(3), an_hour_later(4), fresh])])
        .await;
    load.wait_for_metric("rows_total 101").await;
    load.wait_for_metric("duplicates_total{kind=\"table\"} 2").await;
    assert_eq!((setup.copies().await, setup.insertions().await), (101, 101));
    load.stop().await.unwrap();
}

/// At more events than are remembered in the time that a client needs to send again.
#[tokio::test]
async fn asks_the_table_about_what_happened_before_the_window() {
    let mut setup = Setup::with_marts().await;
    setup.settings.loader_remembered_ids = 10;
    let load = setup.load(&setup.engine).await;
    for batch in 0..10u128 {
        load.publish([clicks(batch + 1, batch * 10..batch * 10 + 10)]).await;
        load.wait_for_metric(&format!("rows_total {}", batch * 10 + 10)).await;
    }
    let asked = load.metric("questions_total");
    let a_second_later = |id| {
        let mut copy = click(id);
        copy.received_at.0 += 1_000;
        copy
    };
    load.publish([group(20, &[a_second_later(3), a_second_later(99), a_second_later(100)])])
        .await;
    load.wait_for_metric("rows_total 101").await;
    load.wait_for_metric("duplicates_total{kind=\"table\"} 1").await;
    load.wait_for_metric("duplicates_total{kind=\"window\"} 1").await;
    assert_eq!(
        load.metric("questions_total"),
        asked + 1,
        "about the one that may be older"
    );
    assert_eq!((setup.copies().await, setup.insertions().await), (101, 101));
    assert_eq!(setup.ledger_duplicates().await, 2);
    load.stop().await.unwrap();
}
