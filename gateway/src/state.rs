use std::net::SocketAddr;
use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};

use enrich::proxies::TrustedProxies;
use enrich::{Enricher, Sealer};
use event::Timestamp;
use prometheus_client::registry::Registry;
use queue::{Inbox, Route};
use warehouse::Warehouse;

use crate::assets::{Assets, AssetsError};
use crate::clock;
use crate::commit::{CommitMetrics, Committer, Lane, Outcome, Settle, Sink};
use crate::console::Console;
use crate::entities::{Entities, EntitiesMetrics};
use crate::home::{MakeTraffic, Traffic};
use crate::intake::Tallied;
use crate::ledger::{Counts, Ledger};
use crate::live::Live;
use crate::metrics::{Accepted, Metrics};
use crate::overlay::Signer;
use crate::quarantine::Door;
use crate::rate::RateLimiter;
use crate::roles::{KeyRing, KeyRingError, Scope, reads_are_open};
use crate::settings::Settings;
use crate::sites::{Sites, SitesError};

/// What every handler shares; cheap to clone.
#[derive(Clone)]
pub struct State(Arc<Shared>);

/// Behind [`State`].
pub struct Shared {
    pub(crate) settings: Settings,
    pub(crate) sites: Sites,
    pub(crate) keys: KeyRing,
    pub(crate) assets: Assets,
    pub(crate) enricher: Enricher,
    pub(crate) proxies: TrustedProxies,
    pub(crate) warehouse: Warehouse,
    pub(crate) committer: Committer<Tallied>,
    pub(crate) refused: Committer<Door>,
    /// Where the settings open it.
    pub(crate) entities: Option<Entities>,
    /// Where the settings open it.
    pub(crate) console: Option<Arc<Console>>,
    pub(crate) live: Live,
    pub(crate) overlay: Signer,
    pub(crate) traffic: Traffic,
    pub(crate) ledger: Arc<Ledger>,
    /// Until [`crate::serve`] takes it.
    pub(crate) inbox: Mutex<Option<Inbox>>,
    pub(crate) rate: RateLimiter,
    pub(crate) metrics: Metrics,
    pub(crate) clock: fn() -> Timestamp,
}

/// The parts of the product that the gateway stands on.
pub struct Services {
    pub enricher: Enricher,
    /// Opens the door of entities: see [`crate::entities::Settings::sealer`].
    pub sealer: Option<Sealer>,
    /// Whose word about the client's address counts.
    pub proxies: TrustedProxies,
    pub publisher: queue::Publisher,
    /// The queue of raw events, where there is one and the settings want it: see [`crate::open_inbox`].
    pub inbox: Option<Inbox>,
    pub warehouse: Warehouse,
    /// What `/metrics` shows besides the gateway's own.
    pub registry: Registry,
}

/// What [`State::new`] is made of. The queue is its [`Sink`].
pub struct Parts<S> {
    pub settings: Settings,
    pub sites: Sites,
    /// Empty without a keys file.
    pub keys: KeyRing,
    pub assets: Assets,
    pub enricher: Enricher,
    pub sealer: Option<Sealer>,
    pub proxies: TrustedProxies,
    pub warehouse: Warehouse,
    pub registry: Registry,
    pub sink: S,
    pub inbox: Option<Inbox>,
    pub clock: fn() -> Timestamp,
}

