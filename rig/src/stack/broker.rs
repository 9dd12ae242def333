use anyhow::{Context, bail};
use queue::testing::{RabbitMq, RabbitMqCluster};
use tokio::task::block_in_place;

/// Waits for what 3.10 writes half a second late: killed before, a node forgets a new queue's log.
const WRITE_DIRECTORY: &str = "dets:sync(ra_directory_reverse).";

/// One node or a cluster.
#[derive(Debug)]
pub enum Broker {
    Single(RabbitMq),
    Cluster(RabbitMqCluster),
}

impl Broker {
    pub(super) async fn start(nodes: usize) -> anyhow::Result<Self> {
        Ok(match nodes {
            1 => Self::Single(RabbitMq::start().await?),
            _ => Self::Cluster(RabbitMqCluster::start(nodes).await?),
        })
    }

    /// `host:port` of each node.
    pub fn addresses(&self) -> Vec<String> {
        match self {
            Self::Single(node) => vec![node.address()],
            Self::Cluster(cluster) => cluster.addresses(),
        }
    }

    /// The process id of the single node.
    pub fn pid(&self) -> anyhow::Result<u32> {
        match self {
            Self::Single(node) => Ok(node.pid()),
            Self::Cluster(_) => bail!("a cluster has several"),
        }
    }

    pub fn nodes(&self) -> usize {
        self.addresses().len()
    }

    /// Runs `rabbitmqctl` against a node; this takes seconds.
    pub fn control(&self, node: usize, arguments: &[&str]) -> anyhow::Result<String> {
        let answer = block_in_place(|| match self {
            Self::Single(single) => single.control(arguments),
            Self::Cluster(cluster) => cluster.control(node, arguments),
        });
        Ok(answer?)
    }

    /// Makes the queues that were just declared survive a kill of their node.
    pub fn settle_queues(&self) -> anyhow::Result<()> {
        for node in 0..self.nodes() {
            self.control(node, &["eval", WRITE_DIRECTORY])?;
        }
        Ok(())
    }

    /// The node that leads a queue.
    pub fn leader(&self, queue: &str) -> anyhow::Result<usize> {
        match self {
            Self::Single(_) => Ok(0),
            Self::Cluster(cluster) => block_in_place(|| cluster.leader(0, queue)).context("no leader"),
        }
    }

    /// Kill -9.
    pub fn kill(&mut self, node: usize) -> anyhow::Result<()> {
        Ok(match self {
            Self::Single(single) => single.kill(),
            Self::Cluster(cluster) => cluster.kill(node),
        }?)
    }

    /// Starts a killed node and waits until it takes connections.
    pub async fn restart(&mut self, node: usize) -> anyhow::Result<()> {
        Ok(match self {
            Self::Single(single) => single.restart().await,
            Self::Cluster(cluster) => cluster.restart(node).await,
        }?)
    }
}
