//! A private RabbitMQ node for tests: own ports, own epmd, own data in a temporary folder. Nodes of tests that run side
//! by side do not meet, and a node ends with its test, also when the test is killed.

use std::fs::File;
use std::io;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

const SCRIPTS: &str = "/usr/lib/rabbitmq/lib";
const START_LIMIT: Duration = Duration::from_secs(90);
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// A port that was free may be taken before the node binds it.
const ATTEMPTS: u32 = 3;

/// A running node; dropping it kills it and removes its data.
#[derive(Debug)]
pub struct RabbitMq {
    scripts: PathBuf,
    folder: TempDir,
    ports: Ports,
    node: Child,
    _epmd: Epmd,
}

#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("the package rabbitmq-server is missing (nothing in {SCRIPTS}): run `cargo xtask setup`")]
    Missing,
    #[error("cannot {action}")]
    Io { action: &'static str, source: io::Error },
    #[error("RabbitMQ ended with {status} while starting:\n{output}")]
    Ended { status: ExitStatus, output: String },
    #[error("RabbitMQ takes no connections after {} s:\n{output}", START_LIMIT.as_secs())]
    Silent { output: String },
    #[error("rabbitmqctl {command} failed: {output}")]
    Control { command: String, output: String },
}

#[derive(Debug, Clone, Copy)]
struct Ports {
    amqp: u16,
    distribution: u16,
    epmd: u16,
}

impl RabbitMq {
    /// Starts a node and waits until it takes AMQP connections.
    pub async fn start() -> Result<Self, StartError> {
        let scripts = find_scripts()?;
        let mut attempt = 1;
        loop {
            match Self::start_once(scripts.clone()).await {
                Err(StartError::Ended { status, .. }) if attempt < ATTEMPTS => {
                    tracing::warn!(%status, attempt, "RabbitMQ did not start; trying other ports");
                    attempt += 1;
                }
                started => return started,
            }
        }
    }

    async fn start_once(scripts: PathBuf) -> Result<Self, StartError> {
        let folder = TempDir::with_prefix("clickpath-rabbitmq-").map_err(at("make a temporary folder"))?;
        std::fs::write(folder.path().join("plugins"), "[].").map_err(at("write the plugins file"))?;
        let ports = Ports::free().map_err(at("find free ports"))?;
        let epmd = Epmd::start(ports.epmd).map_err(at("start epmd"))?;
        let node = spawn_node(&scripts, &folder, ports)?;
        let mut rabbitmq = Self {
            scripts,
            folder,
            ports,
            node,
            _epmd: epmd,
        };
        rabbitmq.wait_until_it_accepts().await?;
        Ok(rabbitmq)
    }

    /// The AMQP address.
    pub fn url(&self) -> String {
        format!("amqp://guest:guest@127.0.0.1:{}/%2f", self.ports.amqp)
    }

    /// Ends the node at once, as kill -9 does.
    pub fn kill(&mut self) -> Result<(), StartError> {
        self.node.kill().map_err(at("kill RabbitMQ"))?;
        self.node.wait().map_err(at("wait for RabbitMQ to end"))?;
        Ok(())
    }

    /// Starts the killed node again on its data and its port, and waits until it takes connections.
    pub async fn restart(&mut self) -> Result<(), StartError> {
        self.node = spawn_node(&self.scripts, &self.folder, self.ports)?;
        self.wait_until_it_accepts().await
    }

