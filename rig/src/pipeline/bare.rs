//! The reference of the gateway: a handler that reads the body and answers, and does nothing else.

use std::io::{self, Read};
use std::net::SocketAddr;
use std::process::Stdio;

use anyhow::Context;
use axum::Router;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::routing::post;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, ChildStdin, Command};
use tokio_util::sync::CancellationToken;

use super::meter::Parts;

/// Prints its address, then serves until standard input closes.
#[expect(clippy::print_stdout, reason = "the parent reads the address there")]
pub async fn serve() -> anyhow::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    let shutdown = CancellationToken::new();
    let stop = shutdown.clone();
    let parent = tokio::task::spawn_blocking(move || {
        let ended = io::stdin().read_to_end(&mut Vec::new());
        stop.cancel();
        ended
    });
    let app = Router::new().route("/events", post(answer));
    axum::serve(listener, app)
        .with_graceful_shutdown(shutdown.cancelled_owned())
        .await?;
    parent.await??;
    Ok(())
}

async fn answer(body: Bytes) -> StatusCode {
    std::hint::black_box(body);
    StatusCode::NO_CONTENT
}

/// [`serve`] as a process of its own. Dropping it ends it.
pub(super) struct Bare {
    pub(super) address: SocketAddr,
    pub(super) parts: Parts,
    _process: Child,
    _stdin: ChildStdin,
}

/// Its name among the parts.
pub(super) const BARE: &str = "bare";

impl Bare {
    pub(super) async fn start() -> anyhow::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command
            .arg("serve-bare")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        let mut process = command.spawn().context("cannot start the bare handler")?;
        let stdin = process.stdin.take().context("the bare handler has no input")?;
        let stdout = process.stdout.take().context("the bare handler has no output")?;
        let line = BufReader::new(stdout).lines().next_line().await?;
        let pid = process.id().context("the bare handler ended")?;
        Ok(Self {
            address: line.context("the bare handler said nothing")?.parse()?,
            parts: Parts::load().and(BARE, vec![pid]),
            _process: process,
            _stdin: stdin,
        })
    }
}
