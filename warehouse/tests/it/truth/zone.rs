//! A server that lives in another time zone: the engine behind a proxy that says so in every request.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// The server's address; `zone` needs no escaping but for its slash.
pub(super) async fn server_in(zone: &str, url: &str) -> String {
    const REQUEST: &[u8] = b"POST /?";
    let setting = format!("session_timezone={}&", zone.replace('/', "%2F"));
    let server = url.strip_prefix("http://").unwrap().trim_end_matches('/').to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let here = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let (server, setting) = (server.clone(), setting.clone());
            tokio::spawn(async move {
                let (mut from_client, mut to_client) = client.into_split();
                let (mut from_server, mut to_server) = TcpStream::connect(server).await.unwrap().into_split();
                let requests = async {
                    let mut bytes = vec![0; 65_536];
                    loop {
                        // A client waits for the answer before it asks again: a request begins where a read does.
                        let read = from_client.read(&mut bytes).await?;
                        if read == 0 {
                            return to_server.shutdown().await;
                        }
                        let mut rest = &bytes[..read];
                        if let Some(after) = rest.strip_prefix(REQUEST) {
                            to_server.write_all(REQUEST).await?;
                            to_server.write_all(setting.as_bytes()).await?;
                            rest = after;
                        }
                        to_server.write_all(rest).await?;
                    }
                };
                let answers = async { tokio::io::copy(&mut from_server, &mut to_client).await.map(drop) };
                // A connection that breaks shows at the client.
                drop(tokio::join!(requests, answers));
            });
        }
    });
    format!("http://{here}")
}
