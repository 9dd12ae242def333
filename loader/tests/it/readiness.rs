//! When a loader says that it can work.

use loader::Readiness;
use queue::testing::{Network, RabbitMq};

use crate::sample::clicks;
use crate::setup::{Load, Setup, url, wait_for};

const READY: Readiness = Readiness {
    queue: true,
    warehouse: true,
};

async fn wait_until_ready(load: &Load, which: &str) {
    wait_for(&format!("the {which} loader to be ready"), async || {
        load.readiness() == READY
    })
    .await;
}

#[tokio::test]
async fn is_ready_at_a_queue_that_nobody_has_used() {
    let rabbitmq = RabbitMq::start().await.unwrap();
    let mut setup = Setup::new().await;
    setup.queue = queue::Settings::rabbitmq(rabbitmq.url());
    let first = setup.load(&setup.engine).await;
    wait_until_ready(&first, "only").await;
    // Rolled out beside it, before anything was sent, and when the first has had something.
    let second = setup.load_with(&setup.engine, setup.elsewhere("second")).await;
    wait_until_ready(&second, "waiting").await;
    first.publish([clicks(1, [1])]).await;
    setup.wait_for_rows(1).await;
    let third = setup.load_with(&setup.engine, setup.elsewhere("third")).await;
    wait_until_ready(&third, "third").await;
    for load in [first, second, third] {
        load.stop().await.unwrap();
    }
}

#[tokio::test]
async fn is_not_ready_before_the_database_answers() {
    let rabbitmq = RabbitMq::start().await.unwrap();
    let mut setup = Setup::new().await;
    setup.queue = queue::Settings::rabbitmq(rabbitmq.url());
    let proxy = setup.proxy(Network::Down).await;
    let load = setup.load(&url(&proxy)).await;
    wait_for("the queue to answer", async || load.readiness().queue).await;
    assert!(!load.readiness().warehouse);
    proxy.set(Network::Up);
    wait_until_ready(&load, "waiting").await;
    load.stop().await.unwrap();
}

#[tokio::test]
async fn is_not_ready_without_its_broker() {
    let mut setup = Setup::new().await;
    let proxy = queue::testing::Proxy::start(["127.0.0.1:1"]).await.unwrap();
    proxy.set(Network::Down);
    setup.queue = queue::Settings::rabbitmq(format!("amqp://guest:guest@{}/%2f", proxy.address()));
    let load = setup.load(&setup.engine).await;
    wait_for("the database to answer", async || load.readiness().warehouse).await;
    assert!(!load.readiness().queue);
    load.stop().await.unwrap();
}
