//! `cargo bench -p gateway --bench gateway`: CPU of one request and one event, beside a bare handler in the same run.
//!
//! Each server is a process of its own (this program with `--serve`), so that its CPU is told apart from the load's. Rounds
//! are interleaved and the figures are medians over rounds, because other work on the machine comes and goes.

mod load;
mod process;
mod server;

use std::time::Duration;

use load::Load;
use process::Process;

/// The allocator of the binary `clickpath`.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ROUNDS: usize = 7;
const ROUND: Duration = Duration::from_millis(1_500);
const WARM_UP: Duration = Duration::from_millis(500);
const BATCHES: [usize; 2] = [1, 20];

#[tokio::main]
#[expect(clippy::print_stdout, reason = "the table is what a bench is for")]
async fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(at) = arguments.iter().position(|argument| argument == "--serve") {
        return server::run(&arguments[at + 1]).await;
    }
    let mut servers = Vec::new();
    for kind in server::KINDS {
        servers.push(Process::start(kind).await?);
    }
    let mut measured = vec![[const { Vec::new() }; BATCHES.len()]; servers.len()];
    for batch in BATCHES {
        for server in &servers {
            Load::new(batch).run(server.address, WARM_UP).await?;
        }
    }
    for _ in 0..ROUNDS {
        for (column, batch) in BATCHES.into_iter().enumerate() {
            for (row, server) in servers.iter().enumerate() {
                let before = server.cpu()?;
                let requests = Load::new(batch).run(server.address, ROUND).await?;
                let cpu = server.cpu()? - before;
                measured[row][column].push(Round {
                    us_per_request: cpu.as_secs_f64() * 1e6 / requests as f64,
                    requests_per_second: requests as f64 / ROUND.as_secs_f64(),
                });
            }
        }
    }
    println!(
        "{} connections, {ROUNDS} rounds of {ROUND:?} each, medians; CPU of the server process\n",
        load::CONNECTIONS
    );
    println!("| server | events a request | requests/s | CPU µs a request | to bare | CPU µs an event |");
    println!("|---|--:|--:|--:|--:|--:|");
    for (column, batch) in BATCHES.into_iter().enumerate() {
        for (row, kind) in server::KINDS.iter().enumerate() {
            let rounds = &measured[row][column];
            let request = median(rounds.iter().map(|round| round.us_per_request));
            let rate = median(rounds.iter().map(|round| round.requests_per_second));
            let ratio = ratio(rounds, &measured[0][column]);
            let event = request / batch as f64;
            println!(
                "| {} | {batch} | {rate:.0} | {request:.1} | {ratio:.2} | {event:.2} |",
                server::describe(kind)
            );
        }
    }
    let row = |kind| {
        server::KINDS
            .iter()
            .position(|one| *one == kind)
            .expect("a kind of server")
    };
    let event = |kind| median(measured[row(kind)][1].iter().map(|round| round.us_per_request)) / BATCHES[1] as f64;
    println!(
        "\n{{\"bench\":\"gateway\",\"figures\":{{\"cpu_ratio_1_event\":{:.3},\"cpu_ratio_1_event_embedded_queue\":{:.3},\
         \"us_per_event_batch_20\":{:.3},\"us_per_event_batch_20_without_queue\":{:.3}}}}}",
        ratio(&measured[row(server::UNPUBLISHED)][0], &measured[0][0]),
        ratio(&measured[row(server::FSYNC_ALWAYS)][0], &measured[0][0]),
        event(server::FSYNC_ALWAYS),
        event(server::UNPUBLISHED),
    );
    Ok(())
}

#[derive(Clone)]
struct Round {
    us_per_request: f64,
    requests_per_second: f64,
}

/// Each round against the bare handler's in the same minute.
fn ratio(rounds: &[Round], bare: &[Round]) -> f64 {
    median(
        rounds
            .iter()
            .zip(bare)
            .map(|(round, bare)| round.us_per_request / bare.us_per_request),
    )
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
