//! The gateway from outside: real requests, a real queue on disk.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod assets;
mod corpus;
mod cors;
mod idle;
mod keys;
mod limit_table;
mod limits;
mod pages;
mod proxies;
mod queue_away;
mod rates;
mod receipts;
mod refusals;
mod shutdown;
mod slow;
mod support;
