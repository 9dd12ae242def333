//! The loader between the real engine and its queue, embedded or RabbitMQ.
#![expect(clippy::unwrap_used, reason = "a test ends where a step of its story fails")]

mod crash;
mod delivery;
mod duplicates;
mod entities;
mod mart;
mod readiness;
mod records;
mod refusal;
mod sample;
mod setup;
mod slow;
mod two_loaders;
