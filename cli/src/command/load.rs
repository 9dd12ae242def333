use std::net::SocketAddr;

use anyhow::Context;
use loader::Consumers;
use prometheus_client::registry::Registry;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use warehouse::Warehouse;

#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct Settings {
    /// Address at which the loader serves /health/live, /health/ready and /metrics, for example 127.0.0.1:9101. Without it
    /// it serves nothing.
    #[arg(long, env = "CLICKPATH_LOADER_LISTEN")]
    loader_listen: Option<SocketAddr>,
    #[command(flatten)]
    loader: loader::Settings,
    #[command(flatten)]
    queue: queue::Settings,
    #[command(flatten)]
    warehouse: warehouse::Settings,
    #[command(flatten)]
    traces: traces::Settings,
}

pub(crate) async fn run(settings: Settings, shutdown: CancellationToken) -> anyhow::Result<()> {
    let listener = match settings.loader_listen {
        Some(address) => Some(listen(address).await?),
        None => None,
    };
    let traces = traces::start(&settings.traces, "clickpath-loader")?;
    let warehouse = Warehouse::new(&settings.warehouse);
    let consumers = Consumers::open(&settings.queue, None).await?;
    let mut registry = Registry::default();
    let metrics = loader::Metrics::register(&mut registry);
    gateway::register_disks(&mut registry, vec![("loader", settings.loader.loader_dir.clone())]);
    let readiness = metrics.clone();
    let ready = move || {
        let loader::Readiness { queue, warehouse } = readiness.readiness();
        vec![("queue", queue), ("warehouse", warehouse)]
    };
    tracing::info!("loader takes groups");
    // One that fails stops the other; metrics can be read until the last batch is stored.
    let served = CancellationToken::new();
    let loader = async {
        let stop = shutdown.clone();
        let loaded = loader::run(consumers, warehouse, &settings.loader, metrics, stop).await;
        served.cancel();
        loaded.context("loader")
    };
    let operators = async {
        let Some(listener) = listener else { return Ok(()) };
        let serving = gateway::serve_operators(listener, registry, ready, served.clone()).await;
        shutdown.cancel();
        serving.context("health and metrics")
    };
    let (loader, operators) = tokio::join!(loader, operators);
    traces.finish().await;
    loader.and(operators)
}

async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    let listener = TcpListener::bind(address).await;
    let listener = listener.with_context(|| format!("cannot listen on {address}"))?;
    tracing::info!(address = %listener.local_addr()?, "loader serves health and metrics");
    Ok(listener)
}
