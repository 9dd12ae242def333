use queue::testing::Network;

use crate::sample::clicks;
use crate::setup::{Setup, url, wait_for};

#[tokio::test]
async fn stores_what_was_sent() {
    let setup = Setup::new().await;
    let load = setup.load(&setup.engine).await;
    load.publish([clicks(1, 0..10), clicks(2, 10..11), clicks(3, 11..40)])
        .await;
    load.wait_for_metric("rows_total 40").await;
    load.wait_for_metric("groups_total 3").await;
    assert_eq!(setup.ids().await, (0..40).collect::<Vec<_>>());
    load.stop().await.unwrap();
}

#[tokio::test]
async fn forgets_what_it_acknowledged() {
    let setup = Setup::new().await;
    let load = setup.load(&setup.engine).await;
    load.publish([clicks(1, 0..10)]).await;
    load.wait_for_metric("rows_total 10").await;
    load.stop().await.unwrap();
    let load = setup.load(&setup.engine).await;
    load.publish([clicks(2, 10..11)]).await;
    load.wait_for_metric("rows_total 1").await;
    load.stop().await.unwrap();
    setup.wait_for_rows(11).await;
}

#[tokio::test]
async fn waits_for_a_database_that_is_away() {
    let setup = Setup::new().await;
    let proxy = setup.proxy(Network::Down).await;
    let load = setup.load(&url(&proxy)).await;
    load.publish([clicks(1, 0..10)]).await;
    load.wait_for_retries(2).await;
    load.publish([clicks(2, 10..20)]).await;
    assert_eq!(setup.ids().await, []);
    proxy.set(Network::Up);
    load.wait_for_metric("rows_total 20").await;
    assert_eq!(setup.ids().await, (0..20).collect::<Vec<_>>());
    load.stop().await.unwrap();
}

#[tokio::test]
async fn waits_for_a_database_that_refuses() {
    let setup = Setup::new().await;
    let rename = async |from: &str, to: &str| {
        let sql = format!("RENAME TABLE {from} TO {to}");
        setup.warehouse.execute(&sql, &[]).await.unwrap();
    };
    let load = setup.load(&setup.engine).await;
    load.publish([clicks(1, 0..10)]).await;
    load.wait_for_metric("rows_total 10").await;
    rename("events", "elsewhere").await;
    load.publish([clicks(2, 10..20)]).await;
    load.wait_for_retries(2).await;
    assert_eq!(load.metric("groups_total"), 1);
    rename("elsewhere", "events").await;
    load.wait_for_metric("rows_total 20").await;
    setup.wait_for_rows(20).await;
    load.stop().await.unwrap();
}

#[tokio::test]
async fn repeats_an_insert_whose_answer_was_lost() {
    let setup = Setup::new().await;
    let proxy = setup.proxy(Network::Up).await;
    let load = setup.load(&url(&proxy)).await;
    load.publish([clicks(1, 0..1)]).await;
    load.wait_for_metric("rows_total 1").await;
    proxy.set(Network::Deaf);
    load.publish([clicks(2, 1..10)]).await;
    setup.wait_for_rows(10).await;
    proxy.set(Network::Down);
    load.wait_for_retries(1).await;
    proxy.set(Network::Up);
    load.wait_for_metric("rows_total 10").await;
    setup.wait_for_rows(10).await;
    load.stop().await.unwrap();
}

#[tokio::test]
async fn stops_while_the_database_is_away() {
    let mut setup = Setup::new().await;
    setup.settings.loader_shutdown_ms = 50;
    let proxy = setup.proxy(Network::Down).await;
    let load = setup.load(&url(&proxy)).await;
    load.publish([clicks(1, 0..10)]).await;
    load.wait_for_retries(1).await;
    load.stop().await.unwrap();
    setup.settings.loader_shutdown_ms = 10_000;
    let load = setup.load(&setup.engine).await;
    wait_for("the groups to come again", async || setup.ids().await.len() == 10).await;
    load.stop().await.unwrap();
}

#[tokio::test]
async fn finishes_the_batch_in_hand() {
    let setup = Setup::new().await;
    let proxy = setup.proxy(Network::Up).await;
    let load = setup.load(&url(&proxy)).await;
    load.publish([clicks(1, 0..1)]).await;
    load.wait_for_metric("rows_total 1").await;
    proxy.set(Network::Deaf);
    load.publish([clicks(2, 1..10)]).await;
    setup.wait_for_rows(10).await;
    // Asked to stop before the answer comes.
    let (stopped, ()) = tokio::join!(load.stop(), async { proxy.set(Network::Up) });
    stopped.unwrap();
    let load = setup.load(&setup.engine).await;
    load.publish([clicks(3, 10..11)]).await;
    load.wait_for_metric("rows_total 1").await;
    setup.wait_for_rows(11).await;
    load.stop().await.unwrap();
}
