use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// The database as the loader sees it through a network that fails on demand.
pub(crate) struct Proxy {
    address: SocketAddr,
    network: watch::Sender<Network>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Network {
    Up,
    /// Connections are cut at once.
    Down,
    /// Statements reach the database, its answers do not come back.
    Deaf,
}

impl Proxy {
    pub(crate) async fn start(target: &str, network: Network) -> Self {
        let target: Arc<str> = target.trim_start_matches("http://").into();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, receiver) = watch::channel(network);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(carry(client, target.clone(), receiver.clone()));
            }
        });
        Self {
            address,
            network: sender,
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn set(&self, network: Network) {
        self.network.send_replace(network);
    }
}

/// An end of either side, or the network going down, ends the connection.
async fn carry(client: TcpStream, target: Arc<str>, mut network: watch::Receiver<Network>) {
    let Ok(server) = TcpStream::connect(&*target).await else {
        return;
    };
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let mut answers = network.clone();
    let there = tokio::io::copy(&mut from_client, &mut to_server);
    let back = async {
        let mut bytes = [0; 4096];
        while let Ok(read @ 1..) = from_server.read(&mut bytes).await {
            if answers.wait_for(|network| *network == Network::Up).await.is_err() {
                return;
            }
            if to_client.write_all(&bytes[..read]).await.is_err() {
                return;
            }
        }
    };
    tokio::select! {
        biased;
        _ = network.wait_for(|network| *network == Network::Down) => {}
        _ = there => {}
        () = back => {}
    }
}
