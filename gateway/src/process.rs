//! What the process takes of its machine, read when somebody asks: `process_…`, by Prometheus' own names.

use std::fmt;
use std::fs;
use std::io;
use std::sync::atomic::AtomicU64;

use event::Timestamp;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::registry::{Registry, Unit};
use rustix::process::{Resource, getrlimit};

/// Registers start, CPU, memory, descriptors and threads of this process.
pub(crate) fn register(registry: &mut Registry, started_at: Timestamp) {
    let started = Gauge::<f64, AtomicU64>::default();
    started.set(started_at.0 as f64 / 1_000.0);
    let help = "Start of the process since 1970-01-01T00:00:00Z";
    registry.register_with_unit("process_start_time", help, Unit::Seconds, started);
    registry.register_collector(Box::new(Process));
}

#[derive(Debug)]
struct Process;

/// One reading.
#[derive(Debug, PartialEq)]
struct Usage {
    cpu_seconds: f64,
    threads: i64,
    virtual_bytes: i64,
    resident_bytes: i64,
}

/// Files and sockets in use.
fn open_descriptors() -> io::Result<i64> {
    // One of them is the reading itself.
    Ok(i64::try_from(fs::read_dir("/proc/self/fd")?.count()).unwrap_or(i64::MAX) - 1)
}

impl Collector for Process {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let mut gauge = |name, help, unit: Option<Unit>, value: i64| {
            let gauge = ConstGauge::new(value);
            gauge.encode(encoder.encode_descriptor(name, help, unit.as_ref(), gauge.metric_type())?)
        };
        let (usage, open) = match usage().and_then(|usage| Ok((usage, open_descriptors()?))) {
            Ok(taken) => taken,
            Err(error) => {
                // The names are then missing from the answer, which alerts notice.
                tracing::warn!(%error, "what the process takes cannot be read");
                return Ok(());
            }
        };
        let bytes = Some(Unit::Bytes);
        gauge(
            "process_resident_memory",
            "Memory in use",
            bytes.clone(),
            usage.resident_bytes,
        )?;
        gauge("process_virtual_memory", "Memory mapped", bytes, usage.virtual_bytes)?;
        gauge("process_threads", "Threads", None, usage.threads)?;
        gauge("process_open_fds", "Open files and connections", None, open)?;
        if let Some(most) = getrlimit(Resource::Nofile).current {
            let most = i64::try_from(most).unwrap_or(i64::MAX);
            gauge("process_max_fds", "Files and connections that may be open", None, most)?;
        }
        let cpu = ConstCounter::new(usage.cpu_seconds);
        let help = "CPU time in user and system mode";
        cpu.encode(encoder.encode_descriptor("process_cpu", help, Some(&Unit::Seconds), cpu.metric_type())?)
    }
}

fn usage() -> io::Result<Usage> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    let ticks = rustix::param::clock_ticks_per_second();
    parse(&stat, ticks, rustix::param::page_size()).ok_or_else(|| io::Error::other("/proc/self/stat has another form"))
}

/// By proc_pid_stat(5): fields 14 and 15 are CPU time, 20 the threads, 23 and 24 memory. Field 2, the name, may hold anything.
fn parse(stat: &str, ticks_per_second: u64, page_bytes: usize) -> Option<Usage> {
    let (_, after_name) = stat.rsplit_once(')')?;
    let fields: Vec<&str> = after_name.split_ascii_whitespace().collect();
    let field = |number: usize| fields.get(number - 3)?.parse::<i64>().ok();
    Some(Usage {
        cpu_seconds: (field(14)? + field(15)?) as f64 / ticks_per_second as f64,
        threads: field(20)?,
        virtual_bytes: field(23)?,
        resident_bytes: field(24)? * i64::try_from(page_bytes).ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_fields_behind_any_name() {
        let stat = "7 (a ) b) S 1 7 7 0 -1 4194560 100 0 0 0 250 50 0 0 20 0 9 0 4242 1000000 25 18446744073709551615";
        let expected = Usage {
            cpu_seconds: 3.0,
            threads: 9,
            virtual_bytes: 1_000_000,
            resident_bytes: 102_400,
        };
        assert_eq!(parse(stat, 100, 4_096), Some(expected));
        assert_eq!(parse("7 (a) S 1", 100, 4_096), None);
    }

    #[test]
    fn reads_this_process() {
        let usage = usage().unwrap();
        assert!(usage.threads > 0 && usage.resident_bytes > 1_000_000, "{usage:?}");
    }
}
