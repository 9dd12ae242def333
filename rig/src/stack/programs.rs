use std::path::PathBuf;

use queue::testing::Proxy;

use super::Networks;
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

impl Addresses {
    pub(super) fn engine(&self) -> Program {
        let listen = format!("127.0.0.1:{}", self.engine);
        self.program(
            "engine",
            &["warehouse", "--data-dir", "clickhouse", "--warehouse-listen", &listen],
        )
    }

    pub(super) fn migrate(&self) -> Program {
        self.program("migrate", &["migrate", "--clickhouse-url", &self.engine_url()])
    }

    pub(super) fn gateway(&self, broker: &Proxy) -> Program {
        let listen = format!("127.0.0.1:{}", self.gateway);
        let mut arguments = vec!["gateway", "--listen", &listen, "--sites-file", "sites.toml"];
        let (amqp_url, engine_url) = (amqp_url(broker), self.engine_url());
        arguments.extend(["--amqp-url", &amqp_url, "--clickhouse-url", &engine_url]);
        self.program("gateway", &arguments)
    }

    pub(super) fn loader(&self, networks: &Networks) -> Program {
        let amqp_url = amqp_url(&networks.loader_to_broker);
        let engine_url = format!("http://{}", networks.loader_to_engine.address());
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

    fn engine_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.engine)
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

fn amqp_url(broker: &Proxy) -> String {
    format!("amqp://guest:guest@{}/%2f", broker.address())
}
