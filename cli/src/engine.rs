//! The ClickHouse engine as a child process: a crash or a full memory there takes nothing else down.

use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, bail};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// Pause before an engine that ended by itself is started again.
const RESTART_AFTER: Duration = Duration::from_secs(1);
/// What an engine needs to end beyond the time it gives its statements.
const END_MARGIN: Duration = Duration::from_secs(5);

/// How long an engine may take to end.
pub(crate) fn patience(settings: &embedded_clickhouse::Settings) -> Duration {
    Duration::from_millis(settings.warehouse_stop_ms) + END_MARGIN
}

/// A running engine.
pub(crate) struct Engine {
    process: Child,
    /// The engine stops when this closes: on purpose, or because this process died.
    stdin: Option<ChildStdin>,
    stdout: Lines<BufReader<ChildStdout>>,
    settings: embedded_clickhouse::Settings,
    /// Where it answers, for example `http://127.0.0.1:8123`.
    pub(crate) url: String,
}

impl Engine {
    /// Starts this program's `warehouse` command and waits until it answers.
    pub(crate) async fn start(settings: embedded_clickhouse::Settings) -> anyhow::Result<Self> {
        let mut process = command(&settings)?
            .spawn()
            .context("cannot start the ClickHouse engine")?;
        let stdout = process
            .stdout
            .take()
            .context("the ClickHouse engine has no standard output")?;
        let mut stdout = BufReader::new(stdout).lines();
        let Some(url) = stdout.next_line().await? else {
            let status = process.wait().await?;
            bail!("the ClickHouse engine did not start ({status}); its message is above");
        };
        Ok(Self {
            stdin: process.stdin.take(),
            process,
            stdout,
            settings,
            url,
        })
    }

    /// Keeps the engine running until `stop`, then lets it finish.
    pub(crate) async fn supervise(mut self, stop: CancellationToken) -> anyhow::Result<()> {
        loop {
            let status = tokio::select! {
                () = stop.cancelled() => break,
                status = self.process.wait() => status?,
            };
            tracing::error!(%status, "the ClickHouse engine ended by itself; starting it again");
            tokio::time::sleep(RESTART_AFTER).await;
            match Self::start(self.settings_of_restart()?).await {
                Ok(engine) => self = engine,
                Err(error) => tracing::error!(error = format!("{error:#}"), "the ClickHouse engine does not start"),
            }
        }
        self.stop().await
    }

    /// Lets the engine finish its statements; one that takes too long is killed, which its tables survive.
    async fn stop(mut self) -> anyhow::Result<()> {
        self.stdin.take();
        let patience = patience(&self.settings);
        let ended = timeout(patience, async {
            while self.stdout.next_line().await?.is_some() {}
            self.process.wait().await
        });
        let Ok(status) = ended.await else {
            self.process.kill().await?;
            bail!("the ClickHouse engine did not end within {patience:?} and was killed");
        };
        let status = status?;
        if !status.success() {
            bail!("the ClickHouse engine ended with {status}");
        }
        Ok(())
    }

    /// The same settings, but on the port that the parts already know.
    fn settings_of_restart(&self) -> anyhow::Result<embedded_clickhouse::Settings> {
        let address = self.url.trim_start_matches("http://");
        let warehouse_listen = address
            .parse()
            .with_context(|| format!("the ClickHouse engine answers at {address}"))?;
        Ok(embedded_clickhouse::Settings {
            warehouse_listen,
            ..self.settings.clone()
        })
    }
}

fn command(settings: &embedded_clickhouse::Settings) -> anyhow::Result<Command> {
    let program = std::env::current_exe().context("this program has no path")?;
    let mut command = Command::new(program);
    command
        .args(["warehouse", "--stop-with-stdin"])
        .envs(settings.environment());
    // A group of its own, so that Ctrl-C reaches this process alone and the engine outlives the loader's last batch.
    command
        .process_group(0)
        .kill_on_drop(true)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    Ok(command)
}
