//! The contract from outside: corpus, mutated bodies, message codec, the encoder's round trip, the printed tables.

mod corpus;
mod docs;
mod fuzz;
mod group;
mod quarantine;
mod round_trip;
#[path = "../../corpus/verdict.rs"]
mod verdict;
mod wasm;
