//! `cargo bench -p gateway --bench gateway`: CPU of one request and one event, beside a bare handler in the same run.
//!
//! Each server is a process of its own (this program with `--serve`), so that its CPU is told apart from the load's. Rounds
//! are interleaved and the figures are medians over rounds, because other work on the machine comes and goes.

mod load;
mod options;
mod process;
mod report;
mod server;

use std::time::Duration;

use clap::Parser;

use load::Load;
use options::Options;
use process::Process;
use report::{Report, Round};

/// The allocator of the binary `clickpath`.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const WARM_UP: Duration = Duration::from_millis(500);

#[tokio::main]
#[expect(clippy::print_stdout, reason = "the table is what a bench is for")]
async fn main() -> std::io::Result<()> {
    let options = Options::parse();
    if let Some(kind) = &options.serve {
        return server::run(kind).await;
    }
    let servers = start(&options).await?;
    let names = servers.iter().map(|(name, _)| name.clone()).collect();
    let mut report = Report::new(names, options.batches.clone());
    for &batch in &options.batches {
        for (_, server) in &servers {
            Load::new(batch).run(server.address, WARM_UP).await?;
        }
    }
    let time = Duration::from_millis(options.round_ms);
    for _ in 0..options.rounds {
        for (column, &batch) in options.batches.iter().enumerate() {
            for (row, (_, server)) in servers.iter().enumerate() {
                let before = server.cpu()?;
                let requests = Load::new(batch).run(server.address, time).await?;
                let cpu = server.cpu()? - before;
                report.add(
                    row,
                    column,
                    Round {
                        us_per_request: cpu.as_secs_f64() * 1e6 / requests as f64,
                        requests_per_second: requests as f64 / time.as_secs_f64(),
                    },
                );
            }
        }
    }
    println!(
        "{} connections, {} rounds of {time:?} each, medians; CPU of the server process\n",
        load::CONNECTIONS,
        options.rounds
    );
    println!("{report}");
    Ok(())
}

/// The bare server first, then those asked for, of this build and of the other one.
async fn start(options: &Options) -> std::io::Result<Vec<(String, Process)>> {
    let this = std::env::current_exe()?;
    let bare = Process::start(&this, server::BARE).await?;
    let mut servers = vec![(server::BARE.to_owned(), bare)];
    for kind in &options.servers {
        servers.push((kind.clone(), Process::start(&this, kind).await?));
        if let Some(beside) = &options.beside {
            servers.push((format!("{kind}, other build"), Process::start(beside, kind).await?));
        }
    }
    Ok(servers)
}
