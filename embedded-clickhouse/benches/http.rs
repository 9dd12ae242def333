//! What the HTTP interface adds to an insert: batches of RowBinary over HTTP (plain, and in LZ4 frames as the `clickhouse`
//! crate sends them) beside the same bytes handed to the engine directly, in the same run:
//! `cargo bench -p embedded-clickhouse`. CPU time is the whole process: client, interface and engine.
#![expect(clippy::print_stdout, reason = "a bench prints its table")]

use std::fs;
use std::time::{Duration, Instant};

use bytes::Bytes;
use embedded_clickhouse::{Engine, library, serve, testing};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

const ROWS: u64 = 100_000;
const BATCHES: u64 = 2;
const ROUNDS: usize = 5;
const TABLE: &str = "CREATE TABLE events (id UUID, created_at DateTime64(3, 'UTC'), received_at DateTime64(3, 'UTC'), \
                     site LowCardinality(String), type LowCardinality(String), session_id String, user_id String, \
                     url String, referrer String, browser LowCardinality(String), x Int32, y Int32, payload String) \
                     ENGINE = MergeTree ORDER BY (site, session_id, created_at, id)";
const INSERT: &str = "INSERT INTO events";

/// The median round of one way in.
#[derive(Clone, Copy)]
struct Cost {
    wall: Duration,
    cpu: Duration,
}

fn main() {
    let data = tempfile::tempdir().expect("a directory");
    let settings = testing::settings(data.path().to_owned());
    let library = library::find(&settings).unwrap_or_else(|error| panic!("{error}"));
    let engine = Engine::open(&library, &settings).unwrap_or_else(|error| panic!("{error}"));
    testing::direct(&engine, TABLE);
    testing::direct(&engine, "SYSTEM STOP MERGES");
    let runtime = Runtime::new().expect("a runtime");
    let shutdown = CancellationToken::new();
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let serving = runtime.spawn(serve(listener, engine.clone(), shutdown.clone()));

    let rows = Bytes::from(rows());
    let frames = Bytes::from(frames(&rows));
    let client = tls::http_client().build().expect("a client");
    let post = |query: &str, body: &Bytes| {
        let url = format!("{url}/?query=INSERT%20INTO%20events%20FORMAT%20RowBinary{query}");
        let response = runtime
            .block_on(client.post(url).body(body.clone()).send())
            .expect("an answer");
        assert_eq!(response.status(), 200);
    };
    let mut costs = [const { Vec::new() }; 3];
    for _ in 0..ROUNDS {
        let ways: [&dyn Fn(); 3] = [
            &|| assert_eq!(testing::direct_insert(&engine, INSERT, "RowBinary", &rows), ROWS),
            &|| post("", &rows),
            &|| post("&decompress=1", &frames),
        ];
        for (way, costs) in ways.iter().zip(&mut costs) {
            testing::direct(&engine, "TRUNCATE TABLE events SYNC");
            costs.push(round(way));
        }
    }
    let [direct, plain, lz4] = costs.map(median);
    report(
        rows.len(),
        [("direct", direct), ("http", plain), ("http, lz4 frames", lz4)],
    );
    shutdown.cancel();
    runtime
        .block_on(serving)
        .expect("the server ends")
        .expect("without an error");
}

fn round(way: &dyn Fn()) -> Cost {
    let (started, cpu) = (Instant::now(), cpu_time());
    for _ in 0..BATCHES {
        way();
    }
    Cost {
        wall: started.elapsed(),
        cpu: cpu_time() - cpu,
    }
}

fn median(mut costs: Vec<Cost>) -> Cost {
    let middle = costs.len() / 2;
    costs.sort_by_key(|cost| cost.cpu);
    let cpu = costs[middle].cpu;
    costs.sort_by_key(|cost| cost.wall);
    Cost {
        wall: costs[middle].wall,
        cpu,
    }
}

fn report(bytes: usize, ways: [(&str, Cost); 3]) {
    let total = (ROWS * BATCHES) as f64;
    let direct = ways[0].1;
    let cpu_ratio = |cost: Cost| cost.cpu.as_secs_f64() / direct.cpu.as_secs_f64();
    let wall_ratio = |cost: Cost| cost.wall.as_secs_f64() / direct.wall.as_secs_f64();
    println!(
        "batches of {ROWS} rows, {} bytes a row, RowBinary; median of {ROUNDS} rounds",
        bytes as u64 / ROWS
    );
    println!(
        "{:>18} {:>12} {:>14} {:>10} {:>10}",
        "", "rows/s", "cpu us/row", "cpu ratio", "wall ratio"
    );
    for (name, cost) in ways {
        println!(
            "{name:>18} {:>12.0} {:>14.2} {:>10.3} {:>10.3}",
            total / cost.wall.as_secs_f64(),
            cost.cpu.as_secs_f64() * 1e6 / total,
            cpu_ratio(cost),
            wall_ratio(cost),
        );
    }
    let (plain, lz4) = (ways[1].1, ways[2].1);
    println!(
        r#"{{"bench": "embedded-clickhouse", "figures": {{"cpu_ratio_http": {:.3}, "wall_ratio_http": {:.3}, "cpu_ratio_http_lz4": {:.3}, "wall_ratio_http_lz4": {:.3}}}}}"#,
        cpu_ratio(plain),
        wall_ratio(plain),
        cpu_ratio(lz4),
        wall_ratio(lz4),
    );
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

fn rows() -> Vec<u8> {
    let mut out = Vec::new();
    for row in 0..ROWS {
        let mixed = row.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        out.extend_from_slice(&mixed.to_le_bytes());
        out.extend_from_slice(&row.to_le_bytes());
        for milliseconds in [1_795_341_600_000 + row, 1_795_341_600_050 + row] {
            out.extend_from_slice(&milliseconds.to_le_bytes());
        }
        for text in [
            "shop",
            ["view", "click"][(mixed % 2) as usize],
            &format!("0197a1c0-{:x}", mixed % 5_000),
            &(mixed % 3_000).to_string(),
            &format!("https://shop.example/catalog/{}?page={}", mixed % 200, mixed % 7),
            "https://www.google.com/",
            ["Chrome", "Firefox", "Safari"][(mixed % 3) as usize],
        ] {
            string(&mut out, text);
        }
        out.extend_from_slice(&((mixed % 1920) as i32).to_le_bytes());
        out.extend_from_slice(&((mixed % 4000) as i32).to_le_bytes());
        string(
            &mut out,
            &format!(
                r##"{{"element_id":"#product-{}","event_title":"add_to_cart"}}"##,
                mixed % 500
            ),
        );
    }
    out
}

/// Shorter than 16,384 bytes: a length of one or two bytes.
fn string(out: &mut Vec<u8>, text: &str) {
    let length = text.len();
    if length >= 0x80 {
        out.extend_from_slice(&[(length & 0x7f | 0x80) as u8, (length >> 7) as u8]);
    } else {
        out.push(length as u8);
    }
    out.extend_from_slice(text.as_bytes());
}

/// ClickHouse's frames of a MiB each, as a client packs them.
fn frames(rows: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for part in rows.chunks(1 << 20) {
        let packed = lz4_flex::block::compress(part);
        let mut body = vec![0x82];
        body.extend_from_slice(&(packed.len() as u32 + 9).to_le_bytes());
        body.extend_from_slice(&(part.len() as u32).to_le_bytes());
        body.extend_from_slice(&packed);
        let checksum = cityhash_rs::cityhash_102_128(&body).rotate_right(64);
        out.extend_from_slice(&checksum.to_le_bytes());
        out.extend_from_slice(&body);
    }
    out
}
