use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_util::task::AbortOnDropHandle;

const CHUNK_BYTES: usize = 16 * 1024;

/// A network between a client and its server that fails on demand. Dropping it cuts every connection.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    network: watch::Sender<Network>,
    /// How often connections were forgotten.
    forgotten: watch::Sender<u64>,
    /// Reads that were held back so far.
    held: watch::Receiver<Held>,
    _listener: AbortOnDropHandle<()>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Network {
    Up,
    /// Connections are cut, and new ones at once.
    Down,
    /// What the client says arrives, the answers wait until the network is up.
    Deaf,
    /// Nothing passes in either direction until the network is up; nothing is cut.
    Stalled,
    /// Of what a client says on one connection so many bytes pass, the rest waits until the network is up.
    Narrow {
        bytes: usize,
    },
}

#[derive(Debug, Clone, Copy, Default)]
struct Held {
    requests: u64,
    answers: u64,
}

#[derive(Clone)]
struct Line {
    network: watch::Receiver<Network>,
    forgotten: watch::Receiver<u64>,
    held: Arc<watch::Sender<Held>>,
}

impl Proxy {
    /// Takes connections on a free port and passes each on to the first of `targets` (`host:port`) that takes it.
    pub async fn start<T: Into<String>>(targets: impl IntoIterator<Item = T>) -> io::Result<Self> {
        Self::start_at("127.0.0.1:0", targets).await
    }

    /// The same at this address.
    pub async fn start_at<T: Into<String>>(address: &str, targets: impl IntoIterator<Item = T>) -> io::Result<Self> {
        let targets: Arc<[String]> = targets.into_iter().map(Into::into).collect();
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let (network, follow) = watch::channel(Network::Up);
        let (count, held) = watch::channel(Held::default());
        let (forgotten, follow_forgotten) = watch::channel(0);
        let line = Line {
            network: follow,
            forgotten: follow_forgotten,
            held: Arc::new(count),
        };
        let listener = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            loop {
                match listener.accept().await {
                    Ok((client, _)) => _ = connections.spawn(carry(client, Arc::clone(&targets), line.clone())),
                    Err(failed) => tracing::warn!(error = %failed, "the proxy takes no connection"),
                }
                while connections.try_join_next().is_some() {}
            }
        });
        Ok(Self {
            address,
            network,
            forgotten,
            held,
            _listener: AbortOnDropHandle::new(listener),
        })
    }

    /// `host:port` for the client.
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    pub fn set(&self, network: Network) {
        self.network.send_replace(network);
    }

    /// From now on the connections there are carry nothing, and neither side is told; new ones work. So does a firewall that
    /// loses its table.
    pub fn forget_connections(&self) {
        self.forgotten.send_modify(|forgotten| *forgotten += 1);
    }

    /// Holds the answers back and returns when the server has sent one, so that a cut now loses it.
    pub async fn hold_an_answer(&self) {
        self.set(Network::Deaf);
        self.holds(|held| held.answers).await;
    }

    /// Lets a client say so many bytes on a connection, and returns when it has said more, so that a cut now loses that.
    pub async fn hold_a_request(&self, after_bytes: usize) {
        self.set(Network::Narrow { bytes: after_bytes });
        self.holds(|held| held.requests).await;
    }

    async fn holds(&self, count: impl Fn(&Held) -> u64) {
        let mut held = self.held.clone();
        let before = count(&held.borrow_and_update());
        // The sender lives as long as the listener, and that as long as this.
        drop(held.wait_for(|held| count(held) > before).await);
    }
}

/// An end of either side, or the network going down, ends the connection; both sides see that.
async fn carry(client: TcpStream, targets: Arc<[String]>, line: Line) {
    let mut network = line.network.clone();
    if *network.borrow() == Network::Down {
        return;
    }
    let mut forgotten = line.forgotten.clone();
    forgotten.mark_unchanged();
    let Some(server) = connect(&targets).await else {
        return;
    };
    for side in [&client, &server] {
        if let Err(failed) = side.set_nodelay(true) {
            tracing::debug!(error = %failed, "the proxy's connection ended at once");
        }
    }
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let carrying = async {
        tokio::select! {
            () = there(from_client, to_server, line.clone()) => {}
            () = back(from_server, to_client, line.clone()) => {}
        }
    };
    tokio::select! {
        biased;
        _ = network.wait_for(|network| *network == Network::Down) => {}
        () = until_forgotten(carrying, forgotten) => {}
    }
}

/// Forgotten, it carries no more and keeps its sockets open.
async fn until_forgotten(carrying: impl Future<Output = ()>, mut forgotten: watch::Receiver<u64>) {
    let mut carrying = std::pin::pin!(carrying);
    tokio::select! {
        () = &mut carrying => return,
        // An error is the proxy's end.
        _ = forgotten.changed() => {}
    }
    std::future::pending().await
}

async fn connect(targets: &[String]) -> Option<TcpStream> {
    for target in targets {
        match TcpStream::connect(target).await {
            Ok(server) => return Some(server),
            Err(refused) => tracing::debug!(target, error = %refused, "the proxy tries the next server"),
        }
    }
    None
}

async fn there(mut client: OwnedReadHalf, mut server: OwnedWriteHalf, line: Line) {
    let mut network = line.network;
    let mut passed = 0;
    let mut bytes = [0; CHUNK_BYTES];
    while let Ok(read @ 1..) = client.read(&mut bytes).await {
        let passes = |network: &Network| match network {
            Network::Stalled => false,
            Network::Narrow { bytes } => passed + read <= *bytes,
            Network::Up | Network::Down | Network::Deaf => true,
        };
        if !passes(&network.borrow()) {
            line.held.send_modify(|held| held.requests += 1);
        }
        let passed_on = network.wait_for(passes).await.is_ok();
        if !passed_on || server.write_all(&bytes[..read]).await.is_err() {
            return;
        }
        passed += read;
    }
}

async fn back(mut server: OwnedReadHalf, mut client: OwnedWriteHalf, line: Line) {
    let mut network = line.network;
    let mut bytes = [0; CHUNK_BYTES];
    while let Ok(read @ 1..) = server.read(&mut bytes).await {
        if *network.borrow() == Network::Deaf {
            line.held.send_modify(|held| held.answers += 1);
        }
        let passes = |network: &Network| matches!(network, Network::Up | Network::Narrow { .. });
        let passed_on = network.wait_for(passes).await.is_ok();
        if !passed_on || client.write_all(&bytes[..read]).await.is_err() {
            return;
        }
    }
}
