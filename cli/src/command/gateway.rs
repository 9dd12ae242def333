use anyhow::Context;
use enrich::Enricher;
use prometheus_client::registry::Registry;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use warehouse::Warehouse;

#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct Settings {
    #[command(flatten)]
    gateway: gateway::Settings,
    #[command(flatten)]
    queue: queue::Settings,
    #[command(flatten)]
    enrich: enrich::Settings,
    #[command(flatten)]
    warehouse: warehouse::Settings,
    #[command(flatten)]
    traces: traces::Settings,
}

pub(crate) async fn run(settings: Settings, shutdown: CancellationToken) -> anyhow::Result<()> {
    let sealer = settings.gateway.entities.sealer()?;
    let traces = traces::start(&settings.traces, "clickpath-gateway")?;
    let publisher = queue::open_publisher(&settings.queue).await?;
    let enricher = Enricher::open(&settings.enrich)?;
    let listen = settings.gateway.listen;
    let listener = TcpListener::bind(listen)
        .await
        .with_context(|| format!("cannot listen on {listen}"))?;
    let address = listener.local_addr()?;
    let mut registry = Registry::default();
    gateway::register_disks(&mut registry, vec![("queue", settings.queue.queue_dir.clone())]);
    let services = gateway::Services {
        enricher,
        sealer,
        proxies: settings.enrich.trusted_proxies,
        publisher,
        inbox: gateway::open_inbox(&settings.gateway, &settings.queue).await?,
        warehouse: Warehouse::new(&settings.warehouse),
        registry,
    };
    let state = gateway::State::open(settings.gateway, address, services)?;
    tracing::info!(%address, "gateway listens");
    let served = gateway::serve(listener, state, shutdown).await;
    traces.finish().await;
    Ok(served?)
}
