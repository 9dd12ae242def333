use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use prometheus_client::metrics::counter::Counter;
use prometheus_client::registry::Registry;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::shutdown::read_all;
use crate::support::connect;

#[tokio::test]
async fn tells_health_and_metrics_of_another_process() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let mut registry = Registry::default();
    let batches = Counter::<u64>::default();
    batches.inc();
    registry.register("clickpath_loader_batches", "Batches stored", batches);
    let is_ready = Arc::new(AtomicBool::new(false));
    let ready = Arc::clone(&is_ready);
    let shutdown = CancellationToken::new();
    let server = tokio::spawn(gateway::serve_operators(
        listener,
        registry,
        move || vec![("queue", true), ("warehouse", ready.load(Ordering::SeqCst))],
        shutdown.clone(),
    ));
    let get = async |path: &str| {
        let mut stream = connect(address).await;
        let request = format!("GET {path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        read_all(stream).await
    };
    assert!(get("/health/live").await.starts_with("HTTP/1.1 200"));
    let away = get("/health/ready").await;
    assert!(
        away.starts_with("HTTP/1.1 503")
            && away.ends_with(r#"{"status":"unavailable","components":{"queue":"ready","warehouse":"unavailable"}}"#),
        "{away}"
    );
    is_ready.store(true, Ordering::SeqCst);
    assert!(get("/health/ready").await.starts_with("HTTP/1.1 200"));
    assert!(get("/metrics").await.contains("clickpath_loader_batches_total 1\n"));
    assert!(get("/events").await.starts_with("HTTP/1.1 404"));
    shutdown.cancel();
    server.await.unwrap().unwrap();
}
