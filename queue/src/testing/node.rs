use std::fs::File;
use std::io;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::StartError;
use super::error::at;

pub(super) const SCRIPTS: &str = "/usr/lib/rabbitmq/lib";
pub(super) const START_LIMIT: Duration = Duration::from_secs(90);
/// Most of `rabbitmqctl`'s commands would wait for ever.
const CONTROL_LIMIT_SECONDS: &str = "60";
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// One node of Erlang's; dropping it kills it.
#[derive(Debug)]
pub(super) struct Node {
    place: Place,
    process: Child,
}

/// Where a node lives: what stays when it is killed.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) scripts: PathBuf,
    /// The cookie's folder: nodes of one cluster share it.
    pub(super) home: PathBuf,
    pub(super) folder: PathBuf,
    pub(super) amqp: u16,
    pub(super) distribution: u16,
    pub(super) epmd: u16,
}

impl Place {
    pub(super) fn name(&self) -> String {
        format!("clickpath-{}@localhost", self.amqp)
    }

    fn environment(&self, command: &mut Command) {
        let Self { home, folder, .. } = self;
        command
            .env("HOME", home)
            .env("ERL_EPMD_PORT", self.epmd.to_string())
            .env("RABBITMQ_NODENAME", self.name())
            .env("RABBITMQ_NODE_IP_ADDRESS", "127.0.0.1")
            .env("RABBITMQ_NODE_PORT", self.amqp.to_string())
            .env("RABBITMQ_DIST_PORT", self.distribution.to_string())
            .env("RABBITMQ_MNESIA_BASE", folder.join("data"))
            .env("RABBITMQ_LOG_BASE", folder.join("log"))
            .env("RABBITMQ_ENABLED_PLUGINS_FILE", folder.join("plugins"))
            .env("RABBITMQ_PID_FILE", folder.join("pid"))
            // Nothing of a broker that the machine may run itself.
            .env("RABBITMQ_CONF_ENV_FILE", folder.join("none"))
            .env("RABBITMQ_CONFIG_FILE", folder.join("rabbitmq.conf"));
    }

    fn spawn(&self) -> Result<Child, StartError> {
        let output = File::create(self.folder.join("output")).map_err(at("write RabbitMQ's output"))?;
        let mut command = Command::new(self.scripts.join("rabbitmq-server"));
        self.environment(&mut command);
        command
            // The script then becomes the node, so the child's id is the node's; and the node ends with its input.
            .env("RABBITMQ_ALLOW_INPUT", "1")
            .env(
                "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS",
                "+sbwt none +sbwtdcpu none +sbwtdio none",
            )
            .stdin(Stdio::piped())
            .stdout(output.try_clone().map_err(at("write RabbitMQ's output"))?)
            .stderr(output);
        command.spawn().map_err(at("start rabbitmq-server"))
    }
}

impl Node {
    /// Starts the node; it takes connections after [`Node::wait_until_it_accepts`]. `plugins` are in the form of its `enabled_plugins`,
    /// `configuration` is its `rabbitmq.conf`.
    pub(super) fn start(place: Place, plugins: &str, configuration: &str) -> Result<Self, StartError> {
        std::fs::create_dir_all(&place.folder).map_err(at("make the node's folder"))?;
        std::fs::write(place.folder.join("plugins"), plugins).map_err(at("write the plugins file"))?;
        std::fs::write(place.folder.join("rabbitmq.conf"), configuration).map_err(at("write the configuration"))?;
        let process = place.spawn()?;
        Ok(Self { place, process })
    }

    pub(super) fn url(&self) -> String {
        format!("amqp://guest:guest@127.0.0.1:{}/%2f", self.place.amqp)
    }

    /// `host:port`.
    pub(super) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.place.amqp)
    }

    pub(super) fn name(&self) -> String {
        self.place.name()
    }

    pub(super) fn pid(&self) -> u32 {
        self.process.id()
    }

    pub(super) fn kill(&mut self) -> Result<(), StartError> {
        self.process.kill().map_err(at("kill RabbitMQ"))?;
        self.process.wait().map_err(at("wait for RabbitMQ to end"))?;
        Ok(())
    }

    pub(super) async fn restart(&mut self) -> Result<(), StartError> {
        self.process = self.place.spawn()?;
        self.wait_until_it_accepts().await
    }

    pub(super) fn control(&self, arguments: &[&str]) -> Result<String, StartError> {
        let mut command = Command::new(self.place.scripts.join("rabbitmqctl"));
        self.place.environment(&mut command);
        let ran = command
            .args(["--quiet", "--timeout", CONTROL_LIMIT_SECONDS])
            .args(arguments)
            .stdin(Stdio::null())
            .output();
        let output = ran.map_err(at("run rabbitmqctl"))?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        Err(StartError::Control {
            command: arguments.join(" "),
            output: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }

    pub(super) async fn wait_until_it_accepts(&mut self) -> Result<(), StartError> {
        let started = Instant::now();
        let url = self.url();
        loop {
            let properties = lapin::ConnectionProperties::default();
            match tokio::time::timeout(Duration::from_secs(5), lapin::Connection::connect(&url, properties)).await {
                Ok(Ok(_)) => return Ok(()),
                Ok(Err(refused)) => tracing::debug!(error = %refused, "RabbitMQ is not there yet"),
                Err(_) => tracing::debug!("RabbitMQ is silent"),
            }
            if let Some(status) = self.process.try_wait().map_err(at("look after RabbitMQ"))? {
                let output = self.output();
                return Err(StartError::Ended { status, output });
            }
            if started.elapsed() > START_LIMIT {
                return Err(StartError::Silent { output: self.output() });
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    fn output(&self) -> String {
        std::fs::read_to_string(self.place.folder.join("output")).unwrap_or_else(|failed| failed.to_string())
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // It fails only for a node that has ended already.
        if let Err(failed) = self.kill() {
            tracing::debug!(error = %failed, "RabbitMQ was gone");
        }
    }
}

/// Ports that nobody listened on a moment ago.
pub(super) fn free_ports<const N: usize>() -> Result<[u16; N], StartError> {
    let listeners = [0; N].map(|port| TcpListener::bind(("127.0.0.1", port)));
    let mut ports = [0; N];
    for (port, listener) in ports.iter_mut().zip(listeners.iter()) {
        let address = listener.as_ref().map_err(copy).and_then(|listener| {
            // The listeners are kept until all ports are known: no two are the same.
            listener.local_addr()
        });
        *port = address.map_err(at("find free ports"))?.port();
    }
    Ok(ports)
}

fn copy(failed: &io::Error) -> io::Error {
    io::Error::new(failed.kind(), failed.to_string())
}

pub(super) fn find_scripts() -> Result<PathBuf, StartError> {
    let servers = std::fs::read_dir(Path::new(SCRIPTS)).map_err(|_| StartError::Missing)?;
    let mut scripts = servers.flatten().map(|server| server.path().join("sbin"));
    scripts
        .find(|scripts| scripts.join("rabbitmq-server").is_file())
        .ok_or(StartError::Missing)
}
