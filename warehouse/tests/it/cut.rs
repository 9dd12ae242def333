//! A body that ends early on its way to the server: no row of it is to blame.

use std::net::SocketAddr;

use embedded_clickhouse::testing;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use uuid::Uuid;
use warehouse::{EventRow, Fault, Settings, Warehouse, migrate};

use crate::sample::full;

fn address(url: &str) -> SocketAddr {
    let address = url.strip_prefix("http://").unwrap();
    address.trim_end_matches('/').parse().unwrap()
}

/// Passes each connection on, but of the request no more than `bytes`; the answer comes back whole.
async fn cutting_proxy(server: SocketAddr, bytes: u64) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let here = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            tokio::spawn(async move {
                let (from_client, mut to_client) = client.into_split();
                let (mut from_server, mut to_server) = TcpStream::connect(server).await.unwrap().into_split();
                let request = async {
                    tokio::io::copy(&mut from_client.take(bytes), &mut to_server)
                        .await
                        .unwrap();
                    to_server.shutdown().await.unwrap();
                };
                let answer = async {
                    tokio::io::copy(&mut from_server, &mut to_client).await.unwrap();
                    to_client.shutdown().await.unwrap();
                };
                tokio::join!(request, answer);
            });
        }
    });
    here
}

#[tokio::test]
async fn blames_the_database_for_a_cut_connection() {
    let engine = testing::engine().await;
    let (url, database) = (engine.url(), engine.database());
    let direct = Warehouse::new(&Settings::new(url, &database));
    migrate::run(&direct).await.unwrap();
    let event = full(0);
    let ids: Vec<_> = (0..5_000)
        .map(|number| Uuid::from_u128(number * 0x9e37_79b9_7f4a_7c15_f39c))
        .collect();
    let row = |id: &Uuid| EventRow {
        id: *id,
        ..EventRow::new(&event, Uuid::nil())
    };
    let rows: Vec<_> = ids.iter().map(row).collect();
    // Within the head, the first frame, and later, of some 70,000 bytes.
    for bytes in [100, 1_500, 6_000, 40_000] {
        let proxy = cutting_proxy(address(url), bytes).await;
        let cut = Warehouse::new(&Settings::new(format!("http://{proxy}"), &database));
        let error = cut.insert_events(&rows, "token").await.unwrap_err();
        assert_eq!(error.fault(), Fault::Database, "after {bytes} bytes: {error:?}");
        let stored: Vec<serde_json::Value> = direct.rows("SELECT count() AS n FROM events", &[]).await.unwrap();
        assert_eq!(stored[0]["n"], 0, "after {bytes} bytes");
    }
    direct.insert_events(&rows, "token").await.unwrap();
}

/// What the server says of a block that is shorter than it claims.
#[tokio::test]
async fn knows_the_code_of_a_short_block() {
    const ONE_COLUMN_TWO_ROWS: &[u8] = b"\x01\x02\x04site\x06String\x04shop";
    let engine = testing::engine().await;
    let (url, database) = (engine.url(), engine.database());
    let warehouse = Warehouse::new(&Settings::new(url, &database));
    migrate::run(&warehouse).await.unwrap();
    let mut server = TcpStream::connect(address(url)).await.unwrap();
    let head = format!(
        "POST /?database={database}&query=INSERT+INTO+events+(site)+FORMAT+Native HTTP/1.1\r\nhost: localhost\r\n\
         connection: close\r\ncontent-length: {}\r\n\r\n",
        ONE_COLUMN_TWO_ROWS.len()
    );
    server.write_all(head.as_bytes()).await.unwrap();
    server.write_all(ONE_COLUMN_TWO_ROWS).await.unwrap();
    let mut answer = String::new();
    server.read_to_string(&mut answer).await.unwrap();
    assert!(answer.contains("Code: 33. "), "{answer}");
}
