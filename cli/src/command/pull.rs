use anyhow::{Context, bail};
use client::Client;
use pull::stub::{self, Data};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::say::say;
use crate::trusted_key;

#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct Settings {
    #[command(flatten)]
    pull: pull::Settings,
    #[command(flatten)]
    client: client::Settings,
    #[command(flatten)]
    trusted_key: trusted_key::Settings,
}

/// Fails when something that the API has did not get into the pipeline.
pub(crate) async fn run(mut settings: Settings, shutdown: CancellationToken) -> anyhow::Result<()> {
    settings.trusted_key.complete(&mut settings.client)?;
    let client = Client::new(&settings.client, shutdown.clone())?;
    let summary = pull::pull(&settings.pull, &client, shutdown).await?;
    say(&summary.to_string());
    if !summary.is_complete() {
        bail!("not all of the API's products and carts were taken");
    }
    Ok(())
}

/// `clickpath store-api`: prints its address once it answers.
pub(crate) async fn serve_store(settings: stub::Settings, shutdown: CancellationToken) -> anyhow::Result<()> {
    let data = match &settings.store_data {
        Some(folder) => Data::read(folder)?,
        None => Data::shipped(),
    };
    let listen = settings.listen;
    let listener = TcpListener::bind(listen)
        .await
        .with_context(|| format!("cannot listen on {listen}"))?;
    say(&format!("http://{}", listener.local_addr()?));
    stub::serve(listener, data, &settings, shutdown).await?;
    Ok(())
}
