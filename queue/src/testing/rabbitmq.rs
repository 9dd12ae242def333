use tempfile::TempDir;

use super::StartError;
use super::epmd::Epmd;
use super::error::at;
use super::node::{Node, Place, find_scripts, free_ports};

/// A port that was free may be taken before the node binds it.
pub(super) const ATTEMPTS: u32 = 3;

/// A running node; dropping it kills it and removes its data.
#[derive(Debug)]
pub struct RabbitMq {
    node: Node,
    metrics: Option<u16>,
    _folder: TempDir,
    _epmd: Epmd,
}

impl RabbitMq {
    /// Starts a node and waits until it takes AMQP connections.
    pub async fn start() -> Result<Self, StartError> {
        Self::start_with(false).await
    }

    /// With the plugin that serves the node's own metrics, at [`RabbitMq::metrics_url`].
    pub async fn start_with_metrics() -> Result<Self, StartError> {
        Self::start_with(true).await
    }

    async fn start_with(metrics: bool) -> Result<Self, StartError> {
        let mut attempt = 1;
        loop {
            match Self::start_once(metrics).await {
                Err(StartError::Ended { status, .. }) if attempt < ATTEMPTS => {
                    tracing::warn!(%status, attempt, "RabbitMQ did not start; trying other ports");
                    attempt += 1;
                }
                started => return started,
            }
        }
    }

    async fn start_once(metrics: bool) -> Result<Self, StartError> {
        let scripts = find_scripts()?;
        let folder = TempDir::with_prefix("clickpath-rabbitmq-").map_err(at("make a temporary folder"))?;
        let [amqp, distribution, epmd, prometheus] = free_ports()?;
        let mapper = Epmd::start(epmd).map_err(at("start epmd"))?;
        let place = Place {
            scripts,
            home: folder.path().to_owned(),
            folder: folder.path().to_owned(),
            amqp,
            distribution,
            epmd,
        };
        let configuration = format!("prometheus.tcp.ip = 127.0.0.1\nprometheus.tcp.port = {prometheus}\n");
        let mut node = match metrics {
            true => Node::start(place, "[rabbitmq_prometheus].", &configuration)?,
            false => Node::start(place, "[].", "")?,
        };
        node.wait_until_it_accepts().await?;
        Ok(Self {
            node,
            metrics: metrics.then_some(prometheus),
            _folder: folder,
            _epmd: mapper,
        })
    }

    /// The AMQP address.
    pub fn url(&self) -> String {
        self.node.url()
    }

    /// Where the node serves its own metrics, of a node of [`RabbitMq::start_with_metrics`].
    pub fn metrics_url(&self) -> Option<String> {
        self.metrics.map(|port| format!("http://127.0.0.1:{port}"))
    }

    /// `host:port`, for a [`Proxy`](super::Proxy).
    pub fn address(&self) -> String {
        self.node.address()
    }

    /// The node's process id, until it is killed.
    pub fn pid(&self) -> u32 {
        self.node.pid()
    }

    /// Ends the node at once, as kill -9 does.
    pub fn kill(&mut self) -> Result<(), StartError> {
        self.node.kill()
    }

    /// Starts the killed node again on its data and its port, and waits until it takes connections.
    pub async fn restart(&mut self) -> Result<(), StartError> {
        self.node.restart().await
    }

    /// Runs `rabbitmqctl` against the node; returns what it prints.
    pub fn control(&self, arguments: &[&str]) -> Result<String, StartError> {
        self.node.control(arguments)
    }
}