#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error(transparent)]
    Sites(#[from] SitesError),
    #[error(transparent)]
    Keys(#[from] KeyRingError),
    #[error(transparent)]
    Assets(#[from] AssetsError),
}

impl State {
    /// Reads the sites file, the keys file and the built-in files. `listen` is the bound address, which the demo shop's address needs.
    pub fn open(settings: Settings, listen: SocketAddr, services: Services) -> Result<Self, OpenError> {
        let sites = match &settings.sites_file {
            Some(path) => Sites::read(path)?,
            None => Sites::demo(listen),
        };
        let keys = match &settings.keys_file {
            Some(path) => KeyRing::read(path, &sites)?,
            None => KeyRing::default(),
        };
        if !reads_are_open(&settings) && !keys.has(Scope::Read) {
            tracing::warn!(
                address = %listen,
                "nobody may read reports: make a key with `clickpath key new --scope read --name <name>` and name its file with \
                 --keys-file, or open them to all who reach this address with --public-reports"
            );
        }
        let assets = Assets::built_in()?;
        Ok(Self::new(Parts {
            settings,
            sites,
            keys,
            assets,
            enricher: services.enricher,
            sealer: services.sealer,
            proxies: services.proxies,
            warehouse: services.warehouse,
            registry: services.registry,
            sink: services.publisher,
            inbox: services.inbox,
            clock: clock::now,
        }))
    }

    /// The queue of raw events, for the one task that reads it.
    pub(crate) fn take_inbox(&self) -> Option<Inbox> {
        self.inbox.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// What the home page's button runs; without it there is none.
    pub fn offer_traffic(&self, make: MakeTraffic) {
        self.traffic.offer(make);
    }

    /// Starts the committers on the current runtime; [`crate::serve`] ends them.
    pub fn new(parts: Parts<impl Sink>) -> Self {
        let mut registry = parts.registry;
        let groups = CommitMetrics::register(&mut registry);
        let entities_metrics = EntitiesMetrics::register(&mut registry, &parts.sites);
        let metrics = Metrics::new(registry, &parts.sites, (parts.clock)());
        let ledger = Arc::new(Ledger::new(parts.sites.iter().len()));
        let settings = parts.settings;
        let sink = Arc::new(parts.sink);
        let events = Lane {
            route: Route::Events,
            seal: event::group::seal,
            settle: count_events(metrics.accepted.clone(), Arc::clone(&ledger)),
            metrics: groups.events,
            clock: parts.clock,
        };
        let quarantine = metrics.quarantine.clone();
        let refused = Lane {
            route: Route::Quarantine,
            seal: event::quarantine::seal,
            settle: Box::new(move |tally, outcome| quarantine.settle(tally, outcome)),
            metrics: groups.quarantine,
            clock: parts.clock,
        };
        let refused_settings = settings.quarantine.commit(&settings.commit);
        let open = |sealer| {
            Entities::open(
                sealer,
                &sink,
                &settings.commit,
                parts.clock,
                (entities_metrics, groups.entities),
            )
        };
        Self(Arc::new(Shared {
            entities: parts.sealer.map(open),
            committer: Committer::start(Arc::clone(&sink), settings.commit.clone(), events),
            refused: Committer::start(sink, refused_settings, refused),
            console: settings.console.is_on().then(Console::new),
            live: Live::new(),
            overlay: Signer::new(settings.operator_key.as_ref()),
            traffic: Traffic::default(),
            ledger,
            inbox: Mutex::new(parts.inbox),
            rate: RateLimiter::new(&settings, &parts.sites),
            settings,
            sites: parts.sites,
            keys: parts.keys,
            assets: parts.assets,
            enricher: parts.enricher,
            proxies: parts.proxies,
            warehouse: parts.warehouse,
            metrics,
            clock: parts.clock,
        }))
    }
}

/// Counts a group's events as accepted, or as deferred where their sender keeps them.
fn count_events(accepted: Accepted, ledger: Arc<Ledger>) -> Settle<Tallied> {
    Box::new(move |tally, outcome| {
        for &(key, events) in tally {
            let counts = match (outcome, key.receipt) {
                (Outcome::Published, receipt) => {
                    accepted.count(key.slot, events);
                    Counts {
                        // With a receipt they were counted when they came.
                        received: if receipt { 0 } else { events },
                        accepted: events,
                        ..Counts::default()
                    }
                }
                (Outcome::Failed { .. }, true) => Counts {
                    deferred: events,
                    ..Counts::default()
                },
                (Outcome::Failed { .. }, false) => continue,
            };
            ledger.add(key.minute, [(Some(key.slot.site()), counts)]);
        }
    })
}

impl Deref for State {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}
