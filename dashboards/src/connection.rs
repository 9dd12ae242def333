use serde::Serialize;

/// How the dashboards' tool reaches ClickHouse; its address as the tool sees it, which need not be ours.
#[derive(Debug, Clone, Serialize, clap::Args)]
#[group(skip)]
pub struct Connection {
    /// Host of ClickHouse, as the tool reaches it.
    #[arg(long, env = "CLICKPATH_DASHBOARDS_CLICKHOUSE_HOST", default_value = "clickhouse")]
    pub source_host: String,
    /// Port of ClickHouse's HTTP interface there.
    #[arg(long, env = "CLICKPATH_DASHBOARDS_CLICKHOUSE_PORT", default_value_t = 8123)]
    pub source_port: u16,
    /// Whether that port speaks TLS.
    #[arg(long, env = "CLICKPATH_DASHBOARDS_CLICKHOUSE_TLS")]
    pub source_tls: bool,
    /// Database that holds Clickpath's tables.
    #[arg(long, env = "CLICKPATH_DASHBOARDS_CLICKHOUSE_DATABASE", default_value = "clickpath")]
    pub source_database: String,
    /// User of ClickHouse who may only read.
    #[arg(long, env = "CLICKPATH_DASHBOARDS_CLICKHOUSE_USER", default_value = "viewer")]
    pub source_user: String,
    /// That user's password.
    #[serde(skip)]
    #[arg(long, env = "CLICKHOUSE_VIEWER_PASSWORD", default_value = "", hide_env_values = true)]
    pub source_password: String,
    /// The site that dashboards show until another is chosen.
    #[arg(long, env = "CLICKPATH_DASHBOARDS_SITE", default_value = "shop")]
    pub default_site: String,
    /// Address of Prometheus, as Grafana reaches it.
    #[arg(
        long,
        env = "CLICKPATH_DASHBOARDS_PROMETHEUS_URL",
        default_value = "http://prometheus:9090"
    )]
    pub prometheus_url: String,
}

impl Default for Connection {
    /// The services of `compose.yaml`.
    fn default() -> Self {
        Self {
            source_host: "clickhouse".to_owned(),
            source_port: 8123,
            source_tls: false,
            source_database: "clickpath".to_owned(),
            source_user: "viewer".to_owned(),
            source_password: String::new(),
            default_site: "shop".to_owned(),
            prometheus_url: "http://prometheus:9090".to_owned(),
        }
    }
}
