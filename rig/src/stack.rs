//! The parts of one topology on loopback, each a process of its own behind a fixed address, and a network between them that
//! fails on demand.

mod broker;
pub(crate) mod engine_child;
mod programs;
mod ready;
mod services;

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use queue::testing::Proxy;
use tokio::process::Command;

use crate::Warden;
use crate::client::SITES;
use crate::disk::Disk;
use programs::{Addresses, Ways};

pub use broker::Broker;
pub use ready::wait_for;
pub use services::{Role, Services};

/// Room for queue, spool and manifests.
const DISK_BYTES: u64 = 64 * 1024 * 1024;
/// Debug builds on a busy machine.
pub const READY_LIMIT: Duration = Duration::from_secs(60);

/// How the parts are put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topology {
    /// Engine, gateway and loader apart, one RabbitMQ node between them.
    RabbitMq,
    /// The same with a cluster of three nodes.
    Cluster,
    /// `clickpath up`: gateway and loader in one process, the engine its child, the queue on disk.
    Embedded,
}

/// What to start, and how.
#[derive(Debug, Clone)]
pub struct Options {
    pub topology: Topology,
    /// Bytes of the disk for queue, spool and manifests; without it they share the folder's disk, which cannot be filled.
    pub disk_bytes: Option<u64>,
    /// Whether the parts talk to each other over networks that fail on demand, which costs CPU; a cluster needs them.
    pub networks: bool,
    /// Settings of all parts, beside those that the topology needs.
    pub environment: Vec<(&'static str, String)>,
}

impl Options {
    /// A small disk and networks that fail, everything else by default.
    pub fn small(topology: Topology) -> Self {
        Self {
            topology,
            disk_bytes: Some(DISK_BYTES),
            networks: true,
            environment: Vec::new(),
        }
    }
}

/// A running pipeline. Dropping it kills it.
#[derive(Debug)]
pub struct Stack {
    pub topology: Topology,
    pub services: Services,
    /// None in [`Topology::Embedded`].
    pub broker: Option<Broker>,
    /// None in [`Topology::Embedded`], and where none were asked for.
    pub networks: Option<Networks>,
    /// Where queue, spool and manifests are.
    pub disk: Disk,
    /// `http://host:port`.
    pub gateway_url: String,
    /// The engine itself, past the network that fails.
    pub engine_url: String,
}

/// The ways on which the parts talk to each other.
#[derive(Debug)]
pub struct Networks {
    pub gateway_to_broker: Proxy,
    pub loader_to_broker: Proxy,
    pub loader_to_engine: Proxy,
}

impl Stack {
    /// Starts everything in `folder` and waits until the gateway takes events.
    pub async fn start(options: Options, folder: &Path, warden: &Warden) -> anyhow::Result<Self> {
        let topology = options.topology;
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        write_sites(folder)?;
        let disk = match options.disk_bytes {
            Some(bytes) => Disk::small(folder.join("disk"), bytes, warden)?,
            None => Disk::shared(folder.join("disk"))?,
        };
        let [gateway, engine] = free_ports()?;
        let addresses = Addresses {
            program: beside_this("clickpath")?,
            folder: folder.to_owned(),
            disk: disk.folder().to_owned(),
            gateway,
            engine,
            environment: options.environment,
        };
        let stack = Self {
            topology,
            services: Services::new(warden.clone()),
            broker: None,
            networks: None,
            disk,
            gateway_url: format!("http://127.0.0.1:{gateway}"),
            engine_url: format!("http://127.0.0.1:{engine}"),
        };
        let mut stack = match topology {
            Topology::Embedded => stack.start_in_one(&addresses)?,
            Topology::RabbitMq | Topology::Cluster => stack.start_apart(&addresses, options.networks).await?,
        };
        stack.wait_until_ready().await?;
        Ok(stack)
    }

    fn start_in_one(mut self, addresses: &Addresses) -> anyhow::Result<Self> {
        self.services.start(Role::Up, addresses.up())?;
        Ok(self)
    }

