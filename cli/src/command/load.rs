use prometheus_client::registry::Registry;
use tokio_util::sync::CancellationToken;
use warehouse::Warehouse;

#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct Settings {
    #[command(flatten)]
    loader: loader::Settings,
    #[command(flatten)]
    queue: queue::Settings,
    #[command(flatten)]
    warehouse: warehouse::Settings,
}

pub(crate) async fn run(settings: Settings, shutdown: CancellationToken) -> anyhow::Result<()> {
    let warehouse = Warehouse::new(&settings.warehouse);
    let consumer = queue::open_consumer(&settings.queue, None, queue::Route::Events).await?;
    tracing::info!("loader takes groups");
    let metrics = loader::Metrics::register(&mut Registry::default());
    loader::run(consumer, warehouse, &settings.loader, metrics, shutdown).await?;
    Ok(())
}
