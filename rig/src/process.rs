//! One child process under one name: started, killed and started again, its log in one file.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, ensure};
use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::time::{Instant, timeout};

use crate::Warden;

/// What an orderly end may take, on a busy machine and with the parts it needs away.
const STOP_LIMIT: Duration = Duration::from_secs(60);

/// How to start a program again and again.
#[derive(Debug, Clone)]
pub struct Program {
    pub name: &'static str,
    pub path: PathBuf,
    pub arguments: Vec<String>,
    pub environment: Vec<(&'static str, String)>,
    /// Where it runs and where its log is written, as `<name>.log`.
    pub folder: PathBuf,
}

/// A program that runs, or has ended and can be started again. Dropping it kills it.
#[derive(Debug)]
pub struct Process {
    program: Program,
    warden: Warden,
    log: Arc<Log>,
    child: Option<Child>,
}

/// How a program ended.
#[derive(Debug, Clone)]
pub struct End {
    pub status: ExitStatus,
    pub after: Duration,
}

#[derive(Debug)]
struct Log {
    path: PathBuf,
    file: Mutex<File>,
    last_line: Mutex<String>,
}

impl Process {
    /// Starts the program; whether it is ready is another question.
    pub fn start(program: Program, warden: &Warden) -> anyhow::Result<Self> {
        let path = program.folder.join(format!("{}.log", program.name));
        let file = File::options().create(true).append(true).open(&path);
        let log = Log {
            file: Mutex::new(file.with_context(|| format!("cannot write {}", path.display()))?),
            path,
            last_line: Mutex::default(),
        };
        let mut process = Self {
            program,
            warden: warden.clone(),
            log: Arc::new(log),
            child: None,
        };
        process.restart()?;
        Ok(process)
    }

    pub fn name(&self) -> &'static str {
        self.program.name
    }

    pub fn folder(&self) -> &Path {
        &self.program.folder
    }

    pub fn log(&self) -> &Path {
        &self.log.path
    }

    /// The last line of its log.
    pub fn last_line(&self) -> String {
        self.log
            .last_line
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Starts the program again after its end.
    pub fn restart(&mut self) -> anyhow::Result<()> {
        ensure!(self.child.is_none(), "{} runs already", self.program.name);
        let Program { name, path, .. } = &self.program;
        // Writing beyond a limit on files is an error and no signal, as on a full disk.
        let mut command = Command::new("sh");
        command.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""]).arg(path);
        command.args(&self.program.arguments).current_dir(&self.program.folder);
        for (variable, _) in std::env::vars_os() {
            if is_foreign_setting(&variable.to_string_lossy()) {
                command.env_remove(variable);
            }
        }
        // The last line of a log tells more than the last frame of a stack.
        command.env("RUST_BACKTRACE", "0");
        command.envs(self.program.environment.iter().map(|(name, value)| (*name, value)));
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        // Ctrl-C is the rig's, which ends its parts itself.
        command.process_group(0).kill_on_drop(true);
        self.log.write("--- started by the rig");
        let mut child = command
            .spawn()
            .with_context(|| format!("cannot start {name} ({})", path.display()))?;
        if let Some(pid) = child.id() {
            self.warden.started(pid)?;
        }
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let outputs = stdout.map(|output| copy(output, Arc::clone(&self.log)));
        drop(outputs.map(tokio::spawn));
        drop(stderr.map(|output| tokio::spawn(copy(output, Arc::clone(&self.log)))));
        self.child = Some(child);
        Ok(())
    }

    /// `None` after its end.
    pub fn pid(&self) -> Option<u32> {
        self.child.as_ref()?.id()
    }

    /// How it ended, when it ended by itself since the last look.
    pub fn ended(&mut self) -> anyhow::Result<Option<ExitStatus>> {
        let pid = self.pid();
        let Some(child) = &mut self.child else { return Ok(None) };
        let Some(status) = child.try_wait()? else {
            return Ok(None);
        };
        self.forget(pid)?;
        Ok(Some(status))
    }

    /// Kill -9; returns when it is gone.
    pub async fn kill(&mut self) -> anyhow::Result<()> {
        let pid = self.pid();
        if let Some(child) = &mut self.child {
            child
                .kill()
                .await
                .with_context(|| format!("cannot kill {}", self.program.name))?;
        }
        self.forget(pid)
    }

    /// SIGTERM; returns when it has ended in order, which has to happen within a minute.
    pub async fn terminate(&mut self) -> anyhow::Result<End> {
        let name = self.program.name;
        self.signal(Signal::TERM)?;
        let pid = self.pid();
        let child = self.child.as_mut().with_context(|| format!("{name} does not run"))?;
        let asked = Instant::now();
        let status = timeout(STOP_LIMIT, child.wait()).await;
        let status =
            status.with_context(|| format!("{name} still runs {} s after SIGTERM", STOP_LIMIT.as_secs()))??;
        self.forget(pid)?;
        Ok(End {
            status,
            after: asked.elapsed(),
        })
    }

    pub fn signal(&self, signal: Signal) -> anyhow::Result<()> {
        let name = self.program.name;
        let pid = self.pid().with_context(|| format!("{name} does not run"))?;
        send(pid, signal).with_context(|| format!("cannot signal {name}"))
    }

    fn forget(&mut self, pid: Option<u32>) -> anyhow::Result<()> {
        self.child = None;
        pid.map_or(Ok(()), |pid| self.warden.ended(pid))
    }
}

/// Signals a process by its id.
pub fn send(pid: u32, signal: Signal) -> anyhow::Result<()> {
    let pid = i32::try_from(pid)
        .ok()
        .and_then(Pid::from_raw)
        .context("no process id")?;
    Ok(kill_process(pid, signal)?)
}

/// The caller's settings of the product, but for where fetched files lie.
fn is_foreign_setting(variable: &str) -> bool {
    let product = ["CLICKPATH_", "CLICKHOUSE_"]
        .iter()
        .any(|prefix| variable.starts_with(prefix));
    product && variable != "CLICKPATH_CACHE_DIR"
}

async fn copy(output: impl AsyncRead + Unpin, log: Arc<Log>) {
    let mut lines = BufReader::new(output).lines();
    loop {
        match lines.next_line().await {
            Ok(Some(line)) => log.write(&line),
            Ok(None) => return,
            Err(failed) => return log.write(&format!("--- unreadable output: {failed}")),
        }
    }
}

impl Log {
    fn write(&self, line: &str) {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(failed) = writeln!(file, "{line}") {
            tracing::warn!(log = %self.path.display(), error = %failed, "a line is missing");
        }
        line.clone_into(&mut self.last_line.lock().unwrap_or_else(PoisonError::into_inner));
    }
}
