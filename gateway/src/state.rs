use std::net::SocketAddr;
use std::ops::Deref;
use std::sync::Arc;

use enrich::Enricher;
use enrich::proxies::TrustedProxies;
use event::Timestamp;
use prometheus_client::registry::Registry;
use warehouse::Warehouse;

use crate::assets::{Assets, AssetsError};
use crate::clock;
use crate::commit::{Committer, Lane, Outcome, Sink};
use crate::metrics::{AcceptedSlot, Metrics};
use crate::rate::RateLimiter;
use crate::settings::Settings;
use crate::sites::{Sites, SitesError};

/// What every handler shares; cheap to clone.
#[derive(Clone)]
pub struct State(Arc<Shared>);

/// Behind [`State`].
pub struct Shared {
    pub(crate) settings: Settings,
    pub(crate) sites: Sites,
    pub(crate) assets: Assets,
    pub(crate) enricher: Enricher,
    pub(crate) proxies: TrustedProxies,
    pub(crate) warehouse: Warehouse,
    pub(crate) committer: Committer<AcceptedSlot>,
    pub(crate) rate: RateLimiter,
    pub(crate) metrics: Metrics,
    pub(crate) clock: fn() -> Timestamp,
}

/// The parts of the product that the gateway stands on.
pub struct Services {
    pub enricher: Enricher,
    /// Whose word about the client's address counts.
    pub proxies: TrustedProxies,
    pub publisher: queue::Publisher,
    pub warehouse: Warehouse,
    /// What `/metrics` shows besides the gateway's own.
    pub registry: Registry,
}

/// What [`State::new`] is made of. The queue is its [`Sink`].
pub struct Parts<S> {
    pub settings: Settings,
    pub sites: Sites,
    pub assets: Assets,
    pub enricher: Enricher,
    pub proxies: TrustedProxies,
    pub warehouse: Warehouse,
    pub registry: Registry,
    pub sink: S,
    pub clock: fn() -> Timestamp,
}

#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error(transparent)]
    Sites(#[from] SitesError),
    #[error(transparent)]
    Assets(#[from] AssetsError),
}

impl State {
    /// Reads the sites file and the built-in files. `listen` is the bound address, which the demo shop's address needs.
    pub fn open(settings: Settings, listen: SocketAddr, services: Services) -> Result<Self, OpenError> {
        let sites = match &settings.sites_file {
            Some(path) => Sites::read(path)?,
            None => Sites::demo(listen),
        };
        let assets = Assets::built_in()?;
        Ok(Self::new(Parts {
            settings,
            sites,
            assets,
            enricher: services.enricher,
            proxies: services.proxies,
            warehouse: services.warehouse,
            registry: services.registry,
            sink: services.publisher,
            clock: clock::now,
        }))
    }

    /// Starts the committer on the current runtime; [`crate::serve`] ends it.
    pub fn new(parts: Parts<impl Sink>) -> Self {
        let metrics = Metrics::new(parts.registry, &parts.sites, (parts.clock)());
        let settings = parts.settings;
        let accepted = metrics.commit.clone();
        let lane = Lane {
            route: queue::Route::Events,
            seal: event::group::seal,
            settle: Box::new(move |tally, outcome| {
                if outcome == Outcome::Published {
                    accepted.count_accepted(tally);
                }
            }),
            metrics: metrics.commit.clone(),
            clock: parts.clock,
        };
        let committer = Committer::start(Arc::new(parts.sink), settings.commit.clone(), lane);
        Self(Arc::new(Shared {
            rate: RateLimiter::new(&settings, &parts.sites),
            settings,
            sites: parts.sites,
            assets: parts.assets,
            enricher: parts.enricher,
            proxies: parts.proxies,
            warehouse: parts.warehouse,
            committer,
            metrics,
            clock: parts.clock,
        }))
    }
}

impl Deref for State {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}
