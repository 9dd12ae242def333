//! The loader as a process of its own, so that its memory is not the engine's; the rows pass it until the window is full.

use std::path::{Path, PathBuf};

use embedded_clickhouse::testing;
use loader::Settings;
use warehouse::Warehouse;

use crate::{drop_marts, groups, load, publish, queue_in};

const CHILD: &str = "loader-child";
const ROWS: usize = 2_400_000;
const ROWS_AT_ONCE: usize = 200_000;

/// Spawns the child and writes down what it says.
pub(crate) async fn measure(figures: &mut serde_json::Map<String, serde_json::Value>) {
    let engine = testing::engine().await;
    let (url, database) = (engine.url().to_owned(), engine.database());
    let warehouse = Warehouse::new(&warehouse::Settings::new(&url, &database));
    warehouse::migrate::run(&warehouse).await.unwrap();
    drop_marts(&warehouse).await;
    let folder = tempfile::tempdir().unwrap();
    for start in (0..ROWS).step_by(ROWS_AT_ONCE) {
        drop(publish(folder.path(), &groups(start..start + ROWS_AT_ONCE)).await);
    }
    let mut child = tokio::process::Command::new(std::env::current_exe().unwrap());
    let child = child.args([CHILD, &url, &database]).arg(folder.path());
    let output = child.output().await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    println!(
        "loader alone, {ROWS} rows: {} MB at most, {} us/event",
        said["peak_mb"], said["us_per_event"]
    );
    figures.insert("loader_peak_mb".to_owned(), said["peak_mb"].clone());
    figures.insert("loader_alone_us_per_event".to_owned(), said["us_per_event"].clone());
}

/// Whether this process is the child, and has done its work.
pub(crate) async fn run_as_child() -> bool {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [CHILD, url, database, folder] = &arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] else {
        return false;
    };
    let folder = PathBuf::from(folder);
    let warehouse = Warehouse::new(&warehouse::Settings::new(*url, *database));
    let publisher = queue::open_publisher(&queue_in(&folder)).await.unwrap();
    load(&folder, &publisher, warehouse, Settings::default(), ROWS).await;
    let cpu = crate::cpu();
    let peak_mb = peak_kb() as f64 / 1024.0;
    let us_per_event = cpu.as_secs_f64() * 1e6 / ROWS as f64;
    let rounded = |figure: f64| (figure * 100.0).round() / 100.0;
    println!(
        "{}",
        serde_json::json!({"peak_mb": rounded(peak_mb), "us_per_event": rounded(us_per_event)})
    );
    true
}

fn peak_kb() -> u64 {
    let status = std::fs::read_to_string(Path::new("/proc/self/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.unwrap().trim().trim_end_matches(" kB").parse().unwrap()
}
