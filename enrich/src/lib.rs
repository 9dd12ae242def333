//! What the server knows about an event's sender: client, place, channel, truncated address.
//!
//! - [`Enricher`]: adds all of it to an event
//! - [`Request`] and [`Arrival`]: what the door knows
//! - [`proxies`]: the client's address behind trusted proxies
//! - [`agent`]: user agent and client hints to browser, system, device, and why it is a bot
//! - [`geoip`]: the operator's `.mmdb` file
//! - [`seal`]: phone numbers and e-mail addresses of entities, normalised and encrypted in place
//!
//! Whose header counts: an event's own `user_agent` and `ip` always win. The request's stand for the visitor only where the
//! visitor's program sent the request: not for [`event::EventType::Server`] (a back end sent it), nor for
//! imported, generated or queued events (the importer's address is nobody's visit).

mod address;
pub mod agent;
mod enricher;
pub mod geoip;
pub mod proxies;
pub mod seal;
mod settings;

pub use address::truncate;
pub use enricher::{Arrival, Enricher, Request, Sender};
pub use geoip::OpenError;
pub use seal::Sealer;
pub use settings::Settings;
