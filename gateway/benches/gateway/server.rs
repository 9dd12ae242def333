use std::convert::Infallible;
use std::io::{self, Read};

use axum::Router;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::routing::post;
use clap::{Args, FromArgMatches};
use gateway::commit::Sink;
use gateway::{Assets, Parts, Sites, State};
use queue::{Group, Route};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub(crate) const BARE: &str = "bare";
pub(crate) const UNPUBLISHED: &str = "unpublished";
pub(crate) const CONSOLE: &str = "console";
pub(crate) const FSYNC_INTERVAL: &str = "fsync-interval";
pub(crate) const FSYNC_ALWAYS: &str = "fsync-always";
/// The bare one first: the others are compared with it.
pub(crate) const KINDS: [&str; 5] = [BARE, UNPUBLISHED, CONSOLE, FSYNC_INTERVAL, FSYNC_ALWAYS];

pub(crate) fn describe(kind: &str) -> &str {
    match kind {
        BARE => "bare axum handler: reads the body, answers 204",
        UNPUBLISHED => "gateway, all but the queue: limits, validation, enrichment, group with LZ4, receipt",
        CONSOLE => "the same with the live console on, and nobody who watches",
        FSYNC_INTERVAL => "gateway with the embedded queue, fsync every 100 ms",
        FSYNC_ALWAYS => "gateway with the embedded queue, fsync before each receipt (default)",
        other => other,
    }
}

/// Prints its address, then serves until standard input closes.
#[expect(clippy::print_stdout, reason = "the parent reads the address there")]
pub(crate) async fn run(kind: &str) -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    let shutdown = CancellationToken::new();
    let stop = shutdown.clone();
    let parent = tokio::task::spawn_blocking(move || {
        let ended = io::stdin().read_to_end(&mut Vec::new());
        stop.cancel();
        ended
    });
    if kind == BARE {
        let app = Router::new().route("/events", post(bare));
        axum::serve(listener, app)
            .with_graceful_shutdown(shutdown.cancelled_owned())
            .await?;
    } else {
        let folder = tempfile::tempdir()?;
        let address = listener.local_addr()?;
        let state = match kind {
            UNPUBLISHED => state(address, NoQueue, &[])?,
            CONSOLE => state(address, NoQueue, &["--live-console"])?,
            FSYNC_INTERVAL => state(address, queue(folder.path(), queue::Fsync::Interval).await?, &[])?,
            FSYNC_ALWAYS => state(address, queue(folder.path(), queue::Fsync::Always).await?, &[])?,
            _ => return Err(io::Error::other(format!("no server is named {kind}"))),
        };
        gateway::serve(listener, state, shutdown)
            .await
            .map_err(io::Error::other)?;
    }
    parent.await?.map(drop)
}

async fn bare(body: Bytes) -> StatusCode {
    std::hint::black_box(body);
    StatusCode::NO_CONTENT
}

/// Takes groups and drops them: what is left is the gateway's own cost.
struct NoQueue;

impl Sink for NoQueue {
    type Error = Infallible;

    async fn publish(&self, _route: Route, group: Group) -> Result<(), Infallible> {
        std::hint::black_box(group);
        Ok(())
    }

    fn is_ready(&self) -> bool {
        true
    }
}

async fn queue(folder: &std::path::Path, fsync: queue::Fsync) -> io::Result<queue::Publisher> {
    let settings = queue::Settings {
        queue_fsync: fsync,
        ..queue::Settings::embedded(folder)
    };
    queue::open_publisher(&settings).await.map_err(io::Error::other)
}

fn state(address: std::net::SocketAddr, sink: impl Sink, options: &[&str]) -> io::Result<State> {
    let enrich: enrich::Settings = parse(&[])?;
    let pages = ["dashboard", "error", "heatmap", "home", "journeys", "live"]
        .map(|name| (format!("pages/{name}.html"), Vec::new()));
    let tracker = [
        ("clickpath.js".to_owned(), Vec::new()),
        ("clickpath-0.wasm".to_owned(), Vec::new()),
    ];
    Ok(State::new(Parts {
        // Counted, never reached.
        settings: parse(
            &[
                &[
                    "--rate-requests-per-second=500000000",
                    "--rate-events-per-second=500000000",
                ],
                options,
            ]
            .concat(),
        )?,
        sites: Sites::demo(address),
        keys: gateway::KeyRing::default(),
        assets: Assets::new(&tracker, &[("overlay.js".to_owned(), Vec::new())], &pages).map_err(io::Error::other)?,
        enricher: enrich::Enricher::open(&enrich).map_err(io::Error::other)?,
        sealer: None,
        proxies: enrich.trusted_proxies,
        registry: prometheus_client::registry::Registry::default(),
        warehouse: warehouse::Warehouse::new(&parse(&[])?),
        sink,
        inbox: None,
        clock: gateway::now,
    }))
}

/// The defaults, and `CLICKPATH_GEOIP_FILE` where it is set.
fn parse<S: Args + FromArgMatches>(arguments: &[&str]) -> io::Result<S> {
    let command = S::augment_args(clap::Command::new("bench").no_binary_name(true));
    S::from_arg_matches(&command.get_matches_from(arguments)).map_err(io::Error::other)
}
