//! The project's own tool: `cargo xtask up`, `cargo xtask test` and what they are made of.

mod architecture;
mod bench;
mod chaos;
mod digest;
mod fetch;
mod overlay;
mod pages;
mod promises;
mod setup;
mod superset;
mod test;
mod tracker;
mod up;
mod web;
mod workspace;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Prepare this machine, build everything and run the whole system here until Ctrl-C.
    Up(up::Arguments),
    /// Prepare this machine and run everything that continuous integration runs.
    Test,
    /// Install what running and testing need, or name what is missing.
    Setup,
    /// Fetch the ClickHouse engine and the GeoIP file into the cache folder.
    Fetch {
        #[arg(value_enum, default_value = "everything")]
        wanted: fetch::Wanted,
    },
    /// Build the tracker into dist/tracker and print its sizes.
    Tracker,
    /// Build the overlay into dist/overlay and print its size.
    Overlay,
    /// Build the pages of web/ into dist/web and print their sizes.
    Web,
    /// Take a picture of every built-in page, at desktop and phone size, light and dark.
    Screenshots(pages::Screenshots),
    /// Run a benchmark; `bench --help` says what each measures.
    Bench(bench::Arguments),
    /// Import the dashboards into a real Superset and compare every chart with its report; minutes, and a GB of cache.
    Superset(superset::Arguments),
    /// Kill, fill, cut and stall every part of the whole under load, then count every row; --short takes two minutes.
    Chaos(chaos::Arguments),
}

fn main() -> anyhow::Result<()> {
    match Arguments::parse().command {
        Command::Up(arguments) => up::run(arguments),
        Command::Test => test::run(),
        Command::Setup => setup::for_testing(),
        Command::Fetch { wanted } => fetch::run(wanted),
        Command::Tracker => {
            setup::for_building()?;
            tracker::build_within_budget(workspace::root())
        }
        Command::Overlay => {
            setup::for_building()?;
            overlay::build(workspace::root())
        }
        Command::Web => {
            setup::for_building()?;
            web::build(workspace::root())
        }
        Command::Screenshots(arguments) => pages::screenshots(&arguments),
        Command::Bench(arguments) => bench::run(&arguments),
        Command::Superset(arguments) => superset::run(&arguments),
        Command::Chaos(arguments) => chaos::run(&arguments),
    }
}
