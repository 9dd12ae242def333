use std::fs::Permissions;
use std::hash::{BuildHasher, RandomState};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use futures_util::future::try_join_all;
use tempfile::TempDir;

use super::StartError;
use super::epmd::Epmd;
use super::error::at;
use super::node::{Node, Place, find_scripts, free_ports};
use super::rabbitmq::ATTEMPTS;

/// Nodes of one cluster on loopback: a quorum queue has a copy on each. Dropping it kills them and removes their data.
#[derive(Debug)]
pub struct RabbitMqCluster {
    nodes: Vec<Node>,
    _folder: TempDir,
    _epmd: Epmd,
}

impl RabbitMqCluster {
    /// Starts that many nodes at once and waits until all have joined and take AMQP connections.
    pub async fn start(nodes: usize) -> Result<Self, StartError> {
        let mut attempt = 1;
        loop {
            match Self::start_once(nodes).await {
                Err(StartError::Ended { status, .. }) if attempt < ATTEMPTS => {
                    tracing::warn!(%status, attempt, "the RabbitMQ cluster did not start; trying other ports");
                    attempt += 1;
                }
                started => return started,
            }
        }
    }

    async fn start_once(count: usize) -> Result<Self, StartError> {
        let folder = TempDir::with_prefix("clickpath-rabbitmq-").map_err(at("make a temporary folder"))?;
        write_cookie(folder.path())?;
        let [epmd] = free_ports()?;
        let mapper = Epmd::start(epmd).map_err(at("start epmd"))?;
        let places = places(count, folder.path(), epmd)?;
        let configuration = configuration(&places);
        let nodes = places
            .into_iter()
            .map(|place| Node::start(place, "[].", &configuration));
        let mut nodes = nodes.collect::<Result<Vec<_>, _>>()?;
        try_join_all(nodes.iter_mut().map(Node::wait_until_it_accepts)).await?;
        nodes[0].control(&["await_online_nodes", &count.to_string()])?;
        Ok(Self {
            nodes,
            _folder: folder,
            _epmd: mapper,
        })
    }

    /// The AMQP address of each node.
    pub fn urls(&self) -> Vec<String> {
        self.nodes.iter().map(Node::url).collect()
    }

    /// `host:port` of each node, for a [`Proxy`](super::Proxy).
    pub fn addresses(&self) -> Vec<String> {
        self.nodes.iter().map(Node::address).collect()
    }

    /// Ends a node at once, as kill -9 does.
    pub fn kill(&mut self, node: usize) -> Result<(), StartError> {
        self.nodes[node].kill()
    }

    /// Starts a killed node again on its data and its port, and waits until it takes connections.
    pub async fn restart(&mut self, node: usize) -> Result<(), StartError> {
        self.nodes[node].restart().await
    }

    /// Runs `rabbitmqctl` against a node; returns what it prints.
    pub fn control(&self, node: usize, arguments: &[&str]) -> Result<String, StartError> {
        self.nodes[node].control(arguments)
    }

    /// The node that leads a quorum queue, as `node` sees it.
    pub fn leader(&self, node: usize, queue: &str) -> Result<usize, StartError> {
        let output = self.control(node, &["--no-table-headers", "list_queues", "name", "leader"])?;
        let leader = output
            .lines()
            .find_map(|line| line.strip_prefix(queue)?.strip_prefix('\t'));
        let found = leader.and_then(|leader| self.nodes.iter().position(|node| node.name() == leader));
        found.ok_or_else(|| StartError::NoLeader {
            queue: queue.to_owned(),
            output,
        })
    }
}

fn places(count: usize, folder: &Path, epmd: u16) -> Result<Vec<Place>, StartError> {
    let scripts = find_scripts()?;
    let place = |number: usize| {
        let [amqp, distribution] = free_ports()?;
        Ok(Place {
            scripts: scripts.clone(),
            home: folder.to_owned(),
            folder: folder.join(format!("node-{number}")),
            amqp,
            distribution,
            epmd,
        })
    };
    (0..count).map(place).collect()
}

/// Each node knows all: whichever is first makes the cluster, the others join it.
fn configuration(places: &[Place]) -> String {
    let mut text = "cluster_formation.peer_discovery_backend = classic_config\n".to_owned();
    for (place, number) in places.iter().zip(1..) {
        text += &format!("cluster_formation.classic_config.nodes.{number} = {}\n", place.name());
    }
    text
}

/// The secret that the nodes share; each would make its own.
fn write_cookie(home: &Path) -> Result<(), StartError> {
    let path = home.join(".erlang.cookie");
    // The hasher's keys come from the system's random source.
    let secret = RandomState::new().hash_one(home);
    std::fs::write(&path, format!("{secret:020}")).map_err(at("write the nodes' cookie"))?;
    std::fs::set_permissions(&path, Permissions::from_mode(0o400)).map_err(at("protect the nodes' cookie"))
}
