use std::time::Duration;

use embedded_clickhouse::testing;
use loader::{Consumers, LoadError, Metrics, Readiness, Settings};
use prometheus_client::registry::Registry;
use queue::testing::{Network, Proxy};
use queue::{Group, Publisher, Route};
use serde::Deserialize;
use serde_json::Value;
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use warehouse::Warehouse;

/// A queue on disk and a database, for one test.
pub(crate) struct Setup {
    _folder: TempDir,
    pub(crate) queue: queue::Settings,
    pub(crate) engine: String,
    pub(crate) database: String,
    /// Straight to the engine.
    pub(crate) warehouse: Warehouse,
    pub(crate) settings: Settings,
}

/// A running loader and the gateway's end of its queue.
pub(crate) struct Load {
    pub(crate) publisher: Publisher,
    pub(crate) registry: Registry,
    metrics: Metrics,
    shutdown: CancellationToken,
    task: JoinHandle<Result<(), LoadError>>,
    /// The network to the database, if it is not the engine's own.
    _proxy: Option<Proxy>,
}

impl Setup {
    pub(crate) async fn new() -> Self {
        let engine = testing::engine().await;
        let (url, database) = (engine.url().to_owned(), engine.database());
        let warehouse = Warehouse::new(&warehouse::Settings::new(&url, &database));
        warehouse::migrate::run(&warehouse).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings {
            loader_dir: folder.path().join("loader"),
            loader_batch_age_ms: 50,
            loader_retry_first_ms: 10,
            loader_retry_last_ms: 50,
            // Long, so that no insert is under way in the engine when the test's process ends: the engine takes that badly.
            loader_shutdown_ms: 10_000,
            ..Settings::default()
        };
        Self {
            queue: queue::Settings::embedded(folder.path().join("queue")),
            _folder: folder,
            engine: url,
            database,
            warehouse,
            settings,
        }
    }

    /// The network between loader and engine.
    pub(crate) async fn proxy(&self, network: Network) -> Proxy {
        let proxy = Proxy::start([self.engine.trim_start_matches("http://")]).await.unwrap();
        proxy.set(network);
        proxy
    }

    /// Settings of a loader with a folder of its own.
    pub(crate) fn elsewhere(&self, name: &str) -> Settings {
        Settings {
            loader_dir: self.settings.loader_dir.with_file_name(name),
            ..self.settings.clone()
        }
    }

    /// As a loader on another machine finds it.
    pub(crate) fn lose_loader_dir(&self) {
        std::fs::remove_dir_all(&self.settings.loader_dir).unwrap();
    }

    /// Opens the queue and starts a loader that reaches the database at `url`.
    pub(crate) async fn load(&self, url: &str) -> Load {
        self.load_with(url, self.settings.clone()).await
    }

    pub(crate) async fn load_with(&self, url: &str, settings: Settings) -> Load {
        let publisher = queue::open_publisher(&self.queue).await.unwrap();
        let consumers = Consumers::open(&self.queue, Some(&publisher)).await.unwrap();
        let warehouse = Warehouse::new(&warehouse::Settings::new(url, &self.database));
        let mut registry = Registry::default();
        let metrics = Metrics::register(&mut registry);
        let shown = metrics.clone();
        let shutdown = CancellationToken::new();
        let stop = shutdown.clone();
        let run = async move { loader::run(consumers, warehouse, &settings, metrics, stop).await };
        Load {
            publisher,
            registry,
            metrics: shown,
            shutdown,
            task: tokio::spawn(run),
            _proxy: None,
        }
    }

    pub(crate) async fn rows(&self, sql: &str) -> Vec<Value> {
        self.warehouse.rows(sql, &[]).await.unwrap()
    }

    /// Ids of the stored events, each row once.
    pub(crate) async fn ids(&self) -> Vec<u128> {
        self.numbers("SELECT toString(id) AS id FROM events FINAL ORDER BY id")
            .await
    }

