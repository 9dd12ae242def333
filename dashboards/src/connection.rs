use serde::Serialize;

const HOST: &str = "clickhouse";
const PORT: u16 = 8123;
const DATABASE: &str = "clickpath";
const USER: &str = "viewer";
const SITE: &str = "shop";
const PROMETHEUS_URL: &str = "http://prometheus:9090";

/// How the dashboards' tool reaches ClickHouse; its address as the tool sees it, which need not be ours.
#[derive(Debug, Clone, Serialize, clap::Args)]
#[group(skip)]
pub struct Connection {
    /// Host of ClickHouse, as the tool reaches it.
    #[arg(long, env = "CLICKPATH_DASHBOARDS_CLICKHOUSE_HOST", default_value = HOST)]
    pub source_host: String,
    /// Port of ClickHouse's HTTP interface there.
    #[arg(long, env = "CLICKPATH_DASHBOARDS_CLICKHOUSE_PORT", default_value_t = PORT)]
    pub source_port: u16,
    /// Whether that port speaks TLS.
    #[arg(long, env = "CLICKPATH_DASHBOARDS_CLICKHOUSE_TLS")]
    pub source_tls: bool,
    /// Database that holds Clickpath's tables.
    #[arg(long, env = "CLICKPATH_DASHBOARDS_CLICKHOUSE_DATABASE", default_value = DATABASE)]
    pub source_database: String,
    /// User of ClickHouse who may only read.
    #[arg(long, env = "CLICKPATH_DASHBOARDS_CLICKHOUSE_USER", default_value = USER)]
    pub source_user: String,
    /// That user's password.
    #[serde(skip)]
    #[arg(long, env = "CLICKHOUSE_VIEWER_PASSWORD", default_value = "", hide_env_values = true)]
    pub source_password: String,
    /// The site that dashboards show until another is chosen.
    #[arg(long, env = "CLICKPATH_DASHBOARDS_SITE", default_value = SITE)]
    pub default_site: String,
    /// Address of Prometheus, as Grafana reaches it.
    #[arg(
        long,
        env = "CLICKPATH_DASHBOARDS_PROMETHEUS_URL",
        default_value = PROMETHEUS_URL
    )]
    pub prometheus_url: String,
}

impl Default for Connection {
    /// The services of `compose.yaml`.
    fn default() -> Self {
        Self {
            source_host: HOST.to_owned(),
            source_port: PORT,
            source_tls: false,
            source_database: DATABASE.to_owned(),
            source_user: USER.to_owned(),
            source_password: String::new(),
            default_site: SITE.to_owned(),
            prometheus_url: PROMETHEUS_URL.to_owned(),
        }
    }
}
