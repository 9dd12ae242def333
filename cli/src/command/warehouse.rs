use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use embedded_clickhouse::{Engine, EngineError, library};
use tokio::net::TcpListener;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::engine::patience;
use crate::say::say;

const LOOK_AGAIN_AFTER: Duration = Duration::from_millis(100);

#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct Settings {
    #[command(flatten)]
    engine: embedded_clickhouse::Settings,
    /// Stop when standard input closes, and only then: `clickpath up` holds the other end.
    #[arg(long, hide = true)]
    pub(crate) stop_with_stdin: bool,
}

/// Prints its address once it answers.
pub(crate) async fn run(settings: Settings, shutdown: CancellationToken) -> anyhow::Result<()> {
    let library = library::find(&settings.engine)?;
    let engine = match settings.stop_with_stdin {
        true => open_when_free(&library, &settings.engine).await?,
        false => Engine::open(&library, &settings.engine)?,
    };
    let listen = settings.engine.warehouse_listen;
    let listener = TcpListener::bind(listen)
        .await
        .with_context(|| format!("cannot listen on {listen}"))?;
    // Read by `clickpath up`.
    say(&format!("http://{}", listener.local_addr()?));
    embedded_clickhouse::serve(listener, engine, shutdown).await?;
    Ok(())
}

/// The engine of a `clickpath up` that was killed ends by itself, in its time; the next one waits for the directory.
async fn open_when_free(library: &Path, settings: &embedded_clickhouse::Settings) -> Result<Engine, EngineError> {
    let patience = patience(settings);
    let begun = Instant::now();
    let mut told = false;
    loop {
        match Engine::open(library, settings) {
            Err(EngineError::InUse { path, holder }) if begun.elapsed() < patience => {
                if !told {
                    tracing::warn!(data = %path.display(), holder, patience_s = patience.as_secs(), "waiting for another engine to leave the data directory");
                    told = true;
                }
                tokio::time::sleep(LOOK_AGAIN_AFTER).await;
            }
            opened => return opened,
        }
    }
}
