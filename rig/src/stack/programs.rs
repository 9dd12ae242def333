use std::path::PathBuf;

use super::{Broker, Networks};
use crate::process::Program;

/// What the command lines of a topology's parts say.
#[derive(Debug, Clone)]
pub(super) struct Addresses {
    pub(super) program: PathBuf,
    pub(super) folder: PathBuf,
    /// For queue, spool and manifests.
    pub(super) disk: PathBuf,
    pub(super) gateway: u16,
    pub(super) engine: u16,
    pub(super) environment: Vec<(&'static str, String)>,
}

/// Where a part finds the parts behind it, each as `host:port`.
#[derive(Debug, Clone)]
pub(super) struct Ways {
    gateway_to_broker: String,
    loader_to_broker: String,
    loader_to_engine: String,
}

impl Ways {
    /// Over the networks, or straight to the broker's first node and the engine.
    pub(super) fn new(networks: Option<&Networks>, broker: &Broker, addresses: &Addresses) -> Self {
        match networks {
            Some(networks) => Self {
                gateway_to_broker: networks.gateway_to_broker.address(),
                loader_to_broker: networks.loader_to_broker.address(),
                loader_to_engine: networks.loader_to_engine.address(),
            },
            None => Self {
                gateway_to_broker: broker.addresses().swap_remove(0),
                loader_to_broker: broker.addresses().swap_remove(0),
                loader_to_engine: addresses.engine_address(),
            },
        }
    }
}

impl Addresses {
    pub(super) fn engine(&self) -> Program {
        let listen = self.engine_address();
        self.program(
            "engine",
            &["warehouse", "--data-dir", "clickhouse", "--warehouse-listen", &listen],
        )
    }

    pub(super) fn migrate(&self) -> Program {
        self.program("migrate", &["migrate", "--clickhouse-url", &self.engine_url()])
    }

    pub(super) fn gateway(&self, ways: &Ways) -> Program {
        let listen = format!("127.0.0.1:{}", self.gateway);
        let mut arguments = vec!["gateway", "--listen", &listen, "--sites-file", "sites.toml"];
        let (amqp_url, engine_url) = (amqp_url(&ways.gateway_to_broker), self.engine_url());
        arguments.extend(["--amqp-url", &amqp_url, "--clickhouse-url", &engine_url]);
        self.program("gateway", &arguments)
    }

    pub(super) fn loader(&self, ways: &Ways) -> Program {
        let amqp_url = amqp_url(&ways.loader_to_broker);
        let engine_url = format!("http://{}", ways.loader_to_engine);
        self.program(
            "loader",
            &["load", "--amqp-url", &amqp_url, "--clickhouse-url", &engine_url],
        )
    }

    pub(super) fn up(&self) -> Program {
        let (gateway, engine) = (
            format!("127.0.0.1:{}", self.gateway),
            format!("127.0.0.1:{}", self.engine),
        );
        let arguments = ["up", "--listen", &gateway, "--warehouse-listen", &engine];
        let rest = ["--sites-file", "sites.toml", "--data-dir", "clickhouse"];
        self.program("up", &[arguments.as_slice(), &rest].concat())
    }

    /// `host:port`.
    pub(super) fn engine_address(&self) -> String {
        format!("127.0.0.1:{}", self.engine)
    }

    fn engine_url(&self) -> String {
        format!("http://{}", self.engine_address())
    }

    fn program(&self, name: &'static str, arguments: &[&str]) -> Program {
        let on_disk = |folder: &str| self.disk.join(folder).display().to_string();
        let mut environment = vec![
            ("CLICKPATH_QUEUE_DIR", on_disk("queue")),
            ("CLICKPATH_LOADER_DIR", on_disk("loader")),
            // An orderly end fits into the minute that the rig gives it.
            ("CLICKPATH_WAREHOUSE_STOP_MS", "5000".to_owned()),
        ];
        environment.extend(self.environment.clone());
        Program {
            name,
            path: self.program.clone(),
            arguments: arguments.iter().map(|&argument| argument.to_owned()).collect(),
            environment,
            folder: self.folder.clone(),
        }
    }
}

fn amqp_url(broker: &str) -> String {
    format!("amqp://guest:guest@{broker}/%2f")
}