    async fn start_apart(mut self, addresses: &Addresses, with_networks: bool) -> anyhow::Result<Self> {
        let nodes = if self.topology == Topology::Cluster { 3 } else { 1 };
        self.services.start(Role::Engine, addresses.engine())?;
        let (broker, ()) = tokio::try_join!(Broker::start(nodes), migrate(addresses, &self.engine_url))?;
        let networks = match with_networks {
            true => Some(Networks::start(&broker, addresses).await?),
            false => None,
        };
        let ways = Ways::new(networks.as_ref(), &broker, addresses);
        self.services.start(Role::Gateway, addresses.gateway(&ways))?;
        self.services.start(Role::Loader, addresses.loader(&ways))?;
        (self.broker, self.networks) = (Some(broker), networks);
        Ok(self)
    }

    /// Waits until the gateway takes events and the engine answers.
    pub async fn wait_until_ready(&mut self) -> anyhow::Result<()> {
        let ready = async {
            ready::gateway(&self.gateway_url).await?;
            ready::engine(&self.engine_url).await
        };
        self.services.during(ready).await?
    }

    /// The process that writes to [`Stack::disk`] before it answers.
    pub fn writer(&self) -> Role {
        match self.topology {
            Topology::Embedded => Role::Up,
            Topology::RabbitMq | Topology::Cluster => Role::Gateway,
        }
    }

    /// The engine's process id, whoever started it.
    pub fn engine_pid(&self) -> anyhow::Result<u32> {
        let (role, own) = match self.topology {
            Topology::Embedded => (Role::Up, false),
            Topology::RabbitMq | Topology::Cluster => (Role::Engine, true),
        };
        let pid = self.services.get(role)?.pid().context("it does not run")?;
        if own { Ok(pid) } else { engine_child::of(pid) }
    }
}

impl Networks {
    async fn start(broker: &Broker, addresses: &Addresses) -> anyhow::Result<Self> {
        Ok(Self {
            gateway_to_broker: Proxy::start(broker.addresses()).await?,
            loader_to_broker: Proxy::start(broker.addresses()).await?,
            loader_to_engine: Proxy::start([addresses.engine_address()]).await?,
        })
    }
}

async fn migrate(addresses: &Addresses, engine_url: &str) -> anyhow::Result<()> {
    ready::engine(engine_url).await?;
    let program = addresses.migrate();
    let mut command = Command::new(&program.path);
    let ran = command
        .args(&program.arguments)
        .current_dir(&program.folder)
        .output()
        .await;
    let output = ran.context("cannot start clickpath migrate")?;
    if !output.status.success() {
        bail!("clickpath migrate failed: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(())
}

fn write_sites(folder: &Path) -> anyhow::Result<()> {
    let mut text = format!("default_site = \"{}\"\n", SITES[0]);
    for site in SITES {
        text += &format!("[[site]]\nname = \"{site}\"\nbase_url = \"https://{site}/\"\norigins = [\"*\"]\n");
    }
    fs::write(folder.join("sites.toml"), text).context("cannot write the sites file")
}

/// A program of the same build as this one.
pub(crate) fn beside_this(name: &str) -> anyhow::Result<PathBuf> {
    let this = std::env::current_exe().context("this program has no path")?;
    // A test's program lies one folder deeper.
    let folders = this.ancestors().skip(1).take(2);
    let mut found = folders.map(|folder| folder.join(name));
    found
        .find(|path| path.is_file())
        .with_context(|| format!("{name} is not built: it would lie beside {}", this.display()))
}

/// Ports that nobody listened on a moment ago; a part that is started again comes back to its own.
pub(crate) fn free_ports<const N: usize>() -> anyhow::Result<[u16; N]> {
    let listeners: Vec<_> = (0..N)
        .map(|_| TcpListener::bind("127.0.0.1:0"))
        .collect::<Result<_, _>>()?;
    let mut ports = [0; N];
    for (port, listener) in ports.iter_mut().zip(&listeners) {
        *port = listener.local_addr()?.port();
    }
    Ok(ports)
}
