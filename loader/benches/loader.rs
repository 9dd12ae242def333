//! CPU of the loader, with queue, decoding, window and manifest, beside a direct insert of the same rows in the same batches into
//! the same table, by itself without marts: by a program that holds the events in memory and turns them into Native
//! columns ("events"), and of bytes encoded and compressed beforehand, which no program could undercut ("Native", "RowBinary").
//! Then the loader's memory, as a process of its own; alone with the argument `memory`.
//!
//! The engine runs in this process, so its work counts on all sides; merges are stopped. Rounds alternate, ratios are
//! medians of each round's.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench prints, and ends where a step fails"
)]

#[path = "loader/events.rs"]
mod events;
#[path = "loader/memory.rs"]
mod memory;

use std::path::Path;
use std::time::{Duration, Instant};

use embedded_clickhouse::testing;
use event::{EnrichedEvent, group};
use loader::{Consumers, Metrics, Settings};
use prometheus_client::registry::Registry;
use queue::{Group, Publisher, Route};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use warehouse::{Block, EventColumns, EventRow, Warehouse};

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const GROUP_EVENTS: usize = 20;
const ROUNDS: usize = 7;
/// Rows of a batch, and batches of a round.
const SIZES: [(usize, usize); 3] = [(100_000, 1), (10_000, 6), (1_000, 20)];

#[derive(Debug, Clone, Copy)]
struct Cost {
    cpu: Duration,
    wall: Duration,
}

struct Round {
    loader: Cost,
    events: Cost,
    row_binary: Cost,
    native: Cost,
}

struct Bench {
    warehouse: Warehouse,
    url: String,
    database: String,
    http: reqwest::Client,
    batch_rows: usize,
    groups: Vec<Group>,
    native: Vec<Block>,
    row_binary: Vec<bytes::Bytes>,
}

#[tokio::main]
async fn main() {
    if memory::run_as_child().await {
        return;
    }
    let mut figures = serde_json::Map::new();
    let only_memory = std::env::args().any(|argument| argument == "memory");
    if !only_memory {
        speed(&mut figures).await;
    }
    memory::measure(&mut figures).await;
    println!("{}", serde_json::json!({"bench": "loader", "figures": figures}));
}

async fn speed(figures: &mut serde_json::Map<String, serde_json::Value>) {
    println!("µs of CPU per event, and the loader's ratio to the others");
    println!(
        "{:>9} {:>9} {:>9} {:>9} {:>9} {:>9} {:>10} {:>10} {:>13}",
        "batch", "rows", "loader", "events", "Native", "RowBinary", "to events", "to Native", "to RowBinary"
    );
    for (batch_rows, batches) in SIZES {
        let bench = Bench::prepare(batch_rows, batches).await;
        let mut rounds = Vec::new();
        for _ in 0..ROUNDS {
            rounds.push(bench.round().await);
        }
        // The first round warms caches and allocators up.
        report(&rounds[1..], batch_rows, batch_rows * batches, figures);
    }
    let ratio = figures["cpu_ratio_direct_events_100000"].clone();
    figures.insert("loader_cpu_ratio_direct_insert".to_owned(), ratio);
}

