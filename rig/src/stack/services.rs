use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, bail};
use rustix::process::Signal;
use tokio::time::{Instant, sleep};

use super::READY_LIMIT;
use crate::Warden;
use crate::process::{End, Process, Program};

/// How often to look whether a part has ended by itself; what runs it on a server would notice as fast.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// Pause before that is started again.
const RESTART_AFTER: Duration = Duration::from_millis(500);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    Engine,
    Gateway,
    Loader,
    Up,
}

/// How often a part ended by itself.
#[derive(Debug, Clone, Default)]
pub struct Ended {
    pub times: usize,
    /// The last line of its log, of the last time.
    pub last_words: String,
}

/// The pipeline's processes. One that ends by itself is started again, as a server's supervisor does.
#[derive(Debug)]
pub struct Services {
    warden: Warden,
    processes: BTreeMap<Role, Process>,
    /// What ended by itself.
    pub ended: BTreeMap<String, Ended>,
    /// When that is started again.
    due: BTreeMap<Role, Instant>,
    /// Orderly ends that were none.
    pub disorderly: Vec<String>,
}

impl Services {
    pub(super) fn new(warden: Warden) -> Self {
        Self {
            warden,
            processes: BTreeMap::new(),
            ended: BTreeMap::new(),
            due: BTreeMap::new(),
            disorderly: Vec::new(),
        }
    }

    pub(super) fn start(&mut self, role: Role, program: Program) -> anyhow::Result<()> {
        self.processes.insert(role, Process::start(program, &self.warden)?);
        Ok(())
    }

    pub fn get(&self, role: Role) -> anyhow::Result<&Process> {
        self.processes
            .get(&role)
            .with_context(|| format!("no {role:?} in this topology"))
    }

    fn get_mut(&mut self, role: Role) -> anyhow::Result<&mut Process> {
        self.processes
            .get_mut(&role)
            .with_context(|| format!("no {role:?} in this topology"))
    }

    /// Kill -9.
    pub async fn kill(&mut self, role: Role) -> anyhow::Result<()> {
        self.get_mut(role)?.kill().await
    }

    /// SIGTERM, and the orderly end.
    pub async fn terminate(&mut self, role: Role) -> anyhow::Result<End> {
        self.pid(role).await?;
        let process = self.get_mut(role)?;
        let end = process.terminate().await?;
        if !end.status.success() {
            let line = format!(
                "{} ended with {} after SIGTERM: {}",
                process.name(),
                end.status,
                process.last_line()
            );
            self.disorderly.push(line);
        }
        Ok(end)
    }

    pub fn restart(&mut self, role: Role) -> anyhow::Result<()> {
        self.get_mut(role)?.restart()
    }

    pub fn signal(&self, role: Role, signal: Signal) -> anyhow::Result<()> {
        self.get(role)?.signal(signal)
    }

    /// Starts again what ended by itself, a moment later.
    pub fn look_after(&mut self) -> anyhow::Result<()> {
        for (role, process) in &mut self.processes {
            if let Some(status) = process.ended()? {
                let ended = self.ended.entry(format!("{} ({status})", process.name())).or_default();
                ended.times += 1;
                ended.last_words = process.last_line();
                self.due.insert(*role, Instant::now() + RESTART_AFTER);
            }
        }
        let now = Instant::now();
        for (role, _) in self.due.extract_if(.., |_, due| *due <= now) {
            if let Some(process) = self.processes.get_mut(&role)
                && process.pid().is_none()
            {
                process.restart()?;
            }
        }
        Ok(())
    }

    /// The process id, of one that ended by itself once it runs again.
    pub async fn pid(&mut self, role: Role) -> anyhow::Result<u32> {
        let end = Instant::now() + READY_LIMIT;
        loop {
            match self.get(role)?.pid() {
                Some(pid) => return Ok(pid),
                None if Instant::now() > end => bail!("{role:?} does not run"),
                None => self.rest(LOOK_EVERY).await?,
            }
        }
    }

    /// Lets them run for a while.
    pub async fn rest(&mut self, pause: Duration) -> anyhow::Result<()> {
        self.during(sleep(pause)).await
    }

    /// Looks after them until `work` is done.
    pub async fn during<T>(&mut self, work: impl Future<Output = T>) -> anyhow::Result<T> {
        tokio::pin!(work);
        let mut due = tokio::time::interval_at(Instant::now() + LOOK_EVERY, LOOK_EVERY);
        loop {
            tokio::select! {
                done = &mut work => return Ok(done),
                _ = due.tick() => self.look_after()?,
            }
        }
    }
}
