//! What the same generated events take on disk, and what inserting them costs the engine, in `events`, in a naive table, and in the
//! public schemas of four others: `cargo xtask bench storage [rows]`.
//!
//! Each table gets the rows from memory, in the order of arrival and in its own form, in parts of 100,000, and is merged to its
//! end. What a schema has no column for is in the properties it has, as that product would keep it.
#![expect(clippy::print_stdout, reason = "a bench prints its table")]

#[path = "storage/events.rs"]
mod events;

use std::fs;
use std::time::Duration;

use embedded_clickhouse::testing;
use serde::Deserialize;
use warehouse::migrate::statements;
use warehouse::{Settings, Warehouse, migrate};

const ROWS: u64 = 500_000;
const PEERS: [(&str, &str); 5] = [
    ("naive", include_str!("peers/naive.sql")),
    ("posthog", include_str!("peers/posthog.sql")),
    ("plausible", include_str!("peers/plausible.sql")),
    ("umami", include_str!("peers/umami.sql")),
    ("rybbit", include_str!("peers/rybbit.sql")),
];
/// As a loader's batches.
const IN_BATCHES: &str =
    "SETTINGS max_threads = 1, max_insert_threads = 1, max_block_size = 100000, min_insert_block_size_rows = 100000,
    min_insert_block_size_bytes = 0, max_insert_block_size = 100000, optimize_on_insert = 0";

/// Fields of an event that most schemas have no column for.
const PAIRS: &str = "mapFilter((name, value) -> value != '', map('element_id', toString(element_id), 'x', ifNull(toString(x), ''), 'y', ifNull(toString(y), ''),
    'element_x', ifNull(toString(element_x), ''), 'element_y', ifNull(toString(element_y), ''),
    'page_w', ifNull(toString(page_w), ''), 'page_h', ifNull(toString(page_h), ''),
    'product_id', product_id, 'category', toString(category), 'price', ifNull(toString(price), ''), 'currency', toString(currency),
    'quantity', ifNull(toString(quantity), ''), 'order_id', order_id, 'status', toString(status), 'error_code', toString(error_code),
    'latency_ms', ifNull(toString(latency_ms), ''), 'payload', if(payload IN ('', '{}'), '', payload)))";

/// What else a schema without columns of context keeps in its properties.
const CONTEXT: &str = "map('$current_url', url, '$referrer', referrer, '$browser', toString(browser), '$browser_version', toString(browser_version),
    '$os', toString(os), '$os_version', toString(os_version), '$device_type', toString(device_type), '$session_id', session_id,
    '$viewport_width', ifNull(toString(viewport_w), ''), '$viewport_height', ifNull(toString(viewport_h), ''),
    '$geoip_country_code', toString(country), '$ip', ifNull(toString(ip), ''), 'utm_source', toString(utm_source),
    'utm_medium', toString(utm_medium), 'utm_campaign', toString(utm_campaign))";

/// What Plausible keeps of an event, in our order: no id, so that a repetition is a second event, whole seconds, no moment of arrival, no
/// message, no address, no size of the window.
const SHARED: &str = "CREATE TABLE shared
ENGINE = MergeTree PARTITION BY toYYYYMM(created_at) ORDER BY (site, toDate(created_at), session_id, created_at)
SETTINGS default_compression_codec = 'ZSTD(1)'
AS SELECT * EXCEPT (id, created_at, received_at, clock_skew_ms, group_id, ip, viewport_w, viewport_h, user_agent, platform, is_bot, bot_reason,
    channel, channel_group, region, city, utm_term, utm_content, source, schema_version), toDateTime(created_at) AS created_at
FROM source LIMIT 0";
/// Columns that take less are not shown.
const SHOWN_BYTES: f64 = 0.1;

struct Cost {
    name: &'static str,
    bytes: f64,
    cpu_us: f64,
}

fn main() {
    let rows = std::env::args()
        .skip(1)
        .find_map(|argument| argument.parse().ok())
        .unwrap_or(ROWS);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let (costs, shared) = runtime.block_on(measure(rows));
    println!(
        "{rows} rows\n{:>12} {:>14} {:>16}",
        "", "bytes a row", "insert, cpu us/row"
    );
    for Cost { name, bytes, cpu_us } in &costs {
        println!("{name:>12} {bytes:>14.1} {cpu_us:>16.2}");
    }
    println!("with the fields that Plausible keeps, and no others: {shared:.1} bytes a row");
    let peers = costs.iter().filter(|cost| !["clickpath", "naive"].contains(&cost.name));
    let smallest = peers.map(|cost| cost.bytes).fold(f64::INFINITY, f64::min);
    println!(
        r#"{{"bench": "storage", "figures": {{"bytes_per_row": {:.1}, "bytes_per_row_smallest_peer": {smallest:.1}, "bytes_per_row_smallest_peers_fields": {shared:.1}}}}}"#,
        costs[0].bytes
    );
}

