//! The ClickHouse engine (`libchdb`, loaded at run time) behind the ClickHouse HTTP interface.
//!
//! - [`Settings`]: where the data, the library and the listener are
//! - [`library::find`]: the engine library on this machine
//! - [`Engine::open`]: boots the engine on a directory, with its access to files and the network closed
//! - [`serve`]: the HTTP interface, until told to stop
//! - `testing` (feature): one engine per test process

mod engine;
mod http;
pub mod library;
mod settings;
#[cfg(feature = "testing")]
pub mod testing;

pub use engine::{Engine, EngineError};
pub use http::{ServeError, serve};
pub use settings::Settings;
