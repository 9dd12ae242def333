//! Synthetic visitors of the demo shop, the same ones for the same seed, and the truth about them.
//!
//! - [`Settings`] and [`run`]: generate, to the gateway or to a file, until the count or the signal
//! - [`Traffic`]: the model: visitors, their visits, what they do, in the order of time
//! - [`Scenario`]: what may go wrong meanwhile
//! - [`Sending`]: the same events in the order of sending, with those that are late and those that come twice
//! - [`Truth`] and [`Expected`]: every metric of these events, counted without a database
//! - [`write`]: the forms in which events are written
//! - [`random`]: what the seed means, for whoever else must give the same bytes
//! - [`Summary`]: what became of them

mod arrivals;
mod deliver;
mod disorder;
mod error;
mod file;
mod occurrence;
pub mod random;
mod run;
mod scenario;
mod settings;
pub mod shop;
mod summary;
mod traffic;
pub mod truth;
pub mod visitor;
mod walk;
pub mod write;

pub use disorder::Sending;
pub use error::GenerateError;
pub use occurrence::{Clocks, Deed, Line, Occurrence, Point, Referrer, Title};
pub use run::run;
pub use scenario::Scenario;
pub use settings::{Settings, Target};
pub use summary::Summary;
pub use traffic::{Pace, Traffic};
pub use truth::{Definition, Expected, Truth};