fn report(rounds: &[Round], batch_rows: usize, rows: usize, figures: &mut serde_json::Map<String, serde_json::Value>) {
    let per_event = |cost: fn(&Round) -> Cost| {
        median(
            rounds
                .iter()
                .map(|round| cost(round).cpu.as_secs_f64() * 1e6 / rows as f64),
        )
    };
    let loader = per_event(|round| round.loader);
    let events = per_event(|round| round.events);
    let row_binary = per_event(|round| round.row_binary);
    let native = per_event(|round| round.native);
    let ratio = |other: fn(&Round) -> Cost| {
        median(
            rounds
                .iter()
                .map(|round| round.loader.cpu.as_secs_f64() / other(round).cpu.as_secs_f64()),
        )
    };
    let to_events = ratio(|round| round.events);
    let (to_row_binary, to_native) = (ratio(|round| round.row_binary), ratio(|round| round.native));
    println!(
        "{batch_rows:>9} {rows:>9} {loader:>9.2} {events:>9.2} {native:>9.2} {row_binary:>9.2} {to_events:>10.2} {to_native:>10.2} \
         {to_row_binary:>13.2}"
    );
    let wall = median(rounds.iter().map(|round| rows as f64 / round.loader.wall.as_secs_f64()));
    println!("{:>19} loader {wall:.0} events/s by the clock", "");
    for (name, value) in [
        ("cpu_ratio_direct_events", to_events),
        ("cpu_ratio_direct_row_binary", to_row_binary),
        ("cpu_ratio_direct_native", to_native),
        ("loader_us_per_event", loader),
        ("events_us_per_event", events),
        ("row_binary_us_per_event", row_binary),
        ("native_us_per_event", native),
    ] {
        let rounded = (value * 1_000.0).round() / 1_000.0;
        figures.insert(format!("{name}_{batch_rows}"), rounded.into());
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<_> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

impl Bench {
    async fn prepare(batch_rows: usize, batches: usize) -> Self {
        let engine = testing::engine().await;
        let (url, database) = (engine.url().to_owned(), engine.database());
        let warehouse = Warehouse::new(&warehouse::Settings::new(&url, &database));
        warehouse::migrate::run(&warehouse).await.unwrap();
        drop_marts(&warehouse).await;
        let mut bench = Self {
            warehouse,
            url,
            database,
            http: tls::http_client().build().unwrap(),
            batch_rows,
            groups: groups(0..batch_rows * batches),
            native: Vec::new(),
            row_binary: Vec::new(),
        };
        for batch in 0..batches {
            bench.encode(batch).await;
        }
        bench
    }

    /// One batch in both forms; the engine itself turns its rows into RowBinary.
    async fn encode(&mut self, batch: usize) {
        self.empty().await;
        let per_batch = self.batch_rows / GROUP_EVENTS;
        let mut columns = EventColumns::default();
        for group in &self.groups[batch * per_batch..][..per_batch] {
            let opened = group::open(&group.body).unwrap();
            for event in opened.events() {
                columns.push(&EventRow::new(&event.unwrap(), group.id));
            }
        }
        let block = columns.finish();
        self.warehouse.insert_event_block(&block, "encode").await.unwrap();
        self.native.push(block);
        let sql = format!("SELECT {} FROM events ORDER BY id FORMAT RowBinary", column_names());
        let answer = self.post(&sql, bytes::Bytes::new()).await;
        self.row_binary.push(answer);
    }

    async fn round(&self) -> Round {
        Round {
            loader: self.loader().await,
            events: self.direct_events().await,
            row_binary: self.direct_row_binary().await,
            native: self.direct_native().await,
        }
    }

    async fn loader(&self) -> Cost {
        self.empty().await;
        let folder = tempfile::tempdir().unwrap();
        let publisher = publish(folder.path(), &self.groups).await;
        let settings = Settings {
            loader_batch_rows: self.batch_rows,
            loader_batch_bytes: usize::MAX,
            loader_batch_age_ms: 60_000,
            ..Settings::default()
        };
        let meter = Meter::start();
        load(folder.path(), &publisher, self.warehouse.clone(), settings, self.rows()).await;
        let cost = meter.stop();
        self.check().await;
        cost
    }

    async fn direct_row_binary(&self) -> Cost {
        self.empty().await;
        let sql = format!("INSERT INTO events ({}) FORMAT RowBinary", column_names());
        let meter = Meter::start();
        for batch in &self.row_binary {
            self.post(&sql, batch.clone()).await;
        }
        let cost = meter.stop();
        self.check().await;
        cost
    }

    /// From events in memory to Native columns, compressed, and to the server.
    async fn direct_events(&self) -> Cost {
        self.empty().await;
        let events: Vec<EnrichedEvent<'_>> = (0..self.rows() as u64).map(events::event).collect();
        let mut columns = EventColumns::default();
        let meter = Meter::start();
        for (index, batch) in events.chunks(self.batch_rows).enumerate() {
            for event in batch {
                columns.push(&EventRow::new(event, Uuid::from_u128(index as u128)));
            }
            let token = index.to_string();
            self.warehouse
                .insert_event_block(&columns.finish(), &token)
                .await
                .unwrap();
        }
        let cost = meter.stop();
        self.check().await;
        cost
    }

    async fn direct_native(&self) -> Cost {
        self.empty().await;
        let meter = Meter::start();
        for (index, block) in self.native.iter().enumerate() {
            self.warehouse
                .insert_event_block(block, &index.to_string())
                .await
                .unwrap();
        }
        let cost = meter.stop();
        self.check().await;
        cost
    }

    fn rows(&self) -> usize {
        self.groups.len() * GROUP_EVENTS
    }

    async fn empty(&self) {
        // Dropped, not truncated: the table's memory of tokens goes with it.
        self.warehouse.execute("DROP TABLE events SYNC", &[]).await.unwrap();
        let migrations = warehouse::migrate::embedded().unwrap();
        for statement in warehouse::migrate::statements(&migrations[0].sql) {
            self.warehouse.execute(statement, &[]).await.unwrap();
        }
        self.warehouse.execute("SYSTEM STOP MERGES events", &[]).await.unwrap();
    }

    async fn check(&self) {
        let rows: Vec<serde_json::Value> = self
            .warehouse
            .rows("SELECT count() AS n FROM events", &[])
            .await
            .unwrap();
        assert_eq!(rows[0]["n"], self.rows());
    }

    async fn post(&self, sql: &str, body: bytes::Bytes) -> bytes::Bytes {
        let url = url::Url::parse_with_params(&self.url, [("query", sql), ("database", &self.database)]).unwrap();
        let answer = self.http.post(url).body(body).send().await.unwrap();
        answer.error_for_status().unwrap().bytes().await.unwrap()
    }
}

fn queue_in(folder: &Path) -> queue::Settings {
    queue::Settings {
        queue_fsync: queue::Fsync::Interval,
        ..queue::Settings::embedded(folder.join("queue"))
    }
}

async fn publish(folder: &Path, groups: &[Group]) -> Publisher {
    let publisher = queue::open_publisher(&queue_in(folder)).await.unwrap();
    for group in groups {
        publisher.publish(Route::Events, group.clone()).await.unwrap();
    }
    publisher
}

/// Runs a loader until it has stored so many rows.
async fn load(folder: &Path, publisher: &Publisher, warehouse: Warehouse, settings: Settings, rows: usize) {
    let queue = queue_in(folder);
    let consumers = Consumers::open(&queue, Some(publisher)).await.unwrap();
    let settings = Settings {
        loader_dir: folder.join("loader"),
        ..settings
    };
    let mut registry = Registry::default();
    let metrics = Metrics::register(&mut registry);
    let shutdown = CancellationToken::new();
    let run = loader::run(consumers, warehouse, &settings, metrics, shutdown.clone());
    let watch = async {
        while stored_rows(&registry) < rows {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        shutdown.cancel();
    };
    let (ran, ()) = tokio::join!(run, watch);
    ran.unwrap();
}

fn column_names() -> String {
    EventRow::COLUMNS
        .iter()
        .map(|(name, _)| *name)
        .collect::<Vec<_>>()
        .join(", ")
}

async fn drop_marts(warehouse: &Warehouse) {
    let sql = "SELECT name FROM system.tables WHERE database = currentDatabase() AND engine = 'MaterializedView'";
    let views: Vec<serde_json::Value> = warehouse.rows(sql, &[]).await.unwrap();
    for view in views {
        let drop = format!("DROP VIEW {} SYNC", view["name"].as_str().unwrap());
        warehouse.execute(&drop, &[]).await.unwrap();
    }
}

fn groups(rows: std::ops::Range<usize>) -> Vec<Group> {
    let ids: Vec<usize> = rows.collect();
    ids.chunks(GROUP_EVENTS)
        .map(|ids| {
            let mut bytes = Vec::new();
            for id in ids {
                group::append(&events::event(*id as u64), &mut bytes).unwrap();
            }
            Group {
                id: Uuid::from_u128(ids[0] as u128 | 0x0197_a1c0 << 96),
                body: group::seal(&bytes).into(),
            }
        })
        .collect()
}

fn stored_rows(registry: &Registry) -> usize {
    let mut text = String::new();
    prometheus_client::encoding::text::encode(&mut text, registry).unwrap();
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("clickpath_loader_rows_total "));
    line.unwrap().parse().unwrap()
}

/// User and system time of this process, from `/proc/self/stat`.
struct Meter {
    cpu: Duration,
    begun: Instant,
}

impl Meter {
    fn start() -> Self {
        Self {
            cpu: cpu(),
            begun: Instant::now(),
        }
    }

    fn stop(self) -> Cost {
        Cost {
            cpu: cpu() - self.cpu,
            wall: self.begun.elapsed(),
        }
    }
}

fn cpu() -> Duration {
    /// Linux counts in hundredths of a second for every program.
    const TICK: Duration = Duration::from_millis(10);
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let after_name = stat.rsplit_once(')').unwrap().1;
    let ticks: u32 = after_name
        .split_whitespace()
        .skip(11)
        .take(2)
        .map(|field| field.parse::<u32>().unwrap())
        .sum();
    TICK * ticks
}
