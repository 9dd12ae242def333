//! The HTTP side of Clickpath: takes events in, answers with a receipt, serves the tracker, the shop and the dashboard.
//!
//! - [`Settings`], [`Sites`]: what the operator chooses
//! - [`State`]: what every handler shares; [`app`]: all routes on one page; [`serve`]: runs it until told to stop
//! - `events`: one request body to accepted events, refusals and a receipt
//! - `entities`: stores, products, customers, purchases and users, which are no events
//! - [`commit`]: many requests' events to one message of the queue
//! - `inbox`: the queue `clickpath.in`, read like request bodies; `quarantine`: what was refused; `replay`: sends it again
//! - `home`: the page at `/`, and [`Order`]s for traffic to look at
//! - [`console`]: events as they come, for people who watch and tests that wait
//! - `reports`, `resources`, `users`, `audit`: what readers and administrators ask for; `roles`: who they are; `openapi`: all of it as a document
//! - `overlay`: what the overlay on a site's pages asks for
//! - `ledger`: where every event is, by site and minute; `live`: who is there now
//! - [`serve_operators`]: health and metrics of a process without a gateway
//! - `assets`: files built into the binary, with their types, compression and cache rules

mod assets;
mod audit;
mod caching;
mod client;
mod clock;
pub mod commit;
pub mod console;
mod disks;
pub mod entities;
mod error;
mod event_stream;
mod events;
mod health;
mod home;
mod ids;
mod inbox;
mod intake;
mod ledger;
mod live;
mod metrics;
mod moment;
mod openapi;
mod operators;
mod overlay;
mod process;
mod quarantine;
mod query;
mod rate;
mod reads;
mod replay;
mod reports;
mod resources;
mod roles;
mod router;
mod serve;
mod settings;
mod signals;
mod sites;
mod state;
mod users;

pub use assets::{Assets, AssetsError};
pub use clock::now;
pub use disks::register_disks;
pub use home::{MakeTraffic, Order};
pub use inbox::open_inbox;
pub use operators::serve_operators;
pub use roles::{KeyNameError, KeyRing, KeyRingError, NewKey, Scope};
pub use router::app;
pub use serve::{Peer, ServeError, serve};
pub use settings::{Secret, Settings};
pub use sites::{Sites, SitesError};
pub use state::{OpenError, Parts, Services, State};
