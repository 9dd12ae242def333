//! The engine on its directory.

mod config;
pub(crate) mod ffi;

use std::ffi::CString;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use ffi::{Connection, Library};

use crate::Settings;

/// Why the engine did not start.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    #[error("cannot load the engine library {path}; `cargo xtask fetch` gets the pinned one")]
    Load { path: PathBuf, source: libloading::Error },
    #[error("cannot write the engine's configuration {path}")]
    Config { path: PathBuf, source: io::Error },
    #[error("the data directory {path} is in use by another process ({holder}); stop it or choose another --data-dir")]
    InUse { path: PathBuf, holder: String },
    #[error("this process has an engine open on {open} already; there is one engine per process")]
    OpenHere { open: PathBuf },
    #[error("the path {path} has a byte the engine cannot take")]
    PathUnusable { path: PathBuf },
    #[error("the engine did not start on {path}; its reason is on the standard error above")]
    Boot { path: PathBuf },
    #[error("the engine started on {path} but does not answer: {reason}")]
    Silent { path: PathBuf, reason: String },
}

/// A running engine; cheap to clone. The last clone dropped shuts it down and frees the directory.
#[derive(Clone)]
pub struct Engine {
    shared: Arc<Shared>,
}

struct Shared {
    library: &'static Library,
    arguments: Vec<CString>,
    /// Keeps the engine running between requests. Taken by `Drop`, before the directory counts as free.
    root: Mutex<Option<Connection>>,
    facts: Facts,
    settings: Settings,
}

/// What does not change while the engine runs.
#[derive(Debug, Clone)]
pub(crate) struct Facts {
    /// `26.7.2.1`
    pub(crate) version: String,
    pub(crate) timezone: String,
    /// The engine's default of `enable_http_compression`.
    pub(crate) http_compression: bool,
}

/// The directory of the engine that this process runs.
static OPEN: Mutex<Option<PathBuf>> = Mutex::new(None);

impl Engine {
    /// Boots the engine of `library` on `settings.data_dir` (made when missing), with file and network access closed
    /// to SQL and the memory limits of the settings.
    pub fn open(library: &Path, settings: &Settings) -> Result<Self, EngineError> {
        let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(open) = &*open {
            return Err(EngineError::OpenHere { open: open.clone() });
        }
        let path = settings.data_dir.clone();
        let config = config::prepare(settings, refuse_directory_in_use)?;
        let data = config.data.clone();
        let library = Library::load(library).map_err(|source| EngineError::Load {
            path: library.to_owned(),
            source,
        })?;
        let arguments = config.arguments().map_err(|path| EngineError::PathUnusable { path })?;
        let mut root = library
            .connect(&arguments)
            .ok_or_else(|| EngineError::Boot { path: path.clone() })?;
        let facts = read_facts(&mut root).map_err(|reason| EngineError::Silent { path, reason })?;
        tracing::info!(version = facts.version, package = library.version(), data = %data.display(), "engine open");
        *open = Some(data);
        let shared = Shared {
            library,
            arguments,
            root: Mutex::new(Some(root)),
            facts,
            settings: settings.clone(),
        };
        Ok(Self {
            shared: Arc::new(shared),
        })
    }

    /// The ClickHouse version, `26.7.2.1`.
    pub fn version(&self) -> &str {
        &self.shared.facts.version
    }

    pub(crate) fn facts(&self) -> &Facts {
        &self.shared.facts
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.shared.settings
    }

    /// A new connection, about 0.4 ms. The lease keeps the engine alive.
    pub(crate) fn connect(&self) -> Option<Lease> {
        let connection = self.shared.library.connect(&self.shared.arguments)?;
        Some(Lease {
            connection,
            _engine: self.clone(),
        })
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
        drop(self.root.get_mut().unwrap_or_else(PoisonError::into_inner).take());
        *open = None;
    }
}

/// A connection that keeps its engine running.
pub(crate) struct Lease {
    pub(crate) connection: Connection,
    _engine: Engine,
}

/// The engine locks `<data>/status`; asked before the boot, because the engine tells its reason only to the standard
/// error.
fn refuse_directory_in_use(data: &Path) -> Result<(), EngineError> {
    let status = data.join("status");
    let Ok(file) = File::open(&status) else {
        return Ok(());
    };
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Err(EngineError::InUse {
            path: data.to_owned(),
            holder: holder(&status),
        }),
        // Free, or a file system without locks: the engine decides.
        Ok(()) | Err(TryLockError::Error(_)) => Ok(()),
    }
}

/// The first line the holder wrote into its status file, `PID: 4711`.
fn holder(status: &Path) -> String {
    fs::read_to_string(status)
        .ok()
        .and_then(|text| text.lines().next().map(str::to_owned))
        .unwrap_or_else(|| "unknown".to_owned())
}

fn read_facts(root: &mut Connection) -> Result<Facts, String> {
    let sql = "SELECT version(), timezone(), \
               (SELECT value FROM system.settings WHERE name = 'enable_http_compression')";
    let block = root.query(sql, "TSV", &[]).map_err(|exception| exception.to_string())?;
    let line = String::from_utf8_lossy(block.bytes()).into_owned();
    let [version, timezone, compression] = line.trim_end().split('\t').collect::<Vec<_>>()[..] else {
        return Err(format!("version query answered {line:?}"));
    };
    Ok(Facts {
        version: version.to_owned(),
        timezone: timezone.to_owned(),
        http_compression: compression == "1",
    })
}
