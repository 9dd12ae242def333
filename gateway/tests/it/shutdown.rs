use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::support::{BOUND, Gate, TestGateway, click, connect, id, listen};

pub(crate) fn request(number: u64) -> String {
    let body = click(number).to_string();
    let length = body.len();
    format!(
        "POST /events HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    )
}

pub(crate) async fn read_all(mut stream: TcpStream) -> String {
    let mut answer = Vec::new();
    timeout(BOUND, stream.read_to_end(&mut answer))
        .await
        .expect("the connection closes")
        .unwrap();
    String::from_utf8(answer).unwrap()
}

#[tokio::test]
async fn finishes_what_it_accepted() {
    let mut gate = None;
    let mut gateway = TestGateway::behind(&[], |publisher| gate.insert(Gate::closed(publisher)).clone()).await;
    let gate = gate.unwrap();
    let (address, shutdown, server) = listen(&gateway.state).await;
    let mut accepted = connect(address).await;
    accepted.write_all(request(1).as_bytes()).await.unwrap();
    let idle = connect(address).await;
    gate.wait_started(1).await;

    shutdown.cancel();
    assert_eq!(read_all(idle).await, "", "idle connections are closed at once");
    assert!(TcpStream::connect(address).await.is_err(), "nobody listens any more");
    assert!(!server.is_finished());

    gate.confirms.add_permits(1);
    let answer = read_all(accepted).await;
    assert!(answer.starts_with("HTTP/1.1 202 "), "{answer}");
    assert!(answer.contains(&id(1)), "{answer}");
    timeout(BOUND, server).await.expect("the server ends").unwrap().unwrap();
    assert_eq!(gateway.next_group().await[0].event.id.to_string(), id(1));
}

#[tokio::test]
async fn publishes_groups_nobody_waits_for() {
    let mut gate = None;
    let mut gateway = TestGateway::behind(&[], |publisher| gate.insert(Gate::closed(publisher)).clone()).await;
    let gate = gate.unwrap();
    let (address, shutdown, server) = listen(&gateway.state).await;
    let mut client = connect(address).await;
    client.write_all(request(1).as_bytes()).await.unwrap();
    gate.wait_started(1).await;
    drop(client);
    shutdown.cancel();
    gate.confirms.add_permits(1);
    timeout(BOUND, server).await.expect("the server ends").unwrap().unwrap();
    assert_eq!(gateway.next_group().await[0].event.id.to_string(), id(1));
}

#[tokio::test]
async fn is_not_held_by_slow_clients() {
    let gateway = TestGateway::with(&["--shutdown-grace=0.2"]).await;
    let (address, shutdown, server) = listen(&gateway.state).await;
    let mut slow = connect(address).await;
    let request = request(1);
    slow.write_all(&request.as_bytes()[..request.len() - 1]).await.unwrap();
    wait_for_connections(&gateway, 1).await;
    let started = Instant::now();
    shutdown.cancel();
    timeout(BOUND, server).await.expect("the server ends").unwrap().unwrap();
    assert!(
        started.elapsed() >= Duration::from_millis(200),
        "the client had its grace"
    );
    assert_eq!(read_all(slow).await, "");
}

#[tokio::test]
async fn says_when_groups_stay_unconfirmed() {
    let mut gate = None;
    let gateway = TestGateway::behind(&["--shutdown-grace=0.1"], |publisher| {
        gate.insert(Gate::closed(publisher)).clone()
    })
    .await;
    let gate = gate.unwrap();
    let (address, shutdown, server) = listen(&gateway.state).await;
    let mut client = connect(address).await;
    client.write_all(request(1).as_bytes()).await.unwrap();
    gate.wait_started(1).await;
    shutdown.cancel();
    let error = timeout(BOUND, server)
        .await
        .expect("the server ends")
        .unwrap()
        .unwrap_err();
    assert!(error.to_string().starts_with("1 events were not confirmed"), "{error}");
    assert_eq!(read_all(client).await, "", "no receipt for what is not confirmed");
}

async fn wait_for_connections(gateway: &TestGateway, open: usize) {
    let line = format!("clickpath_connections {open}\n");
    let seen = async {
        while !gateway.get("/metrics").await.text().contains(&line) {
            tokio::task::yield_now().await;
        }
    };
    timeout(BOUND, seen).await.expect("the connection is seen");
}
