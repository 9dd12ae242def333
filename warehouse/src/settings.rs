#[derive(Debug, Clone, clap::Args)]
pub struct Settings {
    /// HTTP address of ClickHouse, for example http://clickhouse:8123. Without it `up` starts the embedded engine.
    #[arg(long, env = "CLICKHOUSE_URL", default_value = "http://127.0.0.1:8123")]
    pub clickhouse_url: String,
    #[arg(long, env = "CLICKHOUSE_USER", default_value = "default")]
    pub clickhouse_user: String,
    #[arg(long, env = "CLICKHOUSE_PASSWORD", default_value = "", hide_env_values = true)]
    pub clickhouse_password: String,
    /// Database that holds Clickpath's tables.
    #[arg(long, env = "CLICKHOUSE_DATABASE", default_value = "clickpath")]
    pub clickhouse_database: String,
}
