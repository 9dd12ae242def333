use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, ChildStdin, Command};

/// Clock ticks a second in `/proc`, on every Linux that Rust runs on.
const TICKS: u64 = 100;

/// A server in a process of its own; it ends when this is dropped.
pub(crate) struct Process {
    pub(crate) address: SocketAddr,
    process: Child,
    _stdin: ChildStdin,
}

impl Process {
    /// `program` is a build of this benchmark.
    pub(crate) async fn start(program: &Path, kind: &str) -> io::Result<Self> {
        let mut command = Command::new(program);
        command
            .args(["--serve", kind])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        let mut process = command.spawn()?;
        let missing = || io::Error::other("the server has no pipes");
        let stdin = process.stdin.take().ok_or_else(missing)?;
        let stdout = process.stdout.take().ok_or_else(missing)?;
        let line = BufReader::new(stdout).lines().next_line().await?;
        let address = line.ok_or_else(|| io::Error::other("the server did not start"))?;
        Ok(Self {
            address: address.parse().map_err(io::Error::other)?,
            process,
            _stdin: stdin,
        })
    }

    /// User and system time of all its threads so far.
    pub(crate) fn cpu(&self) -> io::Result<Duration> {
        let id = self.process.id().ok_or_else(|| io::Error::other("the server ended"))?;
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat"))?;
        // After the program's name in brackets: fields 3 and on (proc(5)); user and system time are 14 and 15.
        let fields = stat.rsplit(") ").next().unwrap_or("");
        let ticks = fields
            .split(' ')
            .skip(11)
            .take(2)
            .map(str::parse::<u64>)
            .sum::<Result<u64, _>>();
        Ok(Duration::from_millis(ticks.map_err(io::Error::other)? * 1_000 / TICKS))
    }
}
