//! The engine behind HTTP, in this process and in child processes.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests are not tests to clippy, and a panic is how a test fails"
)]

mod child;
mod client;
mod process;
mod raw;
mod server;
