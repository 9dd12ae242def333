//! Two loaders at one RabbitMQ: the second takes over what the first leaves.

use queue::testing::{Network, RabbitMq};
use warehouse::LedgerMarkRow;

use crate::sample::clicks;
use crate::setup::{Setup, url, wait_for};

#[tokio::test]
async fn takes_over_from_a_dead_loader() {
    let rabbitmq = RabbitMq::start().await.unwrap();
    let mut setup = Setup::with_marts().await;
    setup.queue = queue::Settings::rabbitmq(rabbitmq.url());
    let proxy = setup.proxy(Network::Up).await;
    let first = setup.load(&url(&proxy)).await;
    first.publish([clicks(1, [1, 2])]).await;
    first.wait_for_metric("rows_total 2").await;
    let second = setup.load_with(&setup.engine, setup.elsewhere("second")).await;

    // Its insert reaches the table, and it dies before it knows.
    proxy.set(Network::Deaf);
    first.publish([clicks(2, [2, 3, 4]), clicks(3, [4, 5])]).await;
    setup.wait_for_rows(5).await;
    first.kill().await;
    second.publish([clicks(4, [1, 5, 6])]).await;
    second.wait_for_metric("groups_total 3").await;

    assert_eq!(setup.ids().await, [1, 2, 3, 4, 5, 6]);
    assert_eq!((setup.mart().await, setup.ledger_duplicates().await), (6, 4));
    second.stop().await.unwrap();
}

#[tokio::test]
async fn comes_back_after_another_loader_had_its_turn() {
    let rabbitmq = RabbitMq::start().await.unwrap();
    let mut setup = Setup::with_marts().await;
    setup.queue = queue::Settings::rabbitmq(rabbitmq.url());
    let first = setup.load(&setup.engine).await;
    first.publish([clicks(1, [1, 2])]).await;
    first.wait_for_metric("rows_total 2").await;
    let second = setup.load_with(&setup.engine, setup.elsewhere("second")).await;
    // The first loses its turn with its connections, and gets it back when the second stops.
    rabbitmq.control(&["close_all_connections", "test"]).unwrap();
    wait_for("one of them to be at work", async || {
        first.publish_if_possible(clicks(2, [2, 3])).await
    })
    .await;
    wait_for("event 3", async || setup.mart().await == 3).await;
    second.stop().await.unwrap();
    wait_for("the other", async || first.publish_if_possible(clicks(3, [3, 4])).await).await;
    wait_for("event 4", async || setup.mart().await == 4).await;
    assert_eq!(setup.copies().await, 4);
    wait_for("two duplicates", async || setup.ledger_duplicates().await == 2).await;
    first.stop().await.unwrap();
}

#[tokio::test]
async fn keeps_what_died_and_what_is_foreign() {
    let rabbitmq = RabbitMq::start().await.unwrap();
    let mut setup = Setup::new().await;
    setup.queue = queue::Settings::rabbitmq(rabbitmq.url());
    let load = setup.load(&setup.engine).await;
    let publish = r#"
        Publish = fun(Queue, Body) -> rabbit_basic:publish(rabbit_misc:r(<<"/">>, exchange, <<>>), Queue, [], Body) end,
        Publish(<<"clickpath.events">>, <<"no group">>),
        Publish(<<"clickpath.quarantine">>, <<"no record">>).
    "#;
    rabbitmq.control(&["eval", publish]).unwrap();
    load.wait_for_metric("records_total 2").await;
    let sql = "SELECT count() AS n FROM quarantine WHERE reason = 'unreadable' AND form = 'message' AND NOT accepted \
               AND bytes IN ('no group', 'no record')";
    assert_eq!(setup.number(sql).await, 2);
    load.publish([clicks(1, [1])]).await;
    load.wait_for_metric("rows_total 1").await;
    load.stop().await.unwrap();
}

/// The moment of the ledger's mark.
async fn settled_ms(setup: &Setup) -> Option<i64> {
    let sql = "SELECT toUnixTimestamp64Milli(until) AS ms FROM ledger_marks FINAL WHERE mark = 'settled'";
    setup.rows(sql).await.first().and_then(|row| row["ms"].as_i64())
}

#[tokio::test]
async fn settles_what_is_stored() {
    let mut setup = Setup::new().await;
    // Marks come fifteen times as often.
    setup.settings.loader_slack_ms = 1_500;
    let load = setup.load(&setup.engine).await;
    load.publish([clicks(1, [1])]).await;
    wait_for("a mark", async || settled_ms(&setup).await.is_some()).await;
    // Idle: by the slack before now, and moving.
    let first = settled_ms(&setup).await.unwrap();
    wait_for("a later mark", async || settled_ms(&setup).await > Some(first)).await;
    assert!(settled_ms(&setup).await < Some(LedgerMarkRow::NEVER.0));
    assert_eq!(
        setup
            .number("SELECT count() AS n FROM ledger_marks FINAL WHERE mark = 'settled'")
            .await,
        1
    );
    load.stop().await.unwrap();
}
