//! What survives, and what a stop does.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use embedded_clickhouse::{Engine, EngineError, library, testing};
use reqwest::Method;
use tempfile::TempDir;
use tokio::net::TcpListener;

use crate::child::Child;
use crate::server::{Server, answer};

const BATCH: u64 = 500;

fn rows(batch: u64) -> String {
    (0..BATCH).map(|row| format!("{batch},{row}\n")).collect()
}

async fn child(data: &TempDir) -> (Child, Server) {
    let child = Child::start(data.path(), |_| {}).unwrap();
    let server = Server::at(&child.url, "kept").await;
    (child, server)
}

/// Asks until `sql` answers `1`; panics after ten seconds.
async fn wait_for(server: &Server, sql: &str) {
    let started = Instant::now();
    while server.run(sql).await != "1\n" {
        assert!(started.elapsed() < Duration::from_secs(10), "not true in time: {sql}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn kill_keeps_acknowledged_rows() {
    let data = TempDir::new().unwrap();
    let (mut process, server) = child(&data).await;
    server
        .run("CREATE TABLE t (batch UInt64, row UInt64) ENGINE = MergeTree ORDER BY (batch, row)")
        .await;
    let (server, acknowledged) = (Arc::new(server), Arc::new(AtomicU64::new(0)));
    let writer = tokio::spawn({
        let (server, acknowledged) = (server.clone(), acknowledged.clone());
        async move {
            for batch in 0.. {
                let request = server
                    .request(Method::POST, "INSERT INTO t FORMAT CSV", &[])
                    .body(rows(batch));
                match request.send().await {
                    Ok(response) => assert_eq!(response.status(), 200),
                    Err(_) => return,
                }
                acknowledged.store(batch + 1, Ordering::SeqCst);
            }
        }
    });
    let started = Instant::now();
    while acknowledged.load(Ordering::SeqCst) < 20 {
        assert!(
            started.elapsed() < Duration::from_secs(20) && !writer.is_finished(),
            "the writer does not get on"
        );
        tokio::task::yield_now().await;
    }
    process.kill();
    writer.await.unwrap();
    let acknowledged = acknowledged.load(Ordering::SeqCst);

    let (process, server) = child(&data).await;
    let kept = format!("SELECT count() FROM t WHERE batch < {acknowledged}");
    assert_eq!(server.run(&kept).await, format!("{}\n", acknowledged * BATCH));
    let torn = format!("SELECT count() FROM (SELECT count() AS c FROM t GROUP BY batch HAVING c != {BATCH})");
    assert_eq!(server.run(&torn).await, "0\n");
    assert!(process.wait().success());
}

#[tokio::test]
async fn refuses_directory_in_use() {
    let data = TempDir::new().unwrap();
    let (process, server) = child(&data).await;
    let second = Child::start(data.path(), |_| {})
        .err()
        .expect("a second engine on the directory");
    assert!(
        second.stderr.contains("is in use by another process (PID: "),
        "{}",
        second.stderr
    );
    assert_eq!(server.run("SELECT 1").await, "1\n");
    assert!(process.wait().success());
    let (third, _) = child(&data).await;
    assert!(third.wait().success());
}

#[tokio::test]
async fn refuses_second_engine_here() {
    Server::shared().await;
    let data = TempDir::new().unwrap();
    let settings = testing::settings(data.path().to_owned());
    let error = Engine::open(&library::find(&settings).unwrap(), &settings)
        .err()
        .expect("a second engine");
    assert!(matches!(error, EngineError::OpenHere { .. }), "{error}");
}

#[test]
fn missing_library_names_the_command() {
    let cache = TempDir::new().unwrap();
    let mut settings = testing::settings(cache.path().to_owned());
    settings.engine_library = None;
    settings.cache_dir = Some(cache.path().to_owned());
    let error = library::find(&settings).unwrap_err().to_string();
    assert!(
        error.contains("cargo xtask fetch") && error.contains(cache.path().to_str().unwrap()),
        "{error}"
    );
    settings.engine_library = Some("/nowhere/libchdb.so".into());
    let error = library::find(&settings).unwrap_err().to_string();
    assert!(
        error.contains("cargo xtask fetch") && error.contains("/nowhere/libchdb.so"),
        "{error}"
    );
}

#[test]
fn wrong_library_is_an_error() {
    let data = TempDir::new().unwrap();
    let file = data.path().join("libchdb.so");
    std::fs::write(&file, "not a library").unwrap();
    let settings = testing::settings(data.path().to_owned());
    // A process that has loaded the engine keeps it: the wrong file is seen by one that has not.
    let outcome = Engine::open(&file, &settings);
    assert!(matches!(
        outcome,
        Err(EngineError::Load { .. } | EngineError::OpenHere { .. })
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn stop_lets_query_finish() {
    let data = TempDir::new().unwrap();
    let (mut process, server) = child(&data).await;
    let server = Arc::new(server);
    let query = tokio::spawn({
        let server = server.clone();
        async move {
            server
                .run("SELECT sleepEachRow(0.25), number FROM numbers(4) SETTINGS max_block_size = 1")
                .await
        }
    });
    wait_for(&server, "SELECT count() > 0 FROM system.processes WHERE query LIKE '%sleepEachRow(0.25)%numbers(4)%' AND query NOT LIKE '%system.processes%'").await;
    process.ask_to_stop();
    assert_eq!(query.await.unwrap(), "0\t0\n0\t1\n0\t2\n0\t3\n");
    assert!(process.wait().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn stop_cancels_endless_statements() {
    let data = TempDir::new().unwrap();
    let mut process = Child::start(data.path(), |settings| settings.warehouse_stop_ms = 100).unwrap();
    let server = Arc::new(Server::at(&process.url, "kept").await);
    server
        .run("CREATE TABLE t (a UInt64) ENGINE = MergeTree ORDER BY a")
        .await;
    let endless = [
        "SELECT sum(sleepEachRow(0.01)) FROM numbers(100000) SETTINGS max_block_size = 10 FORMAT JSON",
        "SELECT sum(sleepEachRow(0.01)) FROM numbers(100000) SETTINGS max_block_size = 10",
    ];
    let queries = endless.map(|sql| {
        let server = server.clone();
        tokio::spawn(async move {
            server
                .request(Method::POST, sql, &[])
                .send()
                .await
                .map(|response| response.status())
        })
    });
    wait_for(&server, "SELECT count() = 2 FROM system.processes WHERE query LIKE '%sleepEachRow(0.01)%' AND query NOT LIKE '%system.processes%'").await;
    process.ask_to_stop();
    for query in queries {
        assert!(!matches!(query.await.unwrap(), Ok(status) if status == 200));
    }
    assert!(process.wait().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn refuses_when_all_turns_are_taken() {
    let data = TempDir::new().unwrap();
    let process = Child::start(data.path(), |settings| {
        settings.warehouse_concurrency = 1;
        settings.warehouse_queue_ms = 50;
    })
    .unwrap();
    let server = Arc::new(Server::at(&process.url, "kept").await);
    // A body that never ends holds the only turn.
    let (sender, body) = open_body();
    let request = server.request(Method::POST, "SELECT 1", &[]).body(body);
    let holder = tokio::spawn(request.send());
    let started = Instant::now();
    let refused = loop {
        let response = server.request(Method::POST, "SELECT 2", &[]).send().await.unwrap();
        if response.status() == 503 {
            break response;
        }
        assert!(started.elapsed() < Duration::from_secs(10), "nothing was refused");
    };
    assert_eq!(refused.headers()["Retry-After"], "1");
    answer(refused).await.refused(503, "202");
    drop(sender);
    assert_eq!(holder.await.unwrap().unwrap().status(), 200);
    assert_eq!(server.run("SELECT 2").await, "2\n");
    assert!(process.wait().success());
}

/// A request body that stays open as long as the sender lives.
fn open_body() -> (tokio::sync::mpsc::Sender<std::io::Result<Vec<u8>>>, reqwest::Body) {
    let (sender, receiver) = tokio::sync::mpsc::channel(1);
    let stream = futures_util::stream::unfold(receiver, async |mut receiver| Some((receiver.recv().await?, receiver)));
    (sender, reqwest::Body::wrap_stream(stream))
}

#[tokio::test]
async fn password_is_asked_for() {
    let data = TempDir::new().unwrap();
    let process = Child::start(data.path(), |settings| {
        settings.warehouse_password = "secret".to_owned()
    })
    .unwrap();
    let http = tls::http_client().build().unwrap();
    let wrong = http
        .post(&process.url)
        .header("X-ClickHouse-User", "default")
        .header("X-ClickHouse-Key", "guess");
    answer(wrong.body("SELECT 1").send().await.unwrap())
        .await
        .refused(403, "516");
    let right = http
        .post(&process.url)
        .header("X-ClickHouse-User", "default")
        .header("X-ClickHouse-Key", "secret");
    assert_eq!(
        right.body("SELECT 1").send().await.unwrap().text().await.unwrap(),
        "1\n"
    );
    assert!(process.wait().success());
}

#[tokio::test]
async fn frees_port_after_stop() {
    let data = TempDir::new().unwrap();
    let (process, _server) = child(&data).await;
    let address = process.url.trim_start_matches("http://").to_owned();
    assert!(process.wait().success());
    TcpListener::bind(address).await.unwrap();
}
