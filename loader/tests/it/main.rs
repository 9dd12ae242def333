//! The loader between the real engine and the embedded queue.
#![expect(clippy::unwrap_used, reason = "a test ends where a step of its story fails")]

mod crash;
mod delivery;
mod duplicates;
mod mart;
mod records;
mod refusal;
mod sample;
mod setup;
mod slow;
mod two_loaders;
