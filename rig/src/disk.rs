//! A disk that can be filled and emptied again.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};
use rustix::mount::{MountFlags, UnmountFlags, mount, unmount};

use crate::Warden;

/// Files beyond this cannot grow while the disk is "full" by limit.
const LIMIT_BYTES: u64 = 16 * 1024;
static BLOCK: [u8; 64 * 1024] = [0; 64 * 1024];

/// A folder whose disk fills: a small tmpfs of its own where mounting is allowed, else a limit on the size of the files that
/// its process writes, which meets the same error path of the process.
#[derive(Debug)]
pub struct Disk {
    folder: PathBuf,
    mounted: bool,
}

impl Disk {
    /// Makes `folder`, on a disk of `bytes`.
    pub fn small(folder: PathBuf, bytes: u64, warden: &Warden) -> anyhow::Result<Self> {
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let options = std::ffi::CString::new(format!("size={bytes}"))?;
        let mounted = match mount("tmpfs", &folder, "tmpfs", MountFlags::empty(), Some(options.as_c_str())) {
            Ok(()) => true,
            Err(refused) => {
                tracing::warn!(error = %refused, "no disk of its own; the size of files is limited instead");
                false
            }
        };
        if mounted {
            warden.mounted(&folder)?;
        }
        Ok(Self { folder, mounted })
    }

    /// Makes `folder`, on the disk where it is.
    pub fn shared(folder: PathBuf) -> anyhow::Result<Self> {
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        Ok(Self { folder, mounted: false })
    }

    /// Copies what is on it to `target`, where it outlives the disk.
    pub fn keep(&self, target: &Path) -> anyhow::Result<()> {
        match self.mounted {
            true => copy(&self.folder, target).with_context(|| format!("cannot copy to {}", target.display())),
            false => Ok(()),
        }
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// How it fills, for people.
    pub fn kind(&self) -> &'static str {
        if self.mounted { "tmpfs" } else { "limit on files" }
    }

    /// Takes the last byte.
    pub fn fill(&self, pid: u32) -> anyhow::Result<()> {
        if !self.mounted {
            return limit_files(pid, Some(LIMIT_BYTES));
        }
        let mut ballast = File::create(self.ballast()).context("cannot fill the disk")?;
        loop {
            match ballast.write(&BLOCK) {
                Ok(0) => return Ok(()),
                Ok(_) => {}
                Err(full) if full.kind() == ErrorKind::StorageFull => return Ok(()),
                Err(failed) => return Err(failed).context("cannot fill the disk"),
            }
        }
    }

    /// Gives the room back.
    pub fn clear(&self, pid: u32) -> anyhow::Result<()> {
        match self.mounted {
            true => fs::remove_file(self.ballast()).context("cannot empty the disk"),
            false => limit_files(pid, None),
        }
    }

    fn ballast(&self) -> PathBuf {
        self.folder.join("ballast")
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        if self.mounted
            && let Err(failed) = unmount(&self.folder, UnmountFlags::DETACH)
        {
            tracing::warn!(folder = %self.folder.display(), error = %failed, "the small disk stays mounted");
        }
    }
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        match entry.file_type()?.is_dir() {
            true => copy(&entry.path(), &target)?,
            false => _ = fs::copy(entry.path(), target)?,
        }
    }
    Ok(())
}

fn limit_files(pid: u32, bytes: Option<u64>) -> anyhow::Result<()> {
    let limit = bytes.map_or("unlimited".to_owned(), |bytes| bytes.to_string());
    let arguments = [format!("--pid={pid}"), format!("--fsize={limit}:")];
    let ran = Command::new("prlimit")
        .args(&arguments)
        .output()
        .context("cannot run prlimit")?;
    if !ran.status.success() {
        bail!("prlimit failed: {}", String::from_utf8_lossy(&ran.stderr));
    }
    Ok(())
}
