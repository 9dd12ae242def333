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
    Gateway,
    Loader,
    Pipeline,
    Event,
    Enrich,
    Queue,
    EmbeddedClickhouse,
    Generate,
    Import,
    Storage,
    Queries,
    Dashboard,
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
