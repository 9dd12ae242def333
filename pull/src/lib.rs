//! Products and carts of a shop's REST API (the shape of <https://fakestoreapi.com>), as entities and events.
//!
//! - [`Settings`] and [`pull`]: fetch, transform, send; twice changes nothing
//! - [`fetch`]: one address, again and again within bounds
//! - [`shape`]: what the API must answer; an error names the path of the field
//! - [`funnel`]: a cart as the events view, cart, purchase
//! - [`stub`]: an API of that shape that ships with the program, and fails on request

mod error;
pub mod fetch;
pub mod funnel;
mod run;
mod settings;
pub mod shape;
pub mod stub;
mod summary;

pub use error::PullError;
pub use run::pull;
pub use settings::Settings;
pub use summary::{Skipped, Summary};
