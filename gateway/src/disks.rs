//! How full the disks are on which this process keeps what it must not lose, asked when somebody asks.

use std::fmt;
use std::path::{Path, PathBuf};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::{Registry, Unit};
use rustix::fs::{StatVfs, statvfs};

/// Registers `clickpath_disk_free_bytes` and `clickpath_disk_size_bytes` of the file systems that `folders` are on, by the names given.
pub fn register_disks(registry: &mut Registry, folders: Vec<(&'static str, PathBuf)>) {
    registry.register_collector(Box::new(Disks(folders)));
}

#[derive(Debug)]
struct Disks(Vec<(&'static str, PathBuf)>);

impl Collector for Disks {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let mut show = |name, help, bytes: fn(&StatVfs) -> u64| {
            let mut family = encoder.encode_descriptor(name, help, Some(&Unit::Bytes), MetricType::Gauge)?;
            for (folder, path) in &self.0 {
                let Some(disk) = disk(path) else { continue };
                let bytes = i64::try_from(bytes(&disk)).unwrap_or(i64::MAX);
                ConstGauge::new(bytes).encode(family.encode_family(&[("folder", *folder)])?)?;
            }
            Ok(())
        };
        let help = "Room on the file system of a folder, for programs that are not root's";
        show("clickpath_disk_free", help, |disk| disk.f_bavail * disk.f_frsize)?;
        let help = "Size of the file system of a folder";
        show("clickpath_disk_size", help, |disk| disk.f_blocks * disk.f_frsize)
    }
}

/// Of the folder, or of the one in which it will be made.
fn disk(folder: &Path) -> Option<StatVfs> {
    let absolute = std::path::absolute(folder).ok()?;
    let found = absolute.ancestors().find_map(|path| statvfs(path).ok());
    if found.is_none() {
        tracing::warn!(folder = %folder.display(), "the disk does not say how full it is");
    }
    found
}

#[cfg(test)]
mod tests {
    use prometheus_client::encoding::text;

    use super::*;

    #[test]
    fn tells_of_a_folder_that_is_still_to_be_made() {
        let mut registry = Registry::default();
        let parent = tempfile::tempdir().unwrap();
        register_disks(&mut registry, vec![("queue", parent.path().join("a/b"))]);
        let mut shown = String::new();
        text::encode(&mut shown, &registry).unwrap();
        for name in ["free", "size"] {
            let start = format!("clickpath_disk_{name}_bytes{{folder=\"queue\"}} ");
            let line = shown.lines().find_map(|line| line.strip_prefix(&start));
            let bytes = line.unwrap_or_else(|| panic!("no {start}in {shown}")).parse::<u64>();
            assert!(bytes.is_ok_and(|bytes| bytes > 1_000_000), "{shown}");
        }
    }
}
