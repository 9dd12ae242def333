use std::time::Duration;

const DEFAULT_URL: &str = "http://127.0.0.1:8123";
const DEFAULT_USER: &str = "default";
const DEFAULT_DATABASE: &str = "clickpath";
const DEFAULT_TIMEOUT_MS: u64 = 30_000;
const DEFAULT_READ_TIMEOUT_MS: u64 = 10_000;
const DEFAULT_READ_ROWS: u64 = 100_000;
const DEFAULT_READ_MEMORY_BYTES: u64 = 1_500_000_000;

#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
pub struct Settings {
    /// HTTP address of ClickHouse, for example http://clickhouse:8123. Without it `up` starts the embedded engine; the other
    /// commands look for it at http://127.0.0.1:8123.
    #[arg(long, env = "CLICKHOUSE_URL")]
    pub clickhouse_url: Option<String>,
    /// User of ClickHouse.
    #[arg(long, env = "CLICKHOUSE_USER", default_value = DEFAULT_USER)]
    pub clickhouse_user: String,
    /// That user's password.
    #[arg(long, env = "CLICKHOUSE_PASSWORD", default_value = "", hide_env_values = true)]
    pub clickhouse_password: String,
    /// Database that holds Clickpath's tables.
    #[arg(long, env = "CLICKHOUSE_DATABASE", default_value = DEFAULT_DATABASE)]
    pub clickhouse_database: String,
    /// Milliseconds an insert or a question of the loader may take before it counts as failed.
    #[arg(long, env = "CLICKPATH_CLICKHOUSE_TIMEOUT_MS", default_value_t = DEFAULT_TIMEOUT_MS)]
    pub clickhouse_timeout_ms: u64,
    /// Milliseconds a metric's query may run; the server stops it then.
    #[arg(long, env = "CLICKPATH_CLICKHOUSE_READ_TIMEOUT_MS", default_value_t = DEFAULT_READ_TIMEOUT_MS)]
    pub clickhouse_read_timeout_ms: u64,
    /// Rows a metric may return; a query with more fails.
    #[arg(long, env = "CLICKPATH_CLICKHOUSE_READ_ROWS", default_value_t = DEFAULT_READ_ROWS)]
    pub clickhouse_read_rows: u64,
    /// Bytes of the server's memory a metric's query may take; one that wants more fails.
    #[arg(long, env = "CLICKPATH_CLICKHOUSE_READ_MEMORY_BYTES", default_value_t = DEFAULT_READ_MEMORY_BYTES)]
    pub clickhouse_read_memory_bytes: u64,
}

impl Settings {
    /// The server at `url` and its tables in `database`, everything else by default.
    pub fn new(url: impl Into<String>, database: impl Into<String>) -> Self {
        Self {
            clickhouse_url: Some(url.into()),
            clickhouse_user: DEFAULT_USER.to_owned(),
            clickhouse_password: String::new(),
            clickhouse_database: database.into(),
            clickhouse_timeout_ms: DEFAULT_TIMEOUT_MS,
            clickhouse_read_timeout_ms: DEFAULT_READ_TIMEOUT_MS,
            clickhouse_read_rows: DEFAULT_READ_ROWS,
            clickhouse_read_memory_bytes: DEFAULT_READ_MEMORY_BYTES,
        }
    }

    pub fn url(&self) -> &str {
        self.clickhouse_url.as_deref().unwrap_or(DEFAULT_URL)
    }

    pub(crate) fn timeout(&self) -> Duration {
        Duration::from_millis(self.clickhouse_timeout_ms)
    }

    pub(crate) fn read_timeout(&self) -> Duration {
        Duration::from_millis(self.clickhouse_read_timeout_ms)
    }
}
