//! The loader between the real engine and the embedded queue.

mod delivery;
mod proxy;
mod refusal;
mod sample;
mod setup;
