use anyhow::bail;
use client::Client;
use entities::{Publishing, generate, publish};
use tokio_util::sync::CancellationToken;

use crate::say::say;
use crate::trusted_key;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Make JSON files of stores, products, customers, purchases and users, the same ones for the same seed.
    Generate(entities::Settings),
    /// Send these files to a gateway; what has not changed is not stored again.
    Publish(Publish),
}

#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct Publish {
    #[command(flatten)]
    publishing: Publishing,
    #[command(flatten)]
    client: client::Settings,
    #[command(flatten)]
    trusted_key: trusted_key::Settings,
}

/// Fails when the gateway refused something: it is not stored.
pub(crate) async fn run(command: Command, shutdown: CancellationToken) -> anyhow::Result<()> {
    match command {
        Command::Generate(settings) => say(&format!("wrote {}", generate(&settings)?)),
        Command::Publish(mut settings) => {
            settings.trusted_key.complete(&mut settings.client)?;
            let client = Client::new(&settings.client, shutdown)?;
            let outcome = publish(&settings.publishing, &client).await?;
            say(&outcome.to_string());
            if !outcome.refused.is_empty() {
                bail!("{} entities were refused", outcome.refused.len());
            }
        }
    }
    Ok(())
}
