//! What is told when the queue takes nothing, the server stops, or something panics.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::body::Body;
use bytes::Bytes;
use futures_util::stream;
use gateway::commit::Sink;
use queue::{Group, PublishError, Publisher, Route};
use tokio::io::AsyncWriteExt;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinHandle;

use super::Walk;
use crate::shutdown::{read_all, request};
use crate::support::{Answer, Gate, TestGateway, answer_of, call, click, connect, json_request, listen};

fn spawn_post(gateway: &TestGateway, number: u64) -> JoinHandle<Answer> {
    let app = gateway.app.clone();
    tokio::spawn(async move { call(&app, json_request("/events", click(number).to_string())).await })
}

pub(super) async fn troubles(walk: &mut Walk) {
    let failing = TestGateway::behind(&[], |_| Failing).await;
    walk.check(&failing.post("/events", &click(1)).await, 503, "queue_unavailable");

    let mut gate = None;
    let arguments = [
        "--groups-in-flight=1",
        "--pending-bytes=1",
        "--max-requests-in-flight=3",
    ];
    let gateway = TestGateway::behind(&arguments, |publisher| gate.insert(Gate::closed(publisher)).clone()).await;
    let gate = gate.unwrap();
    let published = spawn_post(&gateway, 1);
    gate.wait_started(1).await;
    // One is being published, one waits, and the next finds no room.
    let waiting = [spawn_post(&gateway, 2), spawn_post(&gateway, 3)];
    let mut waiting: Vec<_> = waiting.into_iter().collect();
    let (refused, _, left) = futures_util::future::select_all(waiting.drain(..)).await;
    walk.check(&refused.unwrap(), 503, "queue_full");
    gate.confirms.add_permits(100);
    for answer in left.into_iter().chain([published]) {
        assert_eq!(answer.await.unwrap().status, 202);
    }

    let mut gate = None;
    let arguments = ["--max-requests-in-flight=1"];
    let gateway = TestGateway::behind(&arguments, |publisher| gate.insert(Gate::closed(publisher)).clone()).await;
    let gate = gate.unwrap();
    let first = spawn_post(&gateway, 1);
    gate.wait_started(1).await;
    walk.check(&gateway.post("/events", &click(2)).await, 503, "too_busy");
    gate.confirms.add_permits(1);
    assert_eq!(first.await.unwrap().status, 202);
}

/// Its errors tell of the inside.
struct Failing;

#[derive(Debug, thiserror::Error)]
#[error("cannot fsync /var/lib/secret/00001.log: Some(Os {{ code: 28 }})")]
struct Inside;

impl Sink for Failing {
    type Error = Inside;

    async fn publish(&self, _: Route, _: Group) -> Result<(), Inside> {
        Err(Inside)
    }

    fn is_ready(&self) -> bool {
        true
    }
}

/// The body comes when the committer has ended.
pub(super) async fn shutdown(walk: &mut Walk) {
    let gateway = TestGateway::start().await;
    let (pieces, body) = mpsc::unbounded_channel::<Bytes>();
    let asked = Arc::new(Semaphore::new(0));
    let signal = Arc::clone(&asked);
    let body = stream::unfold(body, move |mut body| {
        signal.add_permits(1);
        async move { Some((Ok::<_, std::io::Error>(body.recv().await?), body)) }
    });
    let app = gateway.app.clone();
    let late = tokio::spawn(async move { call(&app, json_request("/events", Body::from_stream(body))).await });
    asked.acquire().await.unwrap().forget();
    let (_, shutdown, server) = listen(&gateway.state).await;
    shutdown.cancel();
    server.await.unwrap().unwrap();
    pieces.send(Bytes::from(click(1).to_string())).unwrap();
    drop(pieces);
    walk.check(&late.await.unwrap(), 503, "shutting_down");
    walk.check(&gateway.post("/events", &click(1)).await, 503, "queue_unavailable");
}

/// Panics once, where every request with events comes by.
struct Panicking(Publisher, AtomicBool);

impl Sink for Panicking {
    type Error = PublishError;

    fn publish(&self, route: Route, group: Group) -> impl Future<Output = Result<(), PublishError>> + Send {
        self.0.publish(route, group)
    }

    fn is_ready(&self) -> bool {
        if self.1.swap(true, Ordering::SeqCst) {
            return true;
        }
        panic!("index out of bounds in /srv/src/secret.rs")
    }
}

/// The connection goes on: the next request of it is answered.
pub(super) async fn panics(walk: &mut Walk) {
    let gateway = TestGateway::behind(&[], |publisher| Panicking(publisher, AtomicBool::new(false))).await;
    let (address, shutdown, server) = listen(&gateway.state).await;
    let mut stream = connect(address).await;
    let again = "GET /health/live HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
    stream.write_all((request(1) + again).as_bytes()).await.unwrap();
    let both = read_all(stream).await;
    let (failed, live) = both.rsplit_once("HTTP/1.1 ").unwrap();
    assert!(live.starts_with("200 OK") && live.contains("live"), "{live}");
    walk.check(&answer_of(failed), 500, "internal");
    let in_flight = gateway.get("/metrics").await.text();
    assert!(
        in_flight.contains("clickpath_requests_in_flight 0\n"),
        "a panic leaves its place"
    );
    shutdown.cancel();
    server.await.unwrap().unwrap();
}
