use crate::proxy::{Network, Proxy};
use crate::sample::clicks;
use crate::setup::{Setup, wait_for};

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
async fn stores_a_resent_event_once() {
    let setup = Setup::new().await;
    let load = setup.load(&setup.engine).await;
    load.publish([clicks(1, 0..10)]).await;
    load.wait_for_metric("rows_total 10").await;
    load.publish([clicks(1, 0..10), clicks(2, 5..12)]).await;
    load.wait_for_metric("rows_total 27").await;
    assert_eq!(setup.ids().await, (0..12).collect::<Vec<_>>());
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
    let proxy = Proxy::start(&setup.engine, Network::Down).await;
    let load = setup.load(&proxy.url()).await;
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
async fn repeats_an_insert_whose_answer_was_lost() {
    let setup = Setup::new().await;
    let proxy = Proxy::start(&setup.engine, Network::Deaf).await;
    let load = setup.load(&proxy.url()).await;
    load.publish([clicks(1, 0..10)]).await;
    setup.wait_for_rows(10).await;
    proxy.set(Network::Down);
    load.wait_for_retries(1).await;
    proxy.set(Network::Up);
    load.wait_for_metric("rows_total 10").await;
    setup.wait_for_rows(10).await;
    load.stop().await.unwrap();
}

#[tokio::test]
async fn dies_between_insert_and_acknowledge() {
    let setup = Setup::new().await;
    let proxy = Proxy::start(&setup.engine, Network::Deaf).await;
    let load = setup.load(&proxy.url()).await;
    load.publish([clicks(1, 0..10), clicks(2, 10..15)]).await;
    setup.wait_for_rows(15).await;
    load.kill().await;
    let load = setup.load(&setup.engine).await;
    load.publish([clicks(3, 15..20)]).await;
    load.wait_for_metric("rows_total 20").await;
    load.wait_for_metric("redelivered_groups_total 2").await;
    assert_eq!(setup.ids().await, (0..20).collect::<Vec<_>>());
    load.stop().await.unwrap();
}

#[tokio::test]
async fn stops_while_the_database_is_away() {
    let mut setup = Setup::new().await;
    setup.shutdown_ms = 50;
    let proxy = Proxy::start(&setup.engine, Network::Down).await;
    let load = setup.load(&proxy.url()).await;
    load.publish([clicks(1, 0..10)]).await;
    load.wait_for_retries(1).await;
    load.stop().await.unwrap();
    setup.shutdown_ms = 10_000;
    let load = setup.load(&setup.engine).await;
    wait_for("the groups to come again", async || setup.ids().await.len() == 10).await;
    load.stop().await.unwrap();
}

#[tokio::test]
async fn finishes_the_batch_in_hand() {
    let setup = Setup::new().await;
    let proxy = Proxy::start(&setup.engine, Network::Deaf).await;
    let load = setup.load(&proxy.url()).await;
    load.publish([clicks(1, 0..10)]).await;
    setup.wait_for_rows(10).await;
    // Asked to stop before the answer comes.
    let (stopped, ()) = tokio::join!(load.stop(), async { proxy.set(Network::Up) });
    stopped.unwrap();
    let load = setup.load(&setup.engine).await;
    load.publish([clicks(2, 10..11)]).await;
    load.wait_for_metric("rows_total 1").await;
    assert_eq!(setup.ids().await, (0..11).collect::<Vec<_>>());
    load.stop().await.unwrap();
}
