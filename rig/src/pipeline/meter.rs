//! CPU and memory of processes, from `/proc`.

use std::fs;
use std::time::{Duration, Instant};

use anyhow::Context;

/// Linux counts in hundredths of a second for every program.
const TICK: Duration = Duration::from_millis(10);

/// Processes whose CPU is told apart, by name. A part may be several processes.
#[derive(Debug, Clone, Default)]
pub(super) struct Parts(Vec<(&'static str, Vec<u32>)>);

/// CPU so far.
#[derive(Debug, Clone)]
pub(super) struct Snapshot {
    at: Instant,
    parts: Vec<(&'static str, Duration)>,
    machine: Duration,
}

/// CPU between two snapshots.
#[derive(Debug, Clone, Default)]
pub(super) struct Usage {
    pub(super) wall: Duration,
    parts: Vec<(&'static str, Duration)>,
    /// Of everything else on this machine.
    pub(super) others: Duration,
}

impl Parts {
    /// This process, which is the load.
    pub(super) fn load() -> Self {
        Self(vec![(LOAD, vec![std::process::id()])])
    }

    pub(super) fn and(mut self, name: &'static str, processes: Vec<u32>) -> Self {
        self.0.insert(self.0.len() - 1, (name, processes));
        self
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.0.iter().map(|(name, _)| *name)
    }

    pub(super) fn snapshot(&self) -> anyhow::Result<Snapshot> {
        let cpu = |(name, processes): &(&'static str, Vec<u32>)| {
            let cpu: anyhow::Result<Duration> = processes.iter().map(|&pid| cpu(pid)).sum();
            Ok((*name, cpu.with_context(|| format!("{name} is gone"))?))
        };
        Ok(Snapshot {
            at: Instant::now(),
            parts: self.0.iter().map(cpu).collect::<anyhow::Result<_>>()?,
            machine: machine()?,
        })
    }
}

/// The part that sends.
pub(super) const LOAD: &str = "load";

impl Snapshot {
    pub(super) fn since(&self, earlier: &Self) -> Usage {
        let parts = self.parts.iter().zip(&earlier.parts);
        let parts: Vec<_> = parts
            .map(|((name, now), (_, before))| (*name, now.saturating_sub(*before)))
            .collect();
        let ours = parts.iter().map(|(_, cpu)| *cpu).sum();
        Usage {
            wall: self.at - earlier.at,
            parts,
            others: (self.machine - earlier.machine).saturating_sub(ours),
        }
    }
}

impl Usage {
    pub(super) fn of(&self, part: &str) -> Duration {
        let found = self.parts.iter().find(|(name, _)| *name == part);
        found.map_or(Duration::ZERO, |(_, cpu)| *cpu)
    }

    /// Microseconds of a part's CPU for each of `count`.
    pub(super) fn us_per(&self, part: &str, count: u64) -> f64 {
        self.of(part).as_secs_f64() * 1e6 / count.max(1) as f64
    }

    pub(super) fn parts(&self) -> impl Iterator<Item = (&'static str, Duration)> + '_ {
        self.parts.iter().copied()
    }
}

/// The most memory a process has held, in megabytes of 1,048,576 bytes.
pub(super) fn peak_mb(pid: u32) -> anyhow::Result<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes: f64 = line.context("no VmHWM")?.trim().trim_end_matches(" kB").parse()?;
    Ok(kilobytes / 1_024.0)
}

/// User and system time of all threads of a process.
pub(super) fn cpu(pid: u32) -> anyhow::Result<Duration> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // After the program's name in brackets: fields 3 and on (proc(5)); user and system time are 14 and 15.
    let fields = stat.rsplit(") ").next().context("no fields")?;
    let times = fields.split(' ').skip(11).take(2);
    Ok(TICK * times.map(str::parse::<u32>).sum::<Result<u32, _>>()?)
}

/// What the machine's processors were not idle, since it started.
fn machine() -> anyhow::Result<Duration> {
    let stat = fs::read_to_string("/proc/stat")?;
    // user, nice, system, idle, iowait, irq, softirq, steal (proc(5)).
    let fields = stat
        .lines()
        .next()
        .context("no line")?
        .split_whitespace()
        .skip(1)
        .take(8);
    let ticks = fields.map(str::parse::<u64>).collect::<Result<Vec<_>, _>>()?;
    let busy: u64 = ticks
        .iter()
        .enumerate()
        .filter(|(field, _)| ![3, 4].contains(field))
        .map(|(_, ticks)| ticks)
        .sum();
    Ok(Duration::from_millis(busy * 10))
}
