//! The contract from outside: corpus, bodies of any kind, message codec, the encoder's round trip, the printed tables.

mod corpus;
mod damage;
mod docs;
mod entity;
mod fuzz;
mod group;
mod quarantine;
mod round_trip;
#[path = "../../corpus/verdict.rs"]
mod verdict;
mod wasm;
