//! A database that is slow, silent, or will not have a batch for long.

use std::time::Duration;

use loader::Readiness;
use queue::Route;
use queue::testing::{Network, RabbitMq};

use crate::sample::clicks;
use crate::setup::{Setup, url, wait_for};

const GROUPS: u128 = 400;

/// Groups of one click each, numbered from 1.
fn groups() -> impl Iterator<Item = queue::Group> {
    (1..=GROUPS).map(|id| clicks(id, [id]))
}

#[tokio::test]
async fn holds_a_prefetch_while_the_database_stalls_and_catches_up() {
    const PREFETCH: u16 = 20;
    let rabbitmq = RabbitMq::start().await.unwrap();
    let mut setup = Setup::new().await;
    setup.queue = queue::Settings {
        queue_prefetch: PREFETCH,
        ..queue::Settings::rabbitmq(rabbitmq.url())
    };
    let proxy = setup.proxy(Network::Up).await;
    let load = setup.load(&url(&proxy)).await;
    load.publish([clicks(1_000, [1_000])]).await;
    load.wait_for_metric("rows_total 1").await;

    proxy.set(Network::Stalled);
    load.publish(groups()).await;
    // The broker counts what the loader holds.
    let ready = format!("clickpath.events\t{}", GROUPS - u128::from(PREFETCH));
    wait_for("a prefetch to be held", async || {
        let listed = rabbitmq.control(&["list_queues", "--no-table-headers", "name", "messages_ready"]);
        listed.unwrap().lines().any(|line| line == ready)
    })
    .await;
    assert_eq!(load.metric("groups_total"), 1);

    proxy.set(Network::Up);
    setup.wait_for_rows(GROUPS as u64 + 1).await;
    load.stop().await.unwrap();
}

#[tokio::test]
async fn is_loud_about_a_batch_that_the_database_will_not_have() {
    let setup = Setup::new().await;
    let rename = async |from: &str, to: &str| {
        let sql = format!("RENAME TABLE {from} TO {to}");
        setup.warehouse.execute(&sql, &[]).await.unwrap();
    };
    let load = setup.load(&setup.engine).await;
    load.publish([clicks(1, [1])]).await;
    load.wait_for_metric("rows_total 1").await;
    let all = Readiness {
        queue: true,
        warehouse: true,
    };
    assert_eq!(load.readiness(), all);
    rename("events", "elsewhere").await;
    load.publish([clicks(2, [2])]).await;
    let blocked = || load.labelled("blocked_seconds{work=\"insert\"}").unwrap_or_default();
    wait_for("the gauge to grow", async || blocked() > 0.1).await;
    assert_eq!(load.metric("groups_total"), 1);
    rename("elsewhere", "events").await;
    load.wait_for_metric("rows_total 2").await;
    wait_for("the gauge to fall", async || blocked() == 0.0).await;
    load.stop().await.unwrap();
}

#[tokio::test]
async fn is_not_ready_before_it_reached_its_database() {
    let setup = Setup::new().await;
    let proxy = setup.proxy(Network::Down).await;
    let load = setup.load(&url(&proxy)).await;
    let readiness = |warehouse| Readiness { queue: true, warehouse };
    wait_for("the queue's answer", async || load.readiness() == readiness(false)).await;
    proxy.set(Network::Up);
    // Without any event: by the ledger's mark.
    wait_for("the database's answer", async || load.readiness() == readiness(true)).await;
    load.stop().await.unwrap();
}

#[tokio::test]
async fn keeps_a_group_that_the_broker_gives_up() {
    let rabbitmq = RabbitMq::start().await.unwrap();
    let mut setup = Setup::new().await;
    setup.queue = queue::Settings::rabbitmq(rabbitmq.url());
    let proxy = setup.proxy(Network::Up).await;
    let load = setup.load(&url(&proxy)).await;
    load.publish([clicks(1, [1])]).await;
    load.wait_for_metric("rows_total 1").await;
    // The queue's own limit of 100 would take a minute: of two limits the broker takes the lower one.
    let policy = r#"{"delivery-limit": 3}"#;
    let lower = ["set_policy", "low", "^clickpath.events$", policy, "--apply-to", "queues"];
    rabbitmq.control(&lower).unwrap();
    proxy.set(Network::Stalled);
    load.publish([clicks(2, [2])]).await;
    let unacknowledged = || {
        let listed = rabbitmq.control(&["list_queues", "--no-table-headers", "name", "messages_unacknowledged"]);
        listed.unwrap().lines().any(|line| line == "clickpath.events\t1")
    };
    wait_for("the group to be in hand", async || unacknowledged()).await;
    load.kill().await;
    let publisher = queue::open_publisher(&setup.queue).await.unwrap();
    give_up(&setup, &publisher).await;

    proxy.set(Network::Up);
    let load = setup.load(&setup.engine).await;
    load.wait_for_metric("quarantined_total{reason=\"delivery_limit\"} 1")
        .await;
    let sql = "SELECT count() AS n FROM quarantine WHERE reason = 'delivery_limit' AND form = 'group' AND accepted";
    assert_eq!(setup.number(sql).await, 1);
    assert_eq!(setup.ids().await, [1]);
    load.stop().await.unwrap();
}

/// Takes the waiting group and dies with it, until it comes no more.
async fn give_up(setup: &Setup, publisher: &queue::Publisher) {
    for _ in 0..30 {
        let opened = queue::open_consumer(&setup.queue, Some(publisher), Route::Events).await;
        let mut consumer = opened.unwrap();
        if tokio::time::timeout(Duration::from_secs(2), consumer.next())
            .await
            .is_err()
        {
            return;
        }
    }
    panic!("the broker hands the group out for ever");
}
