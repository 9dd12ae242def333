//! What one request may take from the server.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use bytes::Bytes;
use event::limits::BODY_BYTES;
use flate2::Compression;
use flate2::write::GzEncoder;
use futures_util::{StreamExt, stream};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

use crate::support::{BOUND, Gate, TestGateway, click, connect, json_request, listen};

const PIECE: usize = 64 * 1024;

#[tokio::test]
async fn stops_reading_endless_bodies_at_the_limit() {
    let gateway = TestGateway::start().await;
    let taken = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&taken);
    let endless = stream::repeat_with(move || {
        count.fetch_add(PIECE, Ordering::Relaxed);
        Ok::<_, std::io::Error>(Bytes::from_static(&[b' '; PIECE]))
    });
    let answer = gateway.call(json_request("/events", Body::from_stream(endless))).await;
    answer.assert_error(413, "body_too_large");
    assert_eq!(taken.load(Ordering::Relaxed), BODY_BYTES + PIECE);
}

#[tokio::test]
async fn refuses_announced_size_without_reading() {
    let gateway = TestGateway::start().await;
    let untouched = stream::once(async { panic!("the body was read") }).map(Ok::<Bytes, std::io::Error>);
    let request = Request::post("/events")
        .header("content-type", "application/json")
        .header("content-length", BODY_BYTES + 1)
        .body(Body::from_stream(untouched))
        .unwrap();
    gateway.call(request).await.assert_error(413, "body_too_large");
}

#[tokio::test]
async fn takes_bodies_of_exactly_the_limit() {
    let gateway = TestGateway::start().await;
    let mut body = click(1).to_string();
    body.push_str(&" ".repeat(BODY_BYTES - body.len()));
    assert_eq!(gateway.call(json_request("/events", body.clone())).await.status, 202);
    body.push(' ');
    gateway
        .call(json_request("/events", body))
        .await
        .assert_error(413, "body_too_large");
}

#[tokio::test]
async fn stops_inflating_at_the_limit() {
    let gateway = TestGateway::start().await;
    let mut member = GzEncoder::new(Vec::new(), Compression::best());
    member.write_all(&vec![b' '; BODY_BYTES]).unwrap();
    let bomb = member.finish().unwrap().repeat(100);
    assert!(bomb.len() < BODY_BYTES, "100 MiB in {} bytes", bomb.len());
    let mut request = json_request("/events", bomb);
    request
        .headers_mut()
        .insert("content-encoding", "gzip".parse().unwrap());
    gateway.call(request).await.assert_error(413, "body_too_large");
}

#[tokio::test]
async fn answers_413_to_client_that_keeps_sending() {
    let gateway = TestGateway::start().await;
    let (address, shutdown, server) = listen(&gateway.state).await;
    let (mut answers, mut sender) = connect(address).await.into_split();
    let sending = tokio::spawn(async move {
        let head = "POST /events HTTP/1.1\r\nhost: a\r\ncontent-type: text/plain\r\ntransfer-encoding: chunked\r\n\r\n";
        sender.write_all(head.as_bytes()).await?;
        let chunk = format!("{PIECE:x}\r\n{}\r\n", " ".repeat(PIECE));
        loop {
            sender.write_all(chunk.as_bytes()).await?;
        }
        #[expect(unreachable_code, reason = "names the type of the block")]
        std::io::Result::Ok(())
    });
    let mut answer = [0; 12];
    timeout(BOUND, answers.read_exact(&mut answer))
        .await
        .expect("an answer")
        .unwrap();
    assert_eq!(&answer, b"HTTP/1.1 413");
    // The server closes: sending fails.
    timeout(BOUND, sending)
        .await
        .expect("the connection closes")
        .unwrap()
        .unwrap_err();
    shutdown.cancel();
    server.await.unwrap().unwrap();
}

#[tokio::test]
async fn gives_up_on_bodies_that_do_not_come() {
    let gateway = TestGateway::with(&["--body-timeout=0.05", "--body-min-bytes-per-second=0"]).await;
    let never = Body::from_stream(stream::pending::<Result<Bytes, std::io::Error>>());
    let answer = gateway.call(json_request("/events", never)).await;
    answer.assert_error(408, "body_timeout");
    assert_eq!(answer.header("connection"), "close");
}

#[tokio::test]
async fn gives_up_on_heads_that_do_not_come() {
    let gateway = TestGateway::with(&["--header-timeout=0.05"]).await;
    let (address, shutdown, server) = listen(&gateway.state).await;
    let mut stream = connect(address).await;
    stream.write_all(b"POST /events HTT").await.unwrap();
    let mut rest = Vec::new();
    timeout(BOUND, stream.read_to_end(&mut rest))
        .await
        .expect("the connection closes")
        .unwrap();
    shutdown.cancel();
    server.await.unwrap().unwrap();
}

#[tokio::test]
async fn refuses_more_requests_than_it_works_on() {
    let mut gate = None;
    let gateway = TestGateway::behind(&["--max-requests-in-flight=1"], |publisher| {
        gate.insert(Gate::closed(publisher)).clone()
    })
    .await;
    let gate = gate.unwrap();
    let app = gateway.app.clone();
    let first =
        tokio::spawn(async move { crate::support::call(&app, json_request("/events", click(1).to_string())).await });
    gate.wait_started(1).await;
    let second = gateway.post("/events", &click(2)).await;
    second.assert_error(503, "too_busy");
    assert_eq!(second.header("retry-after"), "1");
    gate.confirms.add_permits(1);
    assert_eq!(first.await.unwrap().status, 202);
    gate.confirms.add_permits(1);
    assert_eq!(gateway.post("/events", &click(2)).await.status, 202);
}

#[tokio::test]
async fn refuses_more_bytes_than_may_wait() {
    let mut gate = None;
    let arguments = ["--groups-in-flight=1", "--pending-bytes=400"];
    let gateway = TestGateway::behind(&arguments, |publisher| gate.insert(Gate::closed(publisher)).clone()).await;
    let gate = gate.unwrap();
    let post = |number| {
        let app = gateway.app.clone();
        tokio::spawn(
            async move { crate::support::call(&app, json_request("/events", click(number).to_string())).await },
        )
    };
    let published = post(1);
    gate.wait_started(1).await;
    // One is being published, one waits, and the next finds no room.
    let mut waiting = post(2);
    let refused = tokio::select! {
        answer = &mut waiting => answer.unwrap(),
        answer = async {
            let wait = Duration::from_millis(1);
            loop {
                let answer = timeout(wait, post(3)).await;
                if let Ok(answer) = answer { break answer.unwrap() }
            }
        } => answer,
    };
    refused.assert_error(503, "queue_full");
    assert_eq!(refused.header("retry-after"), "1");
    gate.confirms.add_permits(100);
    assert_eq!(published.await.unwrap().status, 202);
}
