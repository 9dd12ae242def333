//! The gateway from outside: real requests, a real queue on disk.

mod assets;
mod corpus;
mod cors;
mod limits;
mod pages;
mod queue_away;
mod receipts;
mod refusals;
mod shutdown;
mod support;
