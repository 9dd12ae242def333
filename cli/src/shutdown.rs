//! Ctrl-C and SIGTERM ask for an orderly end; a second one ends at once. A child ends after its parent instead.

use anyhow::Context;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// A token that is cancelled by the first signal.
pub(crate) fn on_signal() -> anyhow::Result<CancellationToken> {
    let mut signals = Signals::listen()?;
    let shutdown = CancellationToken::new();
    let asked = shutdown.clone();
    tokio::spawn(async move {
        signals.next().await;
        tracing::info!("stopping; once more to stop at once");
        asked.cancel();
        signals.next().await;
        std::process::exit(130);
    });
    Ok(shutdown)
}

/// A token that is cancelled when standard input closes, whose other end the parent holds. Signals are the parent's: what
/// stops a whole process group or service reaches both, and the parent still needs its child for a while.
pub(crate) fn on_stdin_end() -> anyhow::Result<CancellationToken> {
    let mut signals = Signals::listen()?;
    tokio::spawn(async move {
        loop {
            signals.next().await;
            tracing::info!("the engine ends after `clickpath up`; the signal is ignored");
        }
    });
    let shutdown = CancellationToken::new();
    let closed = shutdown.clone();
    // A thread of its own: the runtime would wait for a read that it blocks on.
    std::thread::spawn(move || {
        if let Err(error) = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink()) {
            tracing::error!(%error, "standard input cannot be read");
        }
        closed.cancel();
    });
    Ok(shutdown)
}

struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    fn listen() -> anyhow::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt()).context("cannot listen for SIGINT")?,
            terminate: signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
