//! The whole pipeline out of real parts on loopback, to break it and to measure it.
//!
//! - `chaos`: kills, full disks and cut networks under load, then every row counted
//! - `pipeline`: throughput, cost, latency and freshness, each beside a reference of the same run
//! - `stack`: the parts of a topology as child processes, and how each is broken
//! - `client`: load with a log of every event and its receipt
//! - `verify`: that log against the tables
//! - `process`, `warden`, `disk`, `random`, `clock`: what these stand on

pub mod chaos;
pub mod client;
mod clock;
pub mod disk;
pub mod pipeline;
pub mod process;
pub mod random;
pub mod stack;
pub mod verify;
mod warden;

pub use warden::Warden;