/// What each table costs, and the bytes a row of ours with the fields of [`SHARED`].
async fn measure(rows: u64) -> (Vec<Cost>, f64) {
    let engine = testing::engine().await;
    let settings = Settings {
        clickhouse_timeout_ms: 600_000,
        ..Settings::new(engine.url(), engine.database())
    };
    let warehouse = Warehouse::new(&settings);
    migrate::run(&warehouse).await.expect("the schema");
    for view in views(&warehouse).await {
        run(&warehouse, &format!("DROP VIEW {view}")).await;
    }
    for (number, block) in events::blocks(rows).enumerate() {
        warehouse
            .insert_event_block(&block, &number.to_string())
            .await
            .expect("the engine takes events");
    }
    run(
        &warehouse,
        "CREATE TABLE source ENGINE = Memory AS SELECT * FROM events ORDER BY received_at",
    )
    .await;
    run(&warehouse, "CREATE TABLE clickpath AS events").await;
    run(&warehouse, "TRUNCATE TABLE events").await;
    let mut costs = vec![fill(&warehouse, "clickpath", "source", rows).await];
    show_columns(&warehouse, rows).await;
    run(&warehouse, SHARED).await;
    run(
        &warehouse,
        &SHARED
            .replace("CREATE TABLE shared", "CREATE TABLE form")
            .replace(" LIMIT 0", ""),
    )
    .await;
    let shared = fill(&warehouse, "shared", "form", rows).await.bytes;
    run(&warehouse, "DROP TABLE form SYNC").await;
    for (name, sql) in PEERS {
        let sql = sql
            .replace("{table}", name)
            .replace("{properties}", &format!("toJSONString({PAIRS})"));
        let sql = sql.replace(
            "{with_context}",
            &format!("toJSONString(mapConcat({PAIRS}, {CONTEXT}))"),
        );
        let sql = sql.replace("{pairs}", PAIRS);
        let [create, select] = statements(&sql)[..] else {
            panic!("{name}: a table and a query");
        };
        run(&warehouse, create).await;
        // In its own form before the clock starts: that work is a collector's, not the table's.
        run(&warehouse, &format!("CREATE TABLE form ENGINE = Memory AS {select}")).await;
        costs.push(fill(&warehouse, name, "form", rows).await);
        run(&warehouse, "DROP TABLE form SYNC").await;
    }
    (costs, shared)
}

async fn show_columns(warehouse: &Warehouse, rows: u64) {
    #[derive(Deserialize)]
    struct Column {
        column: String,
        bytes: u64,
    }
    let sql = "SELECT column, sum(column_data_compressed_bytes) AS bytes FROM system.parts_columns
        WHERE database = currentDatabase() AND table = 'clickpath' AND active GROUP BY column ORDER BY bytes DESC";
    let columns: Vec<Column> = warehouse.rows(sql, &[]).await.expect("columns");
    for Column { column, bytes } in columns {
        let bytes = bytes as f64 / rows as f64;
        if bytes >= SHOWN_BYTES {
            println!("{column:>20} {bytes:>6.2}");
        }
    }
}

async fn fill(warehouse: &Warehouse, table: &'static str, from: &str, rows: u64) -> Cost {
    let cpu = cpu_time();
    run(
        warehouse,
        &format!("INSERT INTO {table} SELECT * FROM {from} {IN_BATCHES}"),
    )
    .await;
    let cpu = cpu_time() - cpu;
    run(warehouse, &format!("OPTIMIZE TABLE {table} FINAL")).await;
    #[derive(Deserialize)]
    struct Size {
        rows: u64,
        bytes: u64,
    }
    let sql = "SELECT sum(rows) AS rows, sum(bytes_on_disk) AS bytes FROM system.parts
        WHERE database = currentDatabase() AND table = {table:String} AND active";
    let size: Vec<Size> = warehouse.rows(sql, &[("table", table)]).await.expect("parts");
    assert_eq!(size[0].rows, rows, "{table}");
    Cost {
        name: table,
        bytes: size[0].bytes as f64 / rows as f64,
        cpu_us: cpu.as_secs_f64() * 1e6 / rows as f64,
    }
}

async fn views(warehouse: &Warehouse) -> Vec<String> {
    #[derive(Deserialize)]
    struct View {
        name: String,
    }
    let sql = "SELECT name FROM system.tables WHERE database = currentDatabase() AND engine = 'MaterializedView'";
    let views: Vec<View> = warehouse.rows(sql, &[]).await.expect("views");
    views.into_iter().map(|view| view.name).collect()
}

async fn run(warehouse: &Warehouse, sql: &str) {
    if let Err(error) = warehouse.execute(sql, &[]).await {
        panic!("{error}\n{sql}");
    }
}

/// User and system time of this process, in ticks of 10 ms: proc(5).
fn cpu_time() -> Duration {
    let stat = fs::read_to_string("/proc/self/stat").expect("Linux");
    let (_, after_name) = stat.rsplit_once(')').expect("a name");
    let ticks: u64 = after_name
        .split_whitespace()
        .skip(11)
        .take(2)
        .map(|field| field.parse::<u64>().expect("ticks"))
        .sum();
    Duration::from_millis(ticks * 10)
}
