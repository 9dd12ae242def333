//! One engine per test process, for the tests of every crate that speaks to ClickHouse.
//!
//! `CLICKHOUSE_URL` set: that server instead. The engine library missing: the test fails with the command that gets it,
//! or is skipped when `CLICKPATH_SKIP_ENGINE=1`: see [`skipped`].

use std::cell::RefCell;
use std::env;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak, mpsc};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tokio::net::TcpListener;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

use crate::{Engine, EngineError, Settings, library};

/// How long an engine may take to stop before the next one starts.
const STOP_LIMIT: Duration = Duration::from_secs(30);
const LOOK_EVERY: Duration = Duration::from_millis(10);

thread_local! {
    /// Keeps the engine until the test's thread ends. The process must not exit before the engine has stopped: its exit
    /// handlers would take down what the engine's threads still use.
    static USED: RefCell<Option<Arc<TestEngine>>> = const { RefCell::new(None) };
}

/// A ClickHouse to test against.
pub struct TestEngine {
    url: String,
    _running: Option<Running>,
}

/// The engine of this process; it stops when the last test that used it ends.
struct Running {
    stop: CancellationToken,
    server: Option<JoinHandle<()>>,
    dir: PathBuf,
    /// Locked as long as the engine runs: the directories of killed processes are removed by the next.
    _lock: File,
}

impl TestEngine {
    /// `http://127.0.0.1:<port>`, or `CLICKHOUSE_URL`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A database name no other test has. It is not created.
    pub fn database(&self) -> String {
        format!("test_{}", uuid::Uuid::new_v4().simple())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.cancel();
        if self.server.take().is_some_and(|server| server.join().is_err()) {
            say("the engine's thread panicked");
        }
        if let Err(error) = fs::remove_dir_all(&self.dir) {
            say(&format!("cannot remove {}: {error}", self.dir.display()));
        }
    }
}

/// The engine of this test process, started on first use, stopped with the last test thread that asked for it.
///
/// # Panics
/// When the engine library is missing, with the command that fetches it, or when the engine does not start.
pub async fn engine() -> Arc<TestEngine> {
    static SHARED: Mutex<Weak<TestEngine>> = Mutex::const_new(Weak::new());
    let mut shared = SHARED.lock().await;
    let engine = match shared.upgrade() {
        Some(engine) => engine,
        None => Arc::new(match variable("CLICKHOUSE_URL") {
            Some(url) => TestEngine { url, _running: None },
            None => tokio::task::spawn_blocking(start)
                .await
                .expect("the engine's start panicked"),
        }),
    };
    *shared = Arc::downgrade(&engine);
    USED.set(Some(Arc::clone(&engine)));
    engine
}

/// True when the engine is missing and the person who runs the tests accepts that: the test returns at once. It says so
/// on the standard error.
pub fn skipped() -> bool {
    let missing = variable("CLICKHOUSE_URL").is_none() && library::find(&settings(PathBuf::new())).is_err();
    let skipped = missing && variable("CLICKPATH_SKIP_ENGINE").as_deref() == Some("1");
    if skipped {
        say("skipped: the engine library is missing and CLICKPATH_SKIP_ENGINE=1");
    }
    skipped
}

/// The settings of a test's own engine on `data_dir`: the library as the environment names it.
pub fn settings(data_dir: PathBuf) -> Settings {
    Settings {
        engine_library: variable("CHDB_LIB").map(PathBuf::from),
        cache_dir: variable("CLICKPATH_CACHE_DIR").map(PathBuf::from),
        ..Settings::local(data_dir)
    }
}

/// Runs `statement` without HTTP: the yardstick of benches.
///
/// # Panics
/// When the engine refuses it.
pub fn direct(engine: &Engine, statement: &str) {
    let mut lease = engine.connect().expect("a connection");
    lease
        .connection
        .query(statement, "TSV", &[])
        .unwrap_or_else(|error| panic!("{statement}: {error}"));
}

/// Inserts `rows` in `format` without HTTP; `statement` is an `INSERT INTO t` without `FORMAT`. Returns the rows stored.
///
/// # Panics
/// When the engine refuses them.
pub fn direct_insert(engine: &Engine, statement: &str, format: &str, rows: &[u8]) -> u64 {
    let mut lease = engine.connect().expect("a connection");
    let mut insert = lease
        .connection
        .insert(statement, format, &[])
        .unwrap_or_else(|error| panic!("{error}"));
    insert.append(rows).unwrap_or_else(|error| panic!("{error}"));
    insert.finish().unwrap_or_else(|error| panic!("{error}")).written_rows
}

fn start() -> TestEngine {
    let (dir, lock) = directory().expect("a directory for the engine");
    let data_dir = dir.clone();
    let settings = settings(dir);
    let library = library::find(&settings).unwrap_or_else(|error| panic!("{error}"));
    let engine = open(&library, &settings);
    let (sender, receiver) = mpsc::channel();
    let stop = CancellationToken::new();
    let stopped = stop.clone();
    // A runtime of its own: that of the test that came first ends with it.
    let server = thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
            sender
                .send(listener.local_addr().expect("its address"))
                .expect("the test waits for it");
            crate::serve(listener, engine, stopped)
                .await
                .expect("the engine serves");
        });
    });
    let address = receiver.recv().expect("the engine's thread starts");
    TestEngine {
        url: format!("http://{address}"),
        _running: Some(Running {
            stop,
            server: Some(server),
            dir: data_dir,
            _lock: lock,
        }),
    }
}

/// Opens the engine, once the one before it, which another thread may be stopping, is gone.
fn open(library: &Path, settings: &Settings) -> Engine {
    let end = Instant::now() + STOP_LIMIT;
    loop {
        match Engine::open(library, settings) {
            Err(EngineError::OpenHere { .. }) if Instant::now() < end => thread::sleep(LOOK_EVERY),
            opened => return opened.unwrap_or_else(|error| panic!("{error}")),
        }
    }
}

/// A new directory with its lock, after the directories of dead processes are removed.
fn directory() -> io::Result<(PathBuf, File)> {
    let base = env::temp_dir().join("clickpath-test-engines");
    fs::create_dir_all(&base)?;
    sweep(&base)?;
    let id = uuid::Uuid::new_v4().simple().to_string();
    // Named `engine-…` only when it is locked, so that no sweep takes it.
    let (fresh, dir) = (base.join(format!("new-{id}")), base.join(format!("engine-{id}")));
    fs::create_dir(&fresh)?;
    let lock = File::create(fresh.join("lock"))?;
    lock.lock()?;
    fs::rename(&fresh, &dir)?;
    Ok((dir, lock))
}

fn sweep(base: &Path) -> io::Result<()> {
    for entry in fs::read_dir(base)? {
        let path = entry?.path();
        let named = path
            .file_name()
            .is_some_and(|name| name.as_encoded_bytes().starts_with(b"engine-"));
        let Ok(lock) = File::open(path.join("lock")) else {
            continue;
        };
        if named
            && lock.try_lock().is_ok()
            && let Err(error) = fs::remove_dir_all(&path)
        {
            say(&format!("cannot remove {}: {error}", path.display()));
        }
    }
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "tests have no command line for clap to read")]
fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

#[expect(
    clippy::print_stderr,
    reason = "a test harness speaks to the person who runs the tests"
)]
fn say(text: &str) {
    eprintln!("{text}");
}
