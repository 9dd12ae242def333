use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Context;
use rustix::process::Signal;
use tokio::time::{Instant, sleep};

use crate::Warden;
use crate::process::{End, Process, Program};

/// How often to look whether a part has ended by itself; what runs it on a server would notice as fast.
const LOOK_EVERY: Duration = Duration::from_millis(200);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    Engine,
    Gateway,
    Loader,
    Up,
}

/// The pipeline's processes. One that ends by itself is started again, as a server's supervisor does.
#[derive(Debug)]
pub struct Services {
    warden: Warden,
    processes: BTreeMap<Role, Process>,
    /// What ended by itself, with its last words, and how often.
    pub ended: BTreeMap<String, usize>,
    /// Orderly ends that were none.
    pub disorderly: Vec<String>,
}

impl Services {
    pub(super) fn new(warden: Warden) -> Self {
        Self {
            warden,
            processes: BTreeMap::new(),
            ended: BTreeMap::new(),
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

    /// Starts again what ended by itself.
    pub fn look_after(&mut self) -> anyhow::Result<()> {
        for process in self.processes.values_mut() {
            if let Some(status) = process.ended()? {
                let line = format!("{} ended by itself ({status}): {}", process.name(), process.last_line());
                *self.ended.entry(line).or_default() += 1;
                process.restart()?;
            }
        }
        Ok(())
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
