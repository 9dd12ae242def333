//! Senders that take their time: what one of them can hold.

use std::net::SocketAddr;

use axum::body::Body;
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::shutdown::{read_all, request};
use crate::support::{BOUND, TestGateway, call_from, click, connect, json_request, listen};

const SLOW_HEAD: &str =
    "POST /events HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 5000\r\n\r\n[";

/// The sender decides when a piece comes.
fn body() -> (mpsc::UnboundedSender<Bytes>, Body) {
    let (sender, pieces) = mpsc::unbounded_channel();
    let pieces = stream::unfold(pieces, async |mut pieces| Some((pieces.recv().await?, pieces)));
    (sender, Body::from_stream(pieces.map(Ok::<_, std::io::Error>)))
}

#[tokio::test]
async fn gives_up_on_bodies_below_the_least_rate() {
    // A quarter of the time-out is free; a byte then buys a millionth of a second.
    let arguments = ["--body-timeout=1", "--body-min-bytes-per-second=1000000"];
    let gateway = TestGateway::with(&arguments).await;
    let (pieces, body) = body();
    pieces.send(Bytes::from_static(b"[")).unwrap();
    let answer = gateway.call(json_request("/events", body)).await;
    answer.assert_error(408, "body_too_slow");
    assert_eq!(answer.header("connection"), "close");
}

#[tokio::test]
async fn waits_for_bodies_that_keep_their_rate() {
    // What has come buys the rest of the time-out: the body may pause as long.
    let gateway = TestGateway::with(&["--body-timeout=1", "--body-min-bytes-per-second=1"]).await;
    let (pieces, body) = body();
    pieces.send(Bytes::from(click(1).to_string())).unwrap();
    let answer = gateway.call(json_request("/events", body)).await;
    answer.assert_error(408, "body_timeout");
    drop(pieces);
}

#[tokio::test]
async fn bounds_bodies_on_their_way_by_address() {
    let mut gateway = TestGateway::with(&["--max-bodies-per-address=2"]).await;
    let (first, first_body) = body();
    let (second, second_body) = body();
    let slow = [first_body, second_body].map(|body| {
        let app = gateway.app.clone();
        tokio::spawn(async move { call_from([192, 0, 2, 1].into(), &app, json_request("/events", body)).await })
    });
    let app = gateway.app.clone();
    let from = |peer: [u8; 4]| {
        let (pieces, body) = body();
        let app = app.clone();
        let answer = tokio::spawn(async move { call_from(peer.into(), &app, json_request("/events", body)).await });
        (pieces, answer)
    };
    // The first two may not have begun to wait: until they have, a third one waits in their stead.
    let third = async {
        loop {
            let (pieces, mut third) = from([192, 0, 2, 1]);
            tokio::task::yield_now().await;
            tokio::select! {
                biased;
                answer = &mut third => break answer.unwrap(),
                () = tokio::task::yield_now() => drop(pieces),
            }
        }
    };
    let refused = timeout(BOUND, third).await.expect("a refusal");
    refused.assert_error(429, "rate_limited");
    assert_eq!(refused.json()["error"]["limit"], "address_bodies");
    assert_eq!(refused.header("retry-after"), "1");
    // Others and bodies that come with their head pass.
    let (pieces, stranger) = from([192, 0, 2, 2]);
    pieces.send(Bytes::from(click(3).to_string())).unwrap();
    drop(pieces);
    assert_eq!(stranger.await.unwrap().status, 202);
    let whole = json_request("/events", click(4).to_string());
    assert_eq!(call_from([192, 0, 2, 1].into(), &gateway.app, whole).await.status, 202);
    // Nobody is forgotten: both end as they should, and their places are free again.
    for (number, pieces) in [first, second].into_iter().enumerate() {
        pieces.send(Bytes::from(click(number as u64).to_string())).unwrap();
    }
    for answer in slow {
        assert_eq!(answer.await.unwrap().status, 202);
    }
    assert_eq!(gateway.count_ids(4).await.len(), 4);
    let (pieces, later) = from([192, 0, 2, 1]);
    pieces.send(Bytes::from(click(5).to_string())).unwrap();
    drop(pieces);
    assert_eq!(later.await.unwrap().status, 202);
}

async fn answers(address: SocketAddr) -> bool {
    let mut stream = connect(address).await;
    // The peer may have closed before this is written.
    if stream.write_all(request(1).as_bytes()).await.is_err() {
        return false;
    }
    let mut answer = [0; 12];
    match timeout(BOUND, stream.read_exact(&mut answer))
        .await
        .expect("an answer or an end")
    {
        Ok(_) => {
            assert_eq!(&answer, b"HTTP/1.1 202");
            true
        }
        Err(_) => false,
    }
}

async fn hold(address: SocketAddr) -> TcpStream {
    let mut stream = connect(address).await;
    stream.write_all(SLOW_HEAD.as_bytes()).await.unwrap();
    stream
}

#[tokio::test]
async fn bounds_connections_of_an_address() {
    // Nobody is trusted: this machine counts as any other.
    let gateway = TestGateway::with(&["--max-connections-per-address=2", "--trusted-proxies="]).await;
    let (address, shutdown, server) = listen(&gateway.state).await;
    let held = [hold(address).await, hold(address).await];
    assert!(!answers(address).await, "the third is closed");
    let metrics = gateway.get("/metrics").await.text();
    assert!(metrics.contains("clickpath_connections_refused_total 1\n"), "{metrics}");
    drop(held);
    let freed = async {
        while !answers(address).await {
            tokio::task::yield_now().await;
        }
    };
    timeout(BOUND, freed)
        .await
        .expect("a connection that ended gives its place back");
    shutdown.cancel();
    server.await.unwrap().unwrap();
}

#[tokio::test]
async fn connections_of_a_proxy_are_its_clients() {
    let gateway = TestGateway::with(&["--max-connections-per-address=1"]).await;
    let (address, shutdown, server) = listen(&gateway.state).await;
    let held = [hold(address).await, hold(address).await];
    assert!(answers(address).await);
    drop(held);
    shutdown.cancel();
    server.await.unwrap().unwrap();
}

/// A client that dribbles holds its connection no longer than the settings say, and only its own.
#[tokio::test]
async fn cuts_a_dribbling_connection() {
    let arguments = ["--body-timeout=1", "--body-min-bytes-per-second=1000000"];
    let gateway = TestGateway::with(&arguments).await;
    let (address, shutdown, server) = listen(&gateway.state).await;
    let slow = hold(address).await;
    let answer = read_all(slow).await;
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(answer.contains("body_too_slow"), "{answer}");
    shutdown.cancel();
    server.await.unwrap().unwrap();
}