    pub(crate) async fn numbers(&self, sql: &str) -> Vec<u128> {
        #[derive(Deserialize)]
        struct Row {
            id: uuid::Uuid,
        }
        let rows: Vec<Row> = self.warehouse.rows(sql, &[]).await.unwrap();
        rows.into_iter().map(|row| row.id.as_u128()).collect()
    }

    /// Rows of the table, copies included.
    pub(crate) async fn copies(&self) -> u64 {
        self.number("SELECT count() AS n FROM events").await
    }

    pub(crate) async fn number(&self, sql: &str) -> u64 {
        self.rows(sql).await[0]["n"].as_u64().unwrap()
    }

    /// Waits until the table has that many rows, copies included.
    pub(crate) async fn wait_for_rows(&self, rows: u64) {
        wait_for(&format!("{rows} rows"), async || self.copies().await == rows).await;
    }
}

impl Load {
    pub(crate) async fn publish(&self, groups: impl IntoIterator<Item = Group>) {
        for group in groups {
            self.publisher.publish(queue::Route::Events, group).await.unwrap();
        }
    }

    /// Whether it was published; a broker that is away is no error.
    pub(crate) async fn publish_if_possible(&self, group: Group) -> bool {
        self.publisher.publish(Route::Events, group).await.is_ok()
    }

    pub(crate) fn metrics(&self) -> String {
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &self.registry).unwrap();
        text
    }

    /// Waits for a line of `/metrics`, without its prefix.
    pub(crate) async fn wait_for_metric(&self, line: &str) {
        let line = format!("clickpath_loader_{line}");
        wait_for(&line, async || self.metrics().lines().any(|found| found == line)).await;
    }

    /// Waits until that many inserts, or more, had to be repeated.
    pub(crate) async fn wait_for_retries(&self, least: u64) {
        self.wait_for_at_least("insert_retries_total", least).await;
    }

    pub(crate) async fn wait_for_at_least(&self, metric: &str, least: u64) {
        wait_for(metric, async || self.metric(metric) >= least).await;
    }

    pub(crate) fn readiness(&self) -> Readiness {
        self.metrics.readiness()
    }

    /// The value of a metric with its labels, once it is there.
    pub(crate) fn labelled(&self, name: &str) -> Option<f64> {
        let name = format!("clickpath_loader_{name} ");
        let text = self.metrics();
        let value = text.lines().find_map(|line| line.strip_prefix(&name));
        value.map(|value| value.parse().unwrap())
    }

    /// The value of a metric without labels.
    pub(crate) fn metric(&self, name: &str) -> u64 {
        let name = format!("clickpath_loader_{name} ");
        let text = self.metrics();
        let value = text.lines().find_map(|line| line.strip_prefix(&name));
        value.unwrap().parse().unwrap()
    }

    /// The proxy lives as long as the loader.
    pub(crate) fn keep(self, proxy: Proxy) -> Self {
        Self {
            _proxy: Some(proxy),
            ..self
        }
    }

    /// Waits until it ends by itself.
    pub(crate) async fn ended(self) -> Result<(), LoadError> {
        self.task.await.unwrap()
    }

    /// Asks the loader to stop and closes the queue.
    pub(crate) async fn stop(self) -> Result<(), LoadError> {
        self.shutdown.cancel();
        self.task.await.unwrap()
    }

    /// Ends the loader where it stands, as kill -9 does.
    pub(crate) async fn kill(self) {
        self.task.abort();
        assert!(self.task.await.unwrap_err().is_cancelled());
    }
}

pub(crate) async fn wait_for(fact: &str, is_so: impl AsyncFn() -> bool) {
    let wait = async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_secs(20), wait).await;
    assert!(waited.is_ok(), "waited in vain for {fact}");
}

/// Where the engine is reached through the proxy.
pub(crate) fn url(proxy: &Proxy) -> String {
    format!("http://{}", proxy.address())
}
