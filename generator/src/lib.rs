//! Synthetic visitors of the demo shop, the same ones for the same seed, sent through the gateway like anyone's events.
//!
//! - [`Settings`] and [`run`]: send them, as fast as wanted, until the count or the signal
//! - [`Traffic`]: the events themselves, in the order of their time
//! - [`Summary`]: what the gateway said

mod random;
mod run;
mod sender;
mod session;
mod settings;
mod shop;
mod summary;
mod traffic;

pub use run::run;
pub use sender::GenerateError;
pub use settings::Settings;
pub use summary::Summary;
pub use traffic::{GeneratedEvent, Traffic};
