//! A loader dies where it hurts; another goes on.

use std::os::unix::fs::symlink;

use queue::Group;
use queue::testing::Network;

use crate::sample::clicks;
use crate::setup::{Load, Setup, url};

/// A loader that has stored one event, and whose inserts from now on reach the table while their answers do not come back.
async fn deaf_loader(setup: &Setup) -> Load {
    let proxy = setup.proxy(Network::Up).await;
    let load = setup.load(&url(&proxy)).await;
    load.publish([clicks(1, [1])]).await;
    load.wait_for_metric("rows_total 1").await;
    proxy.set(Network::Deaf);
    load.keep(proxy)
}

/// The batch that dies: one event is a copy from the batch before, one a copy in itself.
fn groups() -> [Group; 3] {
    [clicks(2, [1, 2, 3]), clicks(3, [3, 4, 5]), clicks(4, [6])]
}

#[tokio::test]
async fn repeats_the_batch_exactly() {
    let setup = Setup::with_marts().await;
    let load = deaf_loader(&setup).await;
    load.publish(groups()).await;
    setup.wait_for_rows(6).await;
    load.kill().await;

    let load = setup.load(&setup.engine).await;
    load.publish([clicks(5, [6, 7])]).await;
    load.wait_for_metric("rows_total 6").await;
    // The table took the rows once, though they were sent twice: the token is the same.
    setup.wait_for_rows(7).await;
    assert_eq!(setup.mart().await, 7);
    assert_eq!(setup.ledger_duplicates().await, 3);
    load.wait_for_metric("duplicates_total{kind=\"manifest\"} 2").await;
    load.stop().await.unwrap();
}

#[tokio::test]
async fn repeats_a_batch_that_was_not_inserted() {
    let setup = Setup::with_marts().await;
    let proxy = setup.proxy(Network::Up).await;
    let load = setup.load(&url(&proxy)).await;
    load.publish([clicks(1, [1])]).await;
    load.wait_for_metric("rows_total 1").await;
    proxy.set(Network::Down);
    load.publish(groups()).await;
    load.wait_for_retries(1).await;
    load.kill().await;

    let load = setup.load(&setup.engine).await;
    load.wait_for_metric("rows_total 5").await;
    assert_eq!((setup.copies().await, setup.insertions().await), (6, 6));
    assert_eq!(setup.ledger_duplicates().await, 2);
    load.stop().await.unwrap();
}

#[tokio::test]
async fn completes_the_marts_of_a_cut_insert() {
    let setup = Setup::with_marts().await;
    let load = deaf_loader(&setup).await;
    setup.cut_the_marts_off().await;
    load.publish(groups()).await;
    setup.wait_for_rows(6).await;
    load.kill().await;
    setup.mend_the_marts().await;
    assert_eq!(setup.mart().await, 1);

    let load = setup.load(&setup.engine).await;
    load.wait_for_metric("rows_total 5").await;
    assert_eq!((setup.copies().await, setup.mart().await), (6, 6));
    load.stop().await.unwrap();
}

#[tokio::test]
async fn another_machine_takes_over() {
    let setup = Setup::with_marts().await;
    let load = deaf_loader(&setup).await;
    setup.cut_the_marts_off().await;
    load.publish(groups()).await;
    setup.wait_for_rows(6).await;
    load.kill().await;
    setup.mend_the_marts().await;
    setup.lose_loader_dir();

    let load = setup.load(&setup.engine).await;
    load.publish([clicks(5, [6, 7])]).await;
    load.wait_for_metric("groups_total 4").await;
    // The rows were inserted again, because a mart may have missed them, under the same keys.
    assert_eq!(setup.ids().await, (1..=7).collect::<Vec<_>>());
    assert_eq!(setup.mart().await, 7);
    assert_eq!(setup.ledger_duplicates().await, 3);
    load.stop().await.unwrap();
}

#[tokio::test]
async fn takes_a_torn_manifest_for_none() {
    let setup = Setup::with_marts().await;
    let load = deaf_loader(&setup).await;
    load.publish(groups()).await;
    setup.wait_for_rows(6).await;
    load.kill().await;
    for slot in ["batch-0", "batch-1"] {
        let path = setup.settings.loader_dir.join(slot);
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
    }

    let load = setup.load(&setup.engine).await;
    load.publish([clicks(5, [7])]).await;
    load.wait_for_metric("groups_total 4").await;
    assert_eq!(setup.ids().await, (1..=7).collect::<Vec<_>>());
    assert_eq!((setup.mart().await, setup.ledger_duplicates().await), (7, 2));
    load.stop().await.unwrap();
}

#[tokio::test]
async fn waits_for_room_on_the_disk() {
    let setup = Setup::new().await;
    std::fs::create_dir_all(&setup.settings.loader_dir).unwrap();
    let slots = ["batch-0", "batch-1"].map(|slot| setup.settings.loader_dir.join(slot));
    slots.iter().for_each(|slot| symlink("/dev/full", slot).unwrap());
    let load = setup.load(&setup.engine).await;
    load.publish([clicks(1, 0..10)]).await;
    load.wait_for_at_least("manifest_retries_total", 3).await;
    assert_eq!((setup.copies().await, load.metric("groups_total")), (0, 0));
    slots.iter().for_each(|slot| std::fs::remove_file(slot).unwrap());
    load.wait_for_metric("rows_total 10").await;
    load.stop().await.unwrap();
}

#[tokio::test]
async fn shares_its_folder_with_no_other_loader() {
    let setup = Setup::new().await;
    let load = setup.load(&setup.engine).await;
    load.publish([clicks(1, [1])]).await;
    load.wait_for_metric("rows_total 1").await;
    let other = Setup::new().await;
    let second = other.load_with(&other.engine, setup.settings.clone()).await;
    let refused = second.ended().await.unwrap_err();
    assert!(refused.to_string().contains("--loader-dir"), "{refused}");
    load.stop().await.unwrap();
}
