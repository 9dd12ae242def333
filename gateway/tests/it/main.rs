//! The gateway from outside: real requests, a real queue on disk.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod assets;
mod broker_away;
mod console;
mod corpus;
mod cors;
mod deployment;
mod entities;
mod error_pages;
mod errors;
mod filters;
mod idle;
mod inbox;
mod keys;
mod ledger;
mod limit_table;
mod limits;
mod live;
mod openapi;
mod operators;
mod pages;
mod proxies;
mod quarantine;
mod queue_away;
mod rates;
mod receipts;
mod refusals;
mod replay;
mod reports;
mod resources;
mod roles;
mod shutdown;
mod signals;
mod slow;
mod support;
mod users;
