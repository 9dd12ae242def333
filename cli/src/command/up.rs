use std::net::SocketAddr;

use anyhow::Context;
use enrich::Enricher;
use loader::Consumers;
use prometheus_client::registry::Registry;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use warehouse::{Warehouse, migrate, retention};

use crate::command::traffic;
use crate::engine::Engine;
use crate::say::say;
use crate::trusted_key;

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
    loader: loader::Settings,
    #[command(flatten)]
    warehouse: warehouse::Settings,
    #[command(flatten)]
    retention: retention::Settings,
    #[command(flatten)]
    engine: embedded_clickhouse::Settings,
    #[command(flatten)]
    trusted_key: trusted_key::Settings,
}

/// Starts engine, migrations, loader and gateway, and ends them in the order in which events flow.
pub(crate) async fn run(mut settings: Settings, shutdown: CancellationToken) -> anyhow::Result<()> {
    let sealer = settings.gateway.entities.sealer()?;
    let listen = settings.gateway.listen;
    let listener = TcpListener::bind(listen)
        .await
        .with_context(|| format!("cannot listen on {listen}"))?;
    let address = listener.local_addr()?;
    // What fails fast comes before the engine and the tables; the queue's lock also keeps a second `up` from waiting for
    // this one's engine.
    let publisher = queue::open_publisher(&settings.queue).await?;
    let consumers = Consumers::open(&settings.queue, Some(&publisher)).await?;
    let enricher = Enricher::open(&settings.enrich)?;
    let Some(database) = shutdown.run_until_cancelled(open_database(&mut settings)).await else {
        return Ok(());
    };
    let (engine, warehouse) = database?;
    let mut registry = Registry::default();
    let metrics = loader::Metrics::register(&mut registry);
    let mut folders = vec![
        ("queue", settings.queue.queue_dir.clone()),
        ("loader", settings.loader.loader_dir.clone()),
    ];
    if engine.is_some() {
        folders.push(("warehouse", settings.engine.data_dir.clone()));
    }
    gateway::register_disks(&mut registry, folders);
    let services = gateway::Services {
        enricher,
        sealer,
        proxies: settings.enrich.trusted_proxies,
        publisher,
        inbox: gateway::open_inbox(&settings.gateway, &settings.queue).await?,
        warehouse: warehouse.clone(),
        registry,
    };
    // A key that was given is not in the file.
    let trusted_key = match settings.gateway.trusted_key.take() {
        Some(given) => given,
        None => settings.trusted_key.of_gateway()?,
    };
    let senders_key = trusted_key.expose().parse()?;
    settings.gateway.trusted_key = Some(trusted_key);
    // Who runs everything on one machine of his own is the one who may see what comes.
    settings
        .gateway
        .console
        .live_console
        .get_or_insert(address.ip().is_loopback());
    let state = gateway::State::open(settings.gateway, address, services)?;
    state.offer_traffic(traffic::generator(address, senders_key));
    announce(address, &settings.warehouse);

    // A part that fails stops all parts; each outlives those it takes from.
    let (loader_stop, engine_stop) = (CancellationToken::new(), CancellationToken::new());
    let gateway = async {
        let served = gateway::serve(listener, state, shutdown.clone()).await;
        loader_stop.cancel();
        served.context("gateway")
    };
    let loader = async {
        let stop = loader_stop.clone();
        let loaded = loader::run(consumers, warehouse, &settings.loader, metrics, stop).await;
        shutdown.cancel();
        engine_stop.cancel();
        loaded.context("loader")
    };
    let engine = async {
        let Some(engine) = engine else { return Ok(()) };
        engine.supervise(engine_stop.clone()).await.context("engine")
    };
    let (gateway, loader, engine) = tokio::join!(gateway, loader, engine);
    gateway.and(loader).and(engine)
}

/// The engine, unless ClickHouse runs elsewhere, with its tables up to date.
async fn open_database(settings: &mut Settings) -> anyhow::Result<(Option<Engine>, Warehouse)> {
    let engine = match settings.warehouse.clickhouse_url {
        Some(_) => None,
        None => Some(Engine::start(settings.engine.clone()).await?),
    };
    if let Some(engine) = &engine {
        settings.warehouse.clickhouse_url = Some(engine.url.clone());
    }
    let warehouse = Warehouse::new(&settings.warehouse);
    migrate::run(&warehouse).await?;
    if let Some(retention) = settings.retention.load()? {
        retention::apply(&warehouse, &retention).await?;
    }
    Ok((engine, warehouse))
}

fn announce(address: SocketAddr, warehouse: &warehouse::Settings) {
    say(&format!("home       http://{address}/"));
    say(&format!("shop       http://{address}/shop/"));
    say(&format!("dashboard  http://{address}/dashboard"));
    say(&format!("events     http://{address}/events"));
    say(&format!("clickhouse {}", warehouse.url()));
    say("stop       Ctrl-C");
}
