use anyhow::Context;
use embedded_clickhouse::{Engine, library};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct Settings {
    #[command(flatten)]
    engine: embedded_clickhouse::Settings,
    /// Also stop when standard input closes: `clickpath up` holds the other end.
    #[arg(long, hide = true)]
    stop_with_stdin: bool,
}

/// Prints its address once it answers.
pub(crate) async fn run(settings: Settings, shutdown: CancellationToken) -> anyhow::Result<()> {
    let library = library::find(&settings.engine)?;
    let listen = settings.engine.warehouse_listen;
    let listener = TcpListener::bind(listen)
        .await
        .with_context(|| format!("cannot listen on {listen}"))?;
    let engine = Engine::open(&library, &settings.engine)?;
    announce(&format!("http://{}", listener.local_addr()?));
    if settings.stop_with_stdin {
        let shutdown = shutdown.clone();
        tokio::spawn(async move {
            // Whatever ends the read, the process at the other end is gone.
            let _ = tokio::io::stdin().read_to_end(&mut Vec::new()).await;
            shutdown.cancel();
        });
    }
    embedded_clickhouse::serve(listener, engine, shutdown).await?;
    Ok(())
}

#[expect(
    clippy::print_stdout,
    reason = "the address is the command's answer, read by `clickpath up`"
)]
fn announce(address: &str) {
    println!("{address}");
}
