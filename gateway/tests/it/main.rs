//! The gateway from outside: real requests, a real queue on disk.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod assets;
mod corpus;
mod cors;
mod idle;
mod limits;
mod pages;
mod queue_away;
mod receipts;
mod refusals;
mod shutdown;
mod support;
