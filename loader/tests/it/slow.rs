//! A database that is slow, silent, or will not have a batch for long.

use loader::Readiness;
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

/// That the broker does give it up, and with these headers, is tested with the queue.
#[tokio::test]
async fn keeps_a_group_that_the_broker_gave_up() {
    let rabbitmq = RabbitMq::start().await.unwrap();
    let mut setup = Setup::new().await;
    setup.queue = queue::Settings::rabbitmq(rabbitmq.url());
    let load = setup.load(&setup.engine).await;
    let publish = r#"
        Text = fun(Name, Value) -> {Name, longstr, Value} end,
        Headers = [Text(<<"x-first-death-queue">>, <<"clickpath.events">>), Text(<<"x-first-death-reason">>, <<"delivery_limit">>)],
        Exchange = rabbit_misc:r(<<"/">>, exchange, <<>>),
        rabbit_basic:publish(Exchange, <<"clickpath.quarantine">>, [{headers, Headers}], <<"deadly">>).
    "#;
    rabbitmq.control(&["eval", publish]).unwrap();
    load.wait_for_metric("quarantined_total{reason=\"delivery_limit\"} 1")
        .await;
    let sql = "SELECT count() AS n FROM quarantine WHERE reason = 'delivery_limit' AND form = 'group' AND accepted \
               AND bytes = 'deadly'";
    assert_eq!(setup.number(sql).await, 1);
    load.stop().await.unwrap();
}
