//! `clickpath`: the one binary that composes the parts.

mod command;
mod engine;
mod logging;
mod shutdown;
mod trusted_key;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

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
    /// Serve the embedded ClickHouse engine over HTTP.
    Warehouse(command::warehouse::Settings),
    /// Send what is in quarantine through the pipeline again, after the cause was mended.
    Replay(command::replay::Settings),
    /// Send synthetic shop traffic to a gateway.
    Generate(command::generate::Settings),
    /// Send the events of CSV and JSON lines files to a gateway, each once.
    Import(command::import::Settings),
    /// Make sample stores, products, customers, purchases and users, and send them.
    #[command(subcommand)]
    Entities(command::entities::Command),
    /// Fetch products and carts of a shop's REST API and send them as entities and events.
    Pull(command::pull::Settings),
    /// Serve a REST API of products and carts to pull from.
    StoreApi(pull::stub::Settings),
}

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    arguments.logging.start()?;
    let shutdown = match &arguments.command {
        Command::Warehouse(settings) if settings.stop_with_stdin => shutdown::on_stdin_end()?,
        _ => shutdown::on_signal()?,
    };
    match arguments.command {
        Command::Up(settings) => command::up::run(settings, shutdown).await,
        Command::Gateway(settings) => command::gateway::run(settings, shutdown).await,
        Command::Load(settings) => command::load::run(settings, shutdown).await,
        Command::Migrate(settings) => command::migrate::run(settings).await,
        Command::Warehouse(settings) => command::warehouse::run(settings, shutdown).await,
        Command::Replay(settings) => command::replay::run(settings).await,
        Command::Generate(settings) => command::generate::run(settings, shutdown).await,
        Command::Import(settings) => return command::import::run(settings, shutdown).await,
        Command::Entities(command) => command::entities::run(command, shutdown).await,
        Command::Pull(settings) => command::pull::run(settings, shutdown).await,
        Command::StoreApi(settings) => command::pull::serve_store(settings, shutdown).await,
    }
    .map(|()| ExitCode::SUCCESS)
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
