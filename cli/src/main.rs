//! `clickpath`: the one binary that composes the parts.

mod command;
mod engine;
mod exit;
mod logging;
mod say;
mod shutdown;
mod trusted_key;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use warehouse::{Warehouse, WarehouseError};

/// With the system's allocator a request costs a tenth more CPU: 2.27 against 2.03 times the bare handler of `cargo xtask bench gateway`.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Parser)]
#[command(
    name = "clickpath",
    version,
    about = "Clickstream analytics that you own, and whose numbers you can check."
)]
struct Arguments {
    #[command(flatten)]
    logging: logging::Settings,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
#[expect(clippy::large_enum_variant, reason = "made once, at the start")]
enum Command {
    /// Run everything in one place: engine, migrations, gateway and loader.
    Up(command::up::Settings),
    /// Take events in over HTTP and answer when they are safe in the queue.
    Gateway(command::gateway::Settings),
    /// Write events from the queue to ClickHouse.
    Load(command::load::Settings),
    /// Bring the database's tables up to this program's version.
    Migrate(command::migrate::Settings),
    /// Copy the whole database to a backup beside the server's data.
    Backup(command::backup::Settings),
    /// Fill an empty database from a backup.
    Restore(command::backup::RestoreSettings),
    /// Write out everything stored about a user.
    Export(command::export::Settings),
    /// Take a user out of every table, and prove it.
    Erase(command::erase::Settings),
    /// Serve the embedded ClickHouse engine over HTTP.
    Warehouse(command::warehouse::Settings),
    /// Send what is in quarantine through the pipeline again, after the cause was mended.
    Replay(command::replay::Settings),
    /// Show a metric in the terminal: as a table, a chart, CSV, JSON or SQL; without a name list them.
    Report(command::report::Settings),
    /// Make keys for those who may read, administer or send.
    #[command(subcommand)]
    Key(command::key::Command),
    /// Send synthetic shop traffic to a gateway.
    Generate(command::generate::Settings),
    /// Send the events of CSV and JSON lines files to a gateway, each once.
    Import(command::import::Settings),
    /// Make sample stores, products, customers, purchases and users, and send them.
    #[command(subcommand)]
    Entities(command::entities::Command),
    /// Dashboards for Metabase, Superset and Grafana: their files, and bringing them into a running tool.
    #[command(subcommand)]
    Dashboards(command::dashboards::Command),
    /// Make a key for the phone numbers and e-mail addresses of entities, and print it.
    FernetKey,
    /// Seal stored entities anew with the newest of several keys, and prove it.
    Reseal(command::reseal::Settings),
    /// Show stored entities with their phone numbers and e-mail addresses: JSON from standard input to standard output.
    Unseal(command::unseal::Settings),
    /// Fetch products and carts of a shop's REST API and send them as entities and events.
    Pull(command::pull::Settings),
    /// Serve a REST API of products and carts to pull from.
    StoreApi(pull::stub::Settings),
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(code) => code,
        Err(error) => exit::code(&error),
    }
}

async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    arguments.logging.start()?;
    let shutdown = match &arguments.command {
        Command::Warehouse(settings) if settings.stop_with_stdin => shutdown::on_stdin_end()?,
        _ => shutdown::on_signal()?,
    };
    match arguments.command {
        Command::Up(settings) => command::up::run(settings, shutdown).await,
        Command::Gateway(settings) => command::gateway::run(settings, shutdown).await,
        Command::Load(settings) => command::load::run(settings, shutdown).await,
        Command::Migrate(settings) => asking(settings.warehouse.clone(), command::migrate::run(settings)).await,
        Command::Backup(settings) => asking(settings.warehouse.clone(), command::backup::run(settings)).await,
        Command::Restore(settings) => asking(settings.warehouse.clone(), command::backup::restore(settings)).await,
        Command::Export(settings) => asking(settings.warehouse.clone(), command::export::run(settings)).await,
        Command::Erase(settings) => asking(settings.warehouse.clone(), command::erase::run(settings)).await,
        Command::Warehouse(settings) => command::warehouse::run(settings, shutdown).await,
        Command::Replay(settings) => command::replay::run(settings).await,
        Command::Report(settings) => command::report::run(settings).await,
        Command::Key(command) => command::key::run(command),
        Command::Generate(settings) => command::generate::run(settings, shutdown).await,
        Command::Import(settings) => return command::import::run(settings, shutdown).await,
        Command::Entities(command) => command::entities::run(command, shutdown).await,
        Command::Dashboards(command) => command::dashboards::run(command).await,
        Command::FernetKey => command::fernet_key::run(),
        Command::Reseal(settings) => asking(settings.warehouse.clone(), command::reseal::run(settings)).await,
        Command::Unseal(settings) => command::unseal::run(settings, shutdown).await,
        Command::Pull(settings) => command::pull::run(settings, shutdown).await,
        Command::StoreApi(settings) => command::pull::serve_store(settings, shutdown).await,
    }
    .map(|()| ExitCode::SUCCESS)
}

/// A command that is nothing without the database.
async fn asking(settings: warehouse::Settings, work: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    // What else may be wrong the command says itself.
    if let Err(away @ WarehouseError::Network(_)) = Warehouse::new(&settings).ping().await {
        let url = settings.url();
        let hint = format!("no ClickHouse at {url}: `clickpath up` starts one, CLICKHOUSE_URL names another");
        return Err(anyhow::Error::new(away).context(hint));
    }
    work.await
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::Arguments;

    #[test]
    fn settings_do_not_clash() {
        Arguments::command().debug_assert();
    }
}
