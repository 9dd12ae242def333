//! Three nodes of RabbitMQ, two gateways and two loaders: a node is killed under load, and every event is stored once.

use std::process::{Child, Command, Stdio};
use std::time::Instant;

use queue::testing::RabbitMqCluster;
use tokio::runtime::Runtime;

use crate::pipeline::Pipeline;
use crate::up::BOUND;

const EACH: usize = 6_000;

/// Sends events to one gateway at a steady pace, and again what was not taken.
fn generator(pipeline: &Pipeline, seed: &str) -> Child {
    Command::new(env!("CARGO_BIN_EXE_clickpath"))
        .env_clear()
        .current_dir(pipeline.path())
        .args(["generate", "--rate", "1500", "--batch", "50", "--seed", seed])
        .args(["--count", &EACH.to_string(), "--gateway-url", &pipeline.gateway])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

#[test]
fn kill_of_a_node_of_three_loses_nothing() {
    let runtime = Runtime::new().unwrap();
    let mut cluster = runtime.block_on(RabbitMqCluster::start(3)).unwrap();
    let nodes = cluster.urls().join(",");
    let first = Pipeline::start(&["--amqp-url", &nodes]);
    let second = Pipeline::start(&["--amqp-url", &nodes, "--clickhouse-url", &first.clickhouse()]);

    let generators = [(&first, "1"), (&second, "2")].map(|(pipeline, seed)| generator(pipeline, seed));
    let stored = || first.sql("SELECT uniqExact(id) FROM events").parse::<usize>().unwrap();
    let began = Instant::now();
    while stored() < EACH / 4 {
        assert!(began.elapsed() < BOUND, "only {} are stored", stored());
    }
    let leader = cluster.leader(0, "clickpath.events").unwrap();
    cluster.kill(leader).unwrap();

    for generator in generators {
        let output = generator.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{said}");
    }
    first.wait_until("SELECT uniqExact(id) FROM events", &(2 * EACH).to_string());
    first.wait_until("SELECT count() FROM events FINAL", &(2 * EACH).to_string());
    second.stop();
    first.stop();
}
