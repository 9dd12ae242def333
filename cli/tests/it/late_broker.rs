//! RabbitMQ comes after the programs that need it.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::Receiver;
use std::time::Instant;

use queue::testing::{Proxy, RabbitMq};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::up::{BOUND, Engine, lines, request, signal, wait_for};

const EVENT: &str = r#"{"type": "server", "session_id": "s", "created_at": "2026-11-22T10:00:00Z", "url": "/"}"#;

/// A program with its log.
struct Program {
    process: Child,
    log: Receiver<String>,
}

impl Program {
    fn start(folder: &TempDir, arguments: &[&str]) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_clickpath"))
            .env_clear()
            .current_dir(folder.path())
            .args(arguments)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let log = lines(process.stderr.take().unwrap());
        Self { process, log }
    }

    fn stop(mut self) -> Option<i32> {
        signal("TERM", self.process.id());
        self.process.wait().unwrap().code()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        drop((self.process.kill(), self.process.wait()));
    }
}

/// What `load` says of its parts, and whether it is ready.
fn ready(address: &str) -> bool {
    let answer = request(address, "GET", "/health/ready", "");
    assert!(answer.contains("queue"), "{answer}");
    answer.starts_with("HTTP/1.1 200")
}

#[test]
fn gateway_and_loader_wait_for_the_broker() {
    let folders = [(); 3].map(|()| TempDir::new().unwrap());
    let [engine, gateway, loader] = &folders;
    let runtime = Runtime::new().unwrap();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let place = format!("127.0.0.1:{port}");
    let amqp = format!("amqp://guest:guest@{place}/%2f");
    // With a spool the gateway takes events meanwhile; without one it answers 503.
    let spooling = Program::start(
        gateway,
        &[
            "gateway",
            "--listen=127.0.0.1:0",
            "--amqp-url",
            &amqp,
            "--queue-spool=false",
        ],
    );
    let loader_listen = ["--loader-listen=127.0.0.1:0", "--loader-slack-ms=0"];
    let engine = Engine::start(engine.path());
    let url = format!("http://{}", engine.address);
    let migrated = crate::clickpath(loader.path(), &["migrate", "--clickhouse-url", &url]);
    assert!(migrated.status.success(), "{migrated:?}");
    let load = [
        &["load", "--amqp-url", &amqp, "--clickhouse-url", &url][..],
        &loader_listen,
    ]
    .concat();
    let load = Program::start(loader, &load);
    let health = wait_for(&load.log, "loader serves health and metrics");
    let (_, health) = health.rsplit_once("address=").unwrap();
    let health = health.trim();
    for program in [&spooling, &load] {
        let line = wait_for(&program.log, "RabbitMQ is away");
        assert!(line.contains(&place) && !line.contains("guest:guest"), "{line}");
    }
    assert!(!ready(health));
    let line = wait_for(&spooling.log, "gateway listens");
    let (_, address) = line.rsplit_once("address=").unwrap();
    let refused = request(address.trim(), "POST", "/events?site=shop", EVENT);
    assert!(refused.starts_with("HTTP/1.1 503"), "{refused}");

    let broker = runtime.block_on(RabbitMq::start()).unwrap();
    let proxy = runtime.block_on(Proxy::start_at(&place, [broker.address()])).unwrap();
    let started = Instant::now();
    while !request(address.trim(), "POST", "/events?site=shop", EVENT).starts_with("HTTP/1.1 202") {
        assert!(started.elapsed() < BOUND, "the gateway does not find the broker");
    }
    let stored = "SELECT concat('stored=', toString(count()), ';') FROM clickpath.events";
    while !request(&engine.address, "POST", "/", stored).contains("stored=1;") {
        assert!(started.elapsed() < BOUND, "the loader does not find the broker");
    }
    while !ready(health) {
        assert!(started.elapsed() < BOUND, "the loader is not ready");
    }
    assert_eq!((spooling.stop(), load.stop()), (Some(0), Some(0)));
    drop(proxy);
}

/// A program that waits for the broker ends when it is asked to.
#[test]
fn waiting_ends_with_the_signal() {
    let folder = TempDir::new().unwrap();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let amqp = format!("amqp://guest:guest@127.0.0.1:{port}/%2f");
    let load = Program::start(
        &folder,
        &["load", "--amqp-url", &amqp, "--clickhouse-url=http://127.0.0.1:1"],
    );
    wait_for(&load.log, "RabbitMQ is away");
    assert_eq!(load.stop(), Some(0));
}
