//! The HTTP side of Clickpath: takes events in, answers with a receipt, serves the tracker, the shop and the dashboard.
//!
//! - [`Settings`], [`Sites`]: what the operator chooses
//! - [`State`]: what every handler shares; [`app`]: all routes on one page; [`serve`]: runs it until told to stop
//! - `events`: one request body to accepted events, refusals and a receipt
//! - [`commit`]: many requests' events to one message of the queue
//! - `assets`: files built into the binary, with their types, compression and cache rules

mod assets;
mod client;
mod clock;
pub mod commit;
mod error;
mod events;
mod health;
mod home;
mod ids;
mod metrics;
mod rate;
mod reads;
mod reports;
mod router;
mod serve;
mod settings;
mod sites;
mod state;

pub use assets::{Assets, AssetsError};
pub use clock::now;
pub use router::app;
pub use serve::{Peer, ServeError, serve};
pub use settings::Settings;
pub use sites::{Sites, SitesError};
pub use state::{OpenError, Parts, Services, State};