    /// Runs `rabbitmqctl` against the node; returns what it prints.
    pub fn control(&self, arguments: &[&str]) -> Result<String, StartError> {
        let mut command = Command::new(self.scripts.join("rabbitmqctl"));
        self.environment(&mut command);
        let ran = command.arg("--quiet").args(arguments).stdin(Stdio::null()).output();
        let output = ran.map_err(at("run rabbitmqctl"))?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        Err(StartError::Control {
            command: arguments.join(" "),
            output: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }

    fn environment(&self, command: &mut Command) {
        environment(command, &self.folder, self.ports);
    }

    async fn wait_until_it_accepts(&mut self) -> Result<(), StartError> {
        let started = Instant::now();
        let url = self.url();
        loop {
            let properties = lapin::ConnectionProperties::default();
            match tokio::time::timeout(Duration::from_secs(5), lapin::Connection::connect(&url, properties)).await {
                Ok(Ok(_)) => return Ok(()),
                Ok(Err(refused)) => tracing::debug!(error = %refused, "RabbitMQ is not there yet"),
                Err(_) => tracing::debug!("RabbitMQ is silent"),
            }
            if let Some(status) = self.node.try_wait().map_err(at("look after RabbitMQ"))? {
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
        std::fs::read_to_string(self.folder.path().join("output")).unwrap_or_else(|failed| failed.to_string())
    }
}

impl Drop for RabbitMq {
    fn drop(&mut self) {
        // It fails only for a node that has ended already.
        if let Err(failed) = self.kill() {
            tracing::debug!(error = %failed, "RabbitMQ was gone");
        }
    }
}

/// Erlang's port mapper, which the machine's other nodes do not share. It ends when its input does: with this process.
#[derive(Debug)]
struct Epmd(Child);

impl Epmd {
    fn start(port: u16) -> io::Result<Self> {
        let script = format!("epmd -address 127.0.0.1 -port {port} & read -r _; kill $!");
        let child = Command::new("sh")
            .args(["-c", &script])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        Ok(Self(child))
    }
}

impl Drop for Epmd {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        if let Err(failed) = self.0.wait() {
            tracing::warn!(error = %failed, "epmd does not end");
        }
    }
}

impl Ports {
    fn free() -> io::Result<Self> {
        let listeners = [0; 3].map(|port| TcpListener::bind(("127.0.0.1", port)));
        let mut ports = Vec::new();
        for listener in &listeners {
            match listener {
                Ok(listener) => ports.push(listener.local_addr()?.port()),
                Err(failed) => return Err(io::Error::new(failed.kind(), failed.to_string())),
            }
        }
        Ok(Self {
            amqp: ports[0],
            distribution: ports[1],
            epmd: ports[2],
        })
    }
}

fn find_scripts() -> Result<PathBuf, StartError> {
    let servers = std::fs::read_dir(SCRIPTS).map_err(|_| StartError::Missing)?;
    let mut scripts = servers.flatten().map(|server| server.path().join("sbin"));
    scripts
        .find(|scripts| scripts.join("rabbitmq-server").is_file())
        .ok_or(StartError::Missing)
}

fn spawn_node(scripts: &std::path::Path, folder: &TempDir, ports: Ports) -> Result<Child, StartError> {
    let output = File::create(folder.path().join("output")).map_err(at("write RabbitMQ's output"))?;
    let mut command = Command::new(scripts.join("rabbitmq-server"));
    environment(&mut command, folder, ports);
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

fn environment(command: &mut Command, folder: &TempDir, ports: Ports) {
    let folder = folder.path();
    command
        .env("HOME", folder)
        .env("ERL_EPMD_PORT", ports.epmd.to_string())
        .env("RABBITMQ_NODENAME", format!("clickpath-{}@localhost", ports.amqp))
        .env("RABBITMQ_NODE_IP_ADDRESS", "127.0.0.1")
        .env("RABBITMQ_NODE_PORT", ports.amqp.to_string())
        .env("RABBITMQ_DIST_PORT", ports.distribution.to_string())
        .env("RABBITMQ_MNESIA_BASE", folder.join("data"))
        .env("RABBITMQ_LOG_BASE", folder.join("log"))
        .env("RABBITMQ_ENABLED_PLUGINS_FILE", folder.join("plugins"))
        .env("RABBITMQ_PID_FILE", folder.join("pid"))
        // Nothing of a broker that the machine may run itself.
        .env("RABBITMQ_CONF_ENV_FILE", folder.join("none"))
        .env("RABBITMQ_CONFIG_FILE", folder.join("none"));
}

fn at(action: &'static str) -> impl FnOnce(io::Error) -> StartError {
    move |source| StartError::Io { action, source }
}
