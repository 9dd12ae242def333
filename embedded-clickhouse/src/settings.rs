use std::ffi::OsString;
use std::fmt::Display;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// The embedded warehouse: where it keeps its data and where it answers.
#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
pub struct Settings {
    /// Directory of the embedded ClickHouse: tables, configuration, backups
    #[arg(long, env = "CLICKPATH_WAREHOUSE_DIR", default_value = "data/clickhouse")]
    pub data_dir: PathBuf,

    /// Address of the embedded ClickHouse's HTTP interface
    #[arg(long, env = "CLICKPATH_WAREHOUSE_LISTEN", default_value = "127.0.0.1:8123")]
    pub warehouse_listen: SocketAddr,

    /// The engine library, libchdb.so; without it the cache that `cargo xtask fetch` fills is searched
    #[arg(long, env = "CHDB_LIB")]
    pub engine_library: Option<PathBuf>,

    /// Directory of fetched files; default $XDG_CACHE_HOME/clickpath or ~/.cache/clickpath
    #[arg(long, env = "CLICKPATH_CACHE_DIR")]
    pub cache_dir: Option<PathBuf>,

    /// Memory the engine may use for all queries and inserts together, in bytes
    #[arg(long, env = "CLICKPATH_WAREHOUSE_MEMORY_BYTES", default_value_t = 2_000_000_000)]
    pub warehouse_memory_bytes: u64,

    /// Queries and inserts that run at the same time; more wait their turn
    #[arg(long, env = "CLICKPATH_WAREHOUSE_CONCURRENCY", default_value_t = 16)]
    pub warehouse_concurrency: usize,

    /// How long a statement waits for its turn before it is refused, in milliseconds
    #[arg(long, env = "CLICKPATH_WAREHOUSE_QUEUE_MS", default_value_t = 10_000)]
    pub warehouse_queue_ms: u64,

    /// How long running statements may take to end after a stop signal, in milliseconds; then they are cancelled
    #[arg(long, env = "CLICKPATH_WAREHOUSE_STOP_MS", default_value_t = 10_000)]
    pub warehouse_stop_ms: u64,

    /// Password of the user `default`; empty accepts any, as ClickHouse does for a user without a password
    #[arg(
        long,
        env = "CLICKPATH_WAREHOUSE_PASSWORD",
        default_value = "",
        hide_env_values = true
    )]
    pub warehouse_password: String,

    /// Password of the user `viewer`, who may only read; empty accepts any
    #[arg(
        long,
        env = "CLICKPATH_WAREHOUSE_VIEWER_PASSWORD",
        default_value = "",
        hide_env_values = true
    )]
    pub warehouse_viewer_password: String,
}

impl Settings {
    /// The defaults with `data_dir` for the data and a free port of this machine for the listener.
    pub fn local(data_dir: PathBuf) -> Self {
        Self {
            data_dir,
            warehouse_listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            engine_library: None,
            cache_dir: None,
            warehouse_memory_bytes: 2_000_000_000,
            warehouse_concurrency: 16,
            warehouse_queue_ms: 10_000,
            warehouse_stop_ms: 10_000,
            warehouse_password: String::new(),
            warehouse_viewer_password: String::new(),
        }
    }

    /// The settings as environment variables, for a child process that parses them again.
    pub fn environment(&self) -> Vec<(&'static str, OsString)> {
        let text = |value: &dyn Display| OsString::from(value.to_string());
        let mut variables = vec![
            ("CLICKPATH_WAREHOUSE_DIR", self.data_dir.clone().into_os_string()),
            ("CLICKPATH_WAREHOUSE_LISTEN", text(&self.warehouse_listen)),
            ("CLICKPATH_WAREHOUSE_MEMORY_BYTES", text(&self.warehouse_memory_bytes)),
            ("CLICKPATH_WAREHOUSE_CONCURRENCY", text(&self.warehouse_concurrency)),
            ("CLICKPATH_WAREHOUSE_QUEUE_MS", text(&self.warehouse_queue_ms)),
            ("CLICKPATH_WAREHOUSE_STOP_MS", text(&self.warehouse_stop_ms)),
            ("CLICKPATH_WAREHOUSE_PASSWORD", text(&self.warehouse_password)),
            (
                "CLICKPATH_WAREHOUSE_VIEWER_PASSWORD",
                text(&self.warehouse_viewer_password),
            ),
        ];
        variables.extend(
            self.engine_library
                .clone()
                .map(|path| ("CHDB_LIB", path.into_os_string())),
        );
        variables.extend(
            self.cache_dir
                .clone()
                .map(|path| ("CLICKPATH_CACHE_DIR", path.into_os_string())),
        );
        variables
    }

    pub(crate) fn queue_wait(&self) -> Duration {
        Duration::from_millis(self.warehouse_queue_ms)
    }

    pub(crate) fn stop_wait(&self) -> Duration {
        Duration::from_millis(self.warehouse_stop_ms)
    }
}
