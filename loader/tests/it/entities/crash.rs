//! A loader dies, loses an answer, or is asked to stop, with entities in hand.

use event::entity::Entity;
use queue::testing::{Network, RabbitMq};

use super::{all_stores, contents, counted, group, publish, rows, store, stores, without_merges};
use crate::setup::{Load, Setup, url, wait_for};

/// A loader whose insert of these stores reaches the table while its answer, and so the acknowledgement, does not come back.
async fn deaf_after_insert(setup: &Setup, stores: &[Entity<'static>]) -> Load {
    let proxy = setup.proxy(Network::Up).await;
    let load = setup.load(&url(&proxy)).await;
    let before = rows(setup).await;
    let batch = [stores, &[large()]].concat();
    let written = batch.len() as u64;
    let (_, ()) = tokio::join!(proxy.hold_a_request(100 * 1024), publish(&load, [group(2, &batch)]));
    proxy.set(Network::Deaf);
    wait_for("the insert", async || rows(setup).await == before + written).await;
    load.keep(proxy)
}

/// Its insert is held by a network through which the question before it passes: the payload does not compress.
fn large() -> Entity<'static> {
    let mut state = 7u64;
    let word = |_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        format!("{:08x}", state >> 32)
    };
    Entity {
        payload: (0..40_000).map(word).collect::<String>().into(),
        ..store(1_000, 1, "large")
    }
}

#[tokio::test]
async fn repeats_without_a_trace_after_a_crash_before_the_acknowledgement() {
    let setup = without_merges().await;
    let load = deaf_after_insert(&setup, &[store(1, 2, "two"), store(2, 1, "one")]).await;
    load.kill().await;
    let after = stores(&setup).await;

    let load = setup.load(&setup.engine).await;
    load.wait_for_metric(&counted("unchanged", 3)).await;
    assert_eq!((rows(&setup).await, stores(&setup).await), (3, after));
    // What comes next is not taken for a copy.
    publish(&load, [group(3, &[store(1, 3, "three")])]).await;
    load.wait_for_metric(&counted("changed", 1)).await;
    assert_eq!(contents(&setup).await[0], "three");
    load.stop().await.unwrap();
}

#[tokio::test]
async fn repeats_an_insert_whose_answer_was_lost() {
    let setup = without_merges().await;
    let proxy = setup.proxy(Network::Up).await;
    let load = setup.load(&url(&proxy)).await;
    let batch = group(1, &[large()]);
    let (_, ()) = tokio::join!(proxy.hold_a_request(100 * 1024), publish(&load, [batch]));
    proxy.set(Network::Deaf);
    wait_for("the insert", async || rows(&setup).await == 1).await;
    proxy.set(Network::Down);
    load.wait_for_retries(1).await;
    proxy.set(Network::Up);
    load.wait_for_metric(&counted("new", 1)).await;
    assert_eq!(rows(&setup).await, 1, "the table took them once: the token is the same");
    load.stop().await.unwrap();
}

#[tokio::test]
async fn writes_after_a_crash_what_was_not_inserted() {
    let setup = without_merges().await;
    let proxy = setup.proxy(Network::Down).await;
    let load = setup.load(&url(&proxy)).await;
    publish(&load, [all_stores(0), all_stores(1)]).await;
    wait_for("the question to fail", async || {
        load.labelled("blocked_seconds{work=\"entities\"}").is_some()
    })
    .await;
    load.kill().await;
    let load = setup.load(&setup.engine).await;
    load.wait_for_metric(&counted("new", 45)).await;
    load.wait_for_metric(&counted("unchanged", 45)).await;
    assert_eq!(rows(&setup).await, 45);
    load.stop().await.unwrap();
}

#[tokio::test]
async fn another_loader_takes_over() {
    let rabbitmq = RabbitMq::start().await.unwrap();
    let mut setup = without_merges().await;
    setup.queue = queue::Settings::rabbitmq(rabbitmq.url());
    let first = deaf_after_insert(&setup, &[store(1, 2, "two")]).await;
    let second = setup.load_with(&setup.engine, setup.elsewhere("second")).await;
    first.kill().await;
    second.wait_for_metric(&counted("unchanged", 2)).await;
    publish(&second, [group(3, &[store(1, 1, "one"), store(1, 3, "three")])]).await;
    second.wait_for_metric(&counted("changed", 1)).await;
    second.wait_for_metric(&counted("outdated", 1)).await;
    assert_eq!(contents(&setup).await, ["three", ""]);
    assert_eq!(rows(&setup).await, 3);
    second.stop().await.unwrap();
}

#[tokio::test]
async fn finishes_the_batch_in_hand() {
    let setup = without_merges().await;
    let proxy = setup.proxy(Network::Up).await;
    let load = setup.load(&url(&proxy)).await;
    let batch = group(1, &[store(1, 1, "one"), large()]);
    let (_, ()) = tokio::join!(proxy.hold_a_request(100 * 1024), publish(&load, [batch]));
    // Asked to stop while the insert is on its way.
    let (stopped, ()) = tokio::join!(load.stop(), async { proxy.set(Network::Up) });
    stopped.unwrap();
    assert_eq!(rows(&setup).await, 2);
    let load = setup.load(&setup.engine).await;
    publish(&load, [group(9, &[store(2, 1, "open")])]).await;
    load.wait_for_metric(&counted("new", 1)).await;
    assert_eq!(
        load.labelled("entities_total{stream=\"stores\",outcome=\"unchanged\"}"),
        None,
        "all was acknowledged"
    );
    load.stop().await.unwrap();
}

#[tokio::test]
async fn stops_while_the_database_is_away() {
    let mut setup = without_merges().await;
    setup.settings.loader_shutdown_ms = 50;
    let proxy = setup.proxy(Network::Down).await;
    let load = setup.load(&url(&proxy)).await;
    publish(&load, [all_stores(0)]).await;
    load.wait_for_retries(1).await;
    load.stop().await.unwrap();
    setup.settings.loader_shutdown_ms = 10_000;
    let load = setup.load(&setup.engine).await;
    load.wait_for_metric(&counted("new", 45)).await;
    load.stop().await.unwrap();
}
