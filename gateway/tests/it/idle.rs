//! Connections that wait for a request's head.

use tokio::io::AsyncWriteExt;

use crate::shutdown::{read_all, request};
use crate::support::{Gate, TestGateway, connect, id, listen};

#[tokio::test]
async fn closes_on_a_head_without_end() {
    let gateway = TestGateway::with(&["--header-timeout=0.1"]).await;
    let (address, _shutdown, _server) = listen(&gateway.state).await;
    let mut slow = connect(address).await;
    slow.write_all(b"POST /events HTTP/1.1\r\nhost: ").await.unwrap();
    assert_eq!(read_all(slow).await, "");
}

#[tokio::test]
async fn lets_a_request_take_longer() {
    let mut gate = None;
    let wrap = |publisher| gate.insert(Gate::closed(publisher)).clone();
    let gateway = TestGateway::behind(&["--header-timeout=0.1"], wrap).await;
    let gate = gate.unwrap();
    let (address, _shutdown, _server) = listen(&gateway.state).await;
    let mut busy = connect(address).await;
    busy.write_all(request(1).as_bytes()).await.unwrap();
    gate.wait_started(1).await;
    assert_eq!(
        read_all(connect(address).await).await,
        "",
        "a silent connection is closed meanwhile"
    );

    gate.confirms.add_permits(1);
    let answer = read_all(busy).await;
    assert!(answer.starts_with("HTTP/1.1 202 "), "{answer}");
    assert!(answer.contains(&id(1)), "{answer}");
}

#[tokio::test]
async fn answers_a_sender_that_closed_its_half() {
    let mut gate = None;
    let wrap = |publisher| gate.insert(Gate::closed(publisher)).clone();
    let gateway = TestGateway::behind(&[], wrap).await;
    let gate = gate.unwrap();
    let (address, _shutdown, _server) = listen(&gateway.state).await;
    let mut sender = connect(address).await;
    sender.write_all(request(1).as_bytes()).await.unwrap();
    sender.shutdown().await.unwrap();
    gate.wait_started(1).await;
    gate.confirms.add_permits(1);
    let answer = read_all(sender).await;
    assert!(answer.starts_with("HTTP/1.1 202 "), "{answer}");
}
