use std::time::Duration;

use embedded_clickhouse::testing;
use loader::{LoadError, Metrics, Settings};
use prometheus_client::registry::Registry;
use queue::{Group, Publisher};
use serde::Deserialize;
use serde_json::Value;
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use warehouse::Warehouse;

/// A queue on disk and a database, for one test.
pub(crate) struct Setup {
    folder: TempDir,
    pub(crate) engine: String,
    pub(crate) database: String,
    /// Straight to the engine.
    pub(crate) warehouse: Warehouse,
    /// Long, so that no insert is under way in the engine when the test's process ends: the engine takes that badly.
    pub(crate) shutdown_ms: u64,
}

/// A running loader and the gateway's end of its queue.
pub(crate) struct Load {
    pub(crate) publisher: Publisher,
    pub(crate) registry: Registry,
    shutdown: CancellationToken,
    task: JoinHandle<Result<(), LoadError>>,
}

impl Setup {
    pub(crate) async fn new() -> Self {
        let engine = testing::engine().await;
        let (url, database) = (engine.url().to_owned(), engine.database());
        let warehouse = Warehouse::new(&warehouse::Settings::new(&url, &database));
        warehouse::migrate::run(&warehouse).await.unwrap();
        Self {
            folder: tempfile::tempdir().unwrap(),
            engine: url,
            database,
            warehouse,
            shutdown_ms: 10_000,
        }
    }

    /// Opens the queue and starts a loader that reaches the database at `url`.
    pub(crate) async fn load(&self, url: &str) -> Load {
        let settings = queue::Settings::embedded(self.folder.path());
        let publisher = queue::open_publisher(&settings).await.unwrap();
        let consumer = queue::open_consumer(&settings, Some(&publisher), queue::Route::Events)
            .await
            .unwrap();
        let warehouse = Warehouse::new(&warehouse::Settings::new(url, &self.database));
        let settings = Settings {
            loader_batch_age_ms: 50,
            loader_retry_first_ms: 10,
            loader_retry_last_ms: 50,
            loader_shutdown_ms: self.shutdown_ms,
            ..Settings::default()
        };
        let mut registry = Registry::default();
        let metrics = Metrics::register(&mut registry);
        let shutdown = CancellationToken::new();
        let stop = shutdown.clone();
        let task = tokio::spawn(async move { loader::run(consumer, warehouse, &settings, metrics, stop).await });
        Load {
            publisher,
            registry,
            shutdown,
            task,
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

    /// Waits until the table has that many rows, copies included.
    pub(crate) async fn wait_for_rows(&self, rows: u64) {
        let stored = async || self.rows("SELECT count() AS n FROM events").await[0]["n"].as_u64();
        wait_for(&format!("{rows} rows"), async || stored().await == Some(rows)).await;
    }
}

impl Load {
    pub(crate) async fn publish(&self, groups: impl IntoIterator<Item = Group>) {
        for group in groups {
            self.publisher.publish(queue::Route::Events, group).await.unwrap();
        }
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
        let retries = || -> u64 {
            let text = self.metrics();
            let value = text
                .lines()
                .find_map(|line| line.strip_prefix("clickpath_loader_insert_retries_total "));
            value.unwrap().parse().unwrap()
        };
        wait_for("retries", async || retries() >= least).await;
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
