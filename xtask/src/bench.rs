//! `cargo xtask bench <name>`: a table for people, and one JSON object as the last line.

use crate::{fetch, overlay, pages, setup, tracker, web, workspace};

/// What `bench pipeline` and `bench import` start: they measure programs, and no benchmark's code.
const PIPELINE: &[&str] = &[
    "cargo",
    "build",
    "--release",
    "--package",
    "clickpath",
    "--package",
    "rig",
];

#[derive(clap::Args)]
pub(crate) struct Arguments {
    name: Bench,
    /// Passed on to the benchmark.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<String>,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Bench {
    /// CPU of a request and of an event, beside a bare handler.
    Gateway,
    /// CPU of a row from the queue to the table, beside a direct insert.
    Loader,
    /// Gateway, RabbitMQ, loader and engine together, and `clickpath up`.
    Pipeline,
    /// Decoding an event.
    Event,
    /// Enriching an event.
    Enrich,
    /// A durable publish to the embedded queue.
    Queue,
    /// An insert over the embedded engine's HTTP interface.
    EmbeddedClickhouse,
    /// Generating an event, writing and counting it.
    Generate,
    /// `clickpath import` into `clickpath up`, from the file to the rows.
    Import,
    /// Bytes of an event on disk, beside the tables of others.
    Storage,
    /// Every metric over thirty days of ten million events.
    Queries,
    /// Weight, first chart and accessibility of the dashboard.
    Dashboard,
    /// What trackers weigh, cost and deliver in a browser.
    Tracker,
}

impl Bench {
    /// Package and benchmark target; none of what the rig measures.
    fn target(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Gateway => Some(("gateway", "gateway")),
            Self::Loader => Some(("loader", "loader")),
            Self::Pipeline | Self::Import | Self::Dashboard | Self::Tracker => None,
            Self::Event => Some(("event", "decode")),
            Self::Enrich => Some(("enrich", "enrich")),
            Self::Queue => Some(("queue", "publish")),
            Self::EmbeddedClickhouse => Some(("embedded-clickhouse", "http")),
            Self::Generate => Some(("generator", "generate")),
            Self::Storage => Some(("warehouse", "storage")),
            Self::Queries => Some(("warehouse", "queries")),
        }
    }
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    if matches!(arguments.name, Bench::Dashboard) {
        return pages::bench(&arguments.rest);
    }
    if matches!(arguments.name, Bench::Tracker) {
        return trackers(&arguments.rest);
    }
    let Some((package, bench)) = arguments.name.target() else {
        return on_rig(arguments.name, &arguments.rest);
    };
    setup::for_running()?;
    let mut command = workspace::command(&["cargo", "bench", "--package", package, "--bench", bench, "--"]);
    workspace::run(command.args(&arguments.rest))
}

/// Ours beside those of others, in one browser.
fn trackers(arguments: &[String]) -> anyhow::Result<()> {
    setup::for_testing()?;
    tracker::build(workspace::root())?;
    let mut command = workspace::command(&["node", "e2e/bench/tracker.mjs"]);
    workspace::run(command.args(arguments))
}

fn on_rig(bench: Bench, arguments: &[String]) -> anyhow::Result<()> {
    setup::for_testing()?;
    tracker::build(workspace::root())?;
    overlay::build(workspace::root())?;
    web::build(workspace::root())?;
    workspace::run(&mut workspace::command(PIPELINE))?;
    let rig = workspace::target()?.join("release/rig");
    let geoip = format!("CLICKPATH_GEOIP_FILE={}", fetch::geoip_file()?.display());
    let mut command = std::process::Command::new(rig);
    let name = if matches!(bench, Bench::Import) {
        "import"
    } else {
        "pipeline"
    };
    command.args([name, "--set", &geoip]).args(arguments);
    workspace::run(command.current_dir(workspace::root()))
}
