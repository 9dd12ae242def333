//! What a durable publish to the embedded queue costs, beside a plain write and fsync of the same bytes per group in the
//! same run: `cargo bench -p queue`.
#![expect(clippy::print_stdout, reason = "a bench prints its table")]

use std::fs::File;
use std::io::Write;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use queue::{Group, Route, Settings};
use uuid::Uuid;

/// About 25 events, compressed.
const GROUP_BYTES: usize = 2_048;
/// Short and many, in turn: the time of an fsync changes fivefold from one second to the next on a shared disk.
const ROUNDS: usize = 12;
const ROUND: Duration = Duration::from_millis(250);
/// Of `/proc/self/stat`, on every Linux.
const TICKS_PER_SECOND: f64 = 100.0;

/// Sums over rounds.
#[derive(Clone, Copy, Default)]
struct Cost {
    groups: f64,
    seconds: f64,
    cpu_seconds: f64,
}

impl Cost {
    fn add(&mut self, round: Self) {
        self.groups += round.groups;
        self.seconds += round.seconds;
        self.cpu_seconds += round.cpu_seconds;
    }

    fn groups_per_second(self) -> f64 {
        self.groups / self.seconds
    }

    fn cpu_us_per_group(self) -> f64 {
        self.cpu_seconds * 1e6 / self.groups
    }
}

fn main() -> anyhow::Result<()> {
    println!(
        "{:>10} {:>14} {:>14} {:>8} {:>12} {:>12} {:>8}",
        "publishers", "queue grp/s", "plain grp/s", "ratio", "queue µs", "plain µs", "ratio"
    );
    let (one_rate, one_cpu) = compare(1)?;
    let (many_rate, many_cpu) = compare(64)?;
    println!(
        r#"{{"bench": "queue", "figures": {{"rate_ratio_1": {one_rate:.2}, "cpu_ratio_1": {one_cpu:.2}, "rate_ratio_64": {many_rate:.2}, "cpu_ratio_64": {many_cpu:.2}}}}}"#
    );
    Ok(())
}

/// The queue's rate and CPU per group as ratios to the plain file's.
fn compare(publishers: usize) -> anyhow::Result<(f64, f64)> {
    let (mut queue, mut plain) = (Cost::default(), Cost::default());
    for _ in 0..ROUNDS {
        queue.add(queue_round(publishers)?);
        plain.add(plain_round(publishers)?);
    }
    let rate = queue.groups_per_second() / plain.groups_per_second();
    let cpu = queue.cpu_us_per_group() / plain.cpu_us_per_group();
    println!(
        "{publishers:>10} {:>14.0} {:>14.0} {rate:>8.2} {:>12.1} {:>12.1} {cpu:>8.2}",
        queue.groups_per_second(),
        plain.groups_per_second(),
        queue.cpu_us_per_group(),
        plain.cpu_us_per_group()
    );
    Ok((rate, cpu))
}

fn queue_round(publishers: usize) -> anyhow::Result<Cost> {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let publisher = queue::open_publisher(&Settings::embedded(folder.path())).await?;
        let meter = Meter::start()?;
        let tasks: Vec<_> = (0..publishers)
            .map(|_| {
                let publisher = publisher.clone();
                tokio::spawn(async move {
                    let mut groups = 0;
                    while meter.runs() {
                        let group = Group {
                            id: Uuid::from_u128(groups),
                            body: body().into(),
                        };
                        publisher.publish(Route::Events, group).await?;
                        groups += 1;
                    }
                    anyhow::Ok(groups)
                })
            })
            .collect();
        let mut groups = 0;
        for task in tasks {
            groups += task.await??;
        }
        meter.stop(groups)
    })
}

fn plain_round(publishers: usize) -> anyhow::Result<Cost> {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let file = Mutex::new(File::create(folder.path().join("plain"))?);
    let meter = Meter::start()?;
    let groups = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..publishers)
            .map(|_| {
                scope.spawn(|| {
                    let mut groups = 0;
                    while meter.runs() {
                        let mut file = file.lock().map_err(|_| anyhow::anyhow!("another thread failed"))?;
                        file.write_all(&body())?;
                        file.sync_data()?;
                        groups += 1;
                    }
                    anyhow::Ok(groups)
                })
            })
            .collect();
        let counts = threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        counts.sum::<anyhow::Result<u128>>()
    })?;
    meter.stop(groups)
}

fn body() -> Vec<u8> {
    vec![7; GROUP_BYTES]
}

#[derive(Clone, Copy)]
struct Meter {
    start: Instant,
    cpu_seconds: f64,
}

impl Meter {
    fn start() -> anyhow::Result<Self> {
        Ok(Self {
            start: Instant::now(),
            cpu_seconds: cpu_seconds()?,
        })
    }

    fn runs(&self) -> bool {
        self.start.elapsed() < ROUND
    }

    fn stop(self, groups: u128) -> anyhow::Result<Cost> {
        Ok(Cost {
            groups: groups as f64,
            seconds: self.start.elapsed().as_secs_f64(),
            cpu_seconds: cpu_seconds()? - self.cpu_seconds,
        })
    }
}

/// User and system time of this process.
fn cpu_seconds() -> anyhow::Result<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let after_name = stat.rsplit_once(')').map_or(stat.as_str(), |(_, rest)| rest);
    let ticks = after_name.split_whitespace().skip(11).take(2).map(str::parse::<u64>);
    Ok(ticks.sum::<Result<u64, _>>()? as f64 / TICKS_PER_SECOND)
}
