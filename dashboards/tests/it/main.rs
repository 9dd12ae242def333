//! The files as they are committed, every query on the real engine, and provisioning against scripted doubles.
#![expect(clippy::unwrap_used, reason = "a test ends where a step of its story fails")]

mod double;
mod files;
mod grafana;
mod metabase;
mod queries;
mod superset;
mod truth;
